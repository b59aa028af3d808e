#include "services/memory/strategies/categories.h"

#include <algorithm>
#include <unordered_map>

#include "services/memory/strategies/language/words.h"

namespace soma::memory {
namespace {

struct Category {
  std::string_view name;
  std::string_view words;
};
constexpr Category kCategories[] = {
    {"food",
     "food eat drink dish meal restaurant cuisine cook cooking recipe vegan vegetarian pescatarian diet "
     "dairy gluten "
     "meat fish seafood shellfish pork beef chicken nut peanut spicy sweet sugar coffee tea wine beer "
     "alcohol "
     "breakfast lunch dinner snack dessert chocolate fruit vegetable kosher halal egg cheese milk bread "
     "salad soup"},
    {"travel",
     "travel trip flight fly flying airline airport hotel hostel resort vacation holiday train cruise "
     "destination "
     "tour tourist beach museum sightseeing passport luggage seat aisle window camping accommodation bus "
     "drive"},
    {"music",
     "music song band concert album jazz rock pop classical playlist guitar piano violin singer genre "
     "podcast"},
    {"entertainment",
     "movie film show series tv documentary anime comedy drama horror game gaming video book novel fiction "
     "reading theater theatre cartoon streaming actor puzzle musical"},
    {"sports",
     "sport football soccer basketball tennis golf hiking running swimming cycling climbing skiing surfing "
     "team "
     "yoga marathon boxing racing"},
    {"fitness", "fitness workout gym exercise run jogging cardio pilate stretching weight"},
    {"health",
     "health medical doctor allergy allergic allergies medication therapy sleep injury asthma migraine "
     "anxiety "
     "intolerance intolerant condition phobia skin supplement pain dyslexia sensitive"},
    {"technology",
     "technology phone laptop computer software app android apple iphone linux device gadget smart "
     "screen browser code programming camera bluetooth wireless subscription privacy online editor terminal"},
    {"shopping",
     "shopping buy purchase brand price store clothes clothing fashion shoe jewelry leather wool fabric "
     "cotton "
     "style outfit wear sustainable budget discount secondhand"},
    {"home",
     "home furniture decor kitchen garden room apartment house bed sofa cleaning plant color colour wood"},
    {"beauty", "beauty makeup skincare hair fragrance perfume cosmetic lotion sunscreen"},
    {"vehicles",
     "car vehicle suv truck engine electric diesel hybrid motorcycle convertible sedan automatic"},
    {"pets", "pet dog cat bird fish reptile puppy kitten hamster breed animal aquarium"},
    {"learning",
     "learn learning study studying course class lecture textbook education teacher tutor lesson student "
     "video "
     "flashcard language material"},
    {"work style",
     "work working job office remote meeting team deadline company career boss schedule commute manager "
     "project colleague morning focus"},
    {"communication",
     "answer reply respond write tone formal informal short concise detailed list bullet emoji email message "
     "explain language call address speak summary format english approach question questioning "
     "interrogation"},
};

const std::unordered_map<std::string, std::vector<size_t>>& lexicon() {
  static const auto map = [] {
    std::unordered_map<std::string, std::vector<size_t>> by_word;
    for (size_t category = 0; category < std::size(kCategories); ++category)
      for (const std::string& word : language::content_words(kCategories[category].words))
        by_word[word].push_back(category);
    return by_word;
  }();
  return map;
}

}  // namespace

std::vector<std::string> categories_of(std::string_view text) {
  std::vector<std::pair<int, size_t>> counted(
      std::size(kCategories));  // minus the count, place in the lexicon
  for (size_t i = 0; i < counted.size(); ++i) counted[i].second = i;
  for (const std::string& word : language::content_words(text))
    if (const auto found = lexicon().find(word); found != lexicon().end())
      for (const size_t category : found->second) --counted[category].first;
  std::ranges::sort(counted);
  std::vector<std::string> names;
  for (const auto& [count, place] : counted)
    if (count < 0 && names.size() < kMaxCategories) names.emplace_back(kCategories[place].name);
  if (names.empty()) names.emplace_back("general");
  return names;
}

}  // namespace soma::memory
