#include "services/memory/strategies/choices.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <span>

#include "base/os/text.h"
#include "services/memory/strategies/language/pattern.h"
#include "services/memory/strategies/language/sentences.h"
#include "services/memory/strategies/language/statements.h"
#include "services/memory/strategies/language/words.h"

namespace soma::memory {
namespace {

using language::Word;

constexpr size_t kMaxAssistantBytes = 20'000;  // of a message that is looked through
constexpr size_t kMaxAnswerSentences = 20;     // of an answer, the first ones

// What is chosen follows the first group, and stands before the second one.
constexpr std::string_view kTaken[] = {
    "i'll|i'd|we'll|i ~ go with|for",
    "i'll|we'll ~ take|choose|pick|have|try|use|get|do|opt|stick|select|book|order|buy for|with?",
    "i would|will|could|want|prefer ~ go|take|choose|pick|like|love|to with|for|go?",
    "let's ~ go|do|try|take|pick|use with|for?",
    "i'd ~ like|prefer|choose|pick|take|opt|love|lean|say to|for|with|towards|toward?",
    "i ~ choose|pick|prefer|like|chose|select|want|opt|lean for|towards?",
    "i'm|i am? ~ leaning|going|interested|drawn|inclined|more toward|towards|with|in|to|interested?",
    "i think|believe|guess|say",
    "my choice|pick|preference is|would",
    "going|go with"};
constexpr std::string_view kPraised[] = {
    "sound|sounds ~ "
    "great|good|perfect|lovely|appealing|like|interesting|wonderful|amazing|ideal|fantastic|fun|delicious|"
    "nice|best|better|more|right|intriguing|delightful",
    "seem|seems|look|looks ~ "
    "like|great|good|perfect|appealing|ideal|interesting|best|better|more|right|the|most",
    "would|will|might|could be ~ a|the|my|more|perfect|great|ideal|good|best|better|right|most|nice",
    "is ~ perfect|great|ideal|best|the|my|more|right",
    "appeals|works|fits|suits ~ to|for|my|me|most|best",
    "are ~ perfect|great|ideal|more"};
constexpr std::string_view kPlaces[] = {"first", "second", "third", "fourth", "fifth", "sixth"};
constexpr std::string_view kCounts[] = {"one", "two", "three", "four", "five", "six"};

template <typename List>
std::optional<size_t> place_in(const List& list, std::string_view word) {
  const auto found = std::find(std::begin(list), std::end(list), word);
  if (found == std::end(list)) return std::nullopt;
  return static_cast<size_t>(found - std::begin(list));
}

bool is_list_line(std::string_view line) {
  line = os::trim(line);
  if (line.size() < 3) return false;
  if (std::string_view("-*+").contains(line[0]) && line[1] == ' ') return true;
  if (line.starts_with("\xE2\x80\xA2")) return true;
  const bool number_or_letter = std::isalnum(static_cast<unsigned char>(line[0])) != 0;
  return number_or_letter && (line[1] == '.' || line[1] == ')') && line[2] == ' ';
}

void add_option(std::vector<std::string>& options, std::string_view text) {
  text = os::trim(text);
  while (!text.empty() && (text.ends_with('.') || text.ends_with('?') || text.ends_with(',')))
    text.remove_suffix(1);
  if (!text.empty() && text.size() <= kMaxOptionBytes && options.size() < kMaxOptions)
    options.emplace_back(text);
}

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> options;
  for (const std::string_view line : os::split(text, '\n')) {
    if (!is_list_line(line)) continue;
    const std::string_view trimmed = os::trim(line);
    add_option(options, trimmed.substr(trimmed.starts_with("\xE2\x80\xA2") ? 3 : 2));
  }
  return options;
}

// "1. the tram 2. walking 3. a bike" in one line
std::vector<std::string> numbered(std::string_view text) {
  std::vector<std::string> options;
  size_t begin = text.starts_with("1. ") ? 0 : text.find(" 1. ");
  for (size_t number = 2; begin != std::string_view::npos && number <= kMaxOptions; ++number) {
    begin = text.find(". ", begin) + 2;
    const size_t end = text.find(" " + std::to_string(number) + ". ", begin);
    add_option(options, text.substr(begin, end == std::string_view::npos ? end : end - begin));
    begin = end;
  }
  return options;
}

// "How about a hike? Or we could take the boat." after words of offering
std::vector<std::string> suggested(std::string_view text) {
  static const language::PatternList offers([] {
    static constexpr std::string_view kTexts[] = {"options",         "choices",    "how about", "you could",
                                                  "we could",        "consider",   "recommend", "suggest",
                                                  "recommendations", "suggestions"};
    return std::span<const std::string_view>(kTexts);
  }());
  std::vector<std::string> options;
  if (!offers.first(language::words(text))) return options;
  for (const std::string_view sentence : language::sentences(text)) add_option(options, sentence);
  return options;
}

// "You could take the tram, walk, or hire a bike": cut at ", ", and at " or " of the last part.
std::vector<std::string> enumerated(std::string_view sentence) {
  const size_t last = sentence.rfind(" or ");
  if (last == std::string_view::npos) return {};
  std::vector<std::string> options;
  for (const std::string_view part : os::split(sentence.substr(0, last), ',')) add_option(options, part);
  add_option(options, sentence.substr(last + 4));
  return options;
}

// "option 2", "the second one", "the last option"
std::optional<size_t> place_named(std::span<const Word> all, size_t count) {
  for (size_t at = 0; at < all.size(); ++at) {
    const std::string& word = all[at].folded;
    if ((word == "option" || word == "number" || word == "choice") && at + 1 < all.size()) {
      const std::string& number = all[at + 1].folded;
      if (const auto place = place_in(kCounts, number)) return place;
      if (number.size() == 1 && number[0] >= '1' && number[0] <= '9')
        return static_cast<size_t>(number[0] - '1');
      if (number.size() == 1 && number[0] >= 'a' && number[0] <= 'f' && all[at + 1].raw != "a")
        return static_cast<size_t>(number[0] - 'a');
    }
    if (at == 0 || all[at - 1].folded != "the") continue;
    if (const auto place = place_in(kPlaces, word)) return place;
    if (word == "last" && count > 0) return count - 1;
  }
  return std::nullopt;
}

bool is_bare(std::string_view text) {
  for (const Word& word : language::words(text))
    if (!language::is_stop_word(word.folded) && word.folded != "sounds" && word.folded != "sound")
      return false;
  return true;
}

// Whether the words share something with an option: a choice names what was offered.
bool names_an_option(std::string_view text, const std::vector<std::string>& options) {
  const auto said = language::content_words(text);
  return std::ranges::any_of(options, [&](const std::string& option) {
    const auto offered = language::content_words(option);
    return std::ranges::any_of(
        said, [&](const std::string& word) { return std::ranges::binary_search(offered, word); });
  });
}

std::string_view words_between(std::string_view sentence, std::span<const Word> all, size_t begin,
                               size_t end) {
  if (begin >= end) return {};
  const size_t from = static_cast<size_t>(all[begin].raw.data() - sentence.data());
  const std::string_view last = all[end - 1].raw;
  return sentence.substr(from, static_cast<size_t>(last.data() - sentence.data()) + last.size() - from);
}

}  // namespace

std::vector<std::string> options_of(std::string_view assistant_text) {
  assistant_text = os::utf8_prefix(assistant_text, kMaxAssistantBytes);
  std::vector<std::string> options = listed(assistant_text);
  if (options.size() < 2) options = numbered(assistant_text);
  for (const std::string_view sentence : language::sentences(assistant_text)) {
    if (options.size() >= 2) break;
    options = enumerated(sentence);
  }
  if (options.size() < 2) options = suggested(assistant_text);
  if (options.size() < 2) options.clear();
  return options;
}

std::optional<Choice> choice_of(std::string_view answer, const std::vector<std::string>& options) {
  static const language::PatternList taken(kTaken), praised(kPraised);
  if (options.size() < 2) return std::nullopt;
  std::vector<std::string_view> all_sentences =
      language::sentences(os::utf8_prefix(answer, kMaxAssistantBytes));
  all_sentences.resize(std::min(all_sentences.size(), kMaxAnswerSentences));
  for (const std::string_view whole : all_sentences) {
    if (whole.size() > 2 * kMaxOptionBytes) continue;
    const std::string_view sentence = language::without_opener(whole);
    const std::vector<Word> all = language::words(sentence);
    if (all.empty() || language::is_question(sentence, all)) continue;
    const auto take = taken.first(all);
    const auto praise = praised.first(all);
    const auto place = place_named(all, options.size());
    if (!take && !praise && !(place && all.size() <= 6)) continue;
    if (place && *place < options.size()) return Choice{options[*place], sentence};
    const std::string_view said = take ? words_between(sentence, all, take->end, all.size())
                                       : words_between(sentence, all, 0, praise ? praise->begin : 0);
    if (!is_bare(said) && names_an_option(said, options)) return Choice{std::string(said), sentence};
  }
  return std::nullopt;
}

}  // namespace soma::memory
