#include "services/memory/strategies/topics/keyphrases.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <unordered_map>

#include "base/os/text.h"
#include "core/search/search.h"
#include "services/memory/strategies/language/sentences.h"
#include "services/memory/strategies/language/verbs.h"
#include "services/memory/strategies/language/words.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::topics {
namespace {

constexpr size_t kMaxPhraseWords = 3;
constexpr size_t kMaxPlainWords = 2;  // of a phrase that is no name
constexpr size_t kMinWordBytes = 3;
constexpr double kNameWorth = 1.6;
constexpr double kRepeatedWorth = 0.6;  // for each further word of a phrase that occurs again
constexpr double kSingleWorth = 0.15;   // ... of one that occurs once
// Words that carry meaning in a sentence, and none as a name of what it is about.
constexpr std::string_view kWeakWords[] = {
    "able",      "actually", "ask",    "asked",      "ago",      "always",    "amazing",   "another",
    "around",    "awesome",  "away",   "bad",        "back",     "bit",       "came",      "come",
    "check",     "cool",     "day",    "definitely", "didn't",   "don't",     "doing",     "done",
    "down",      "off",      "out",    "all",        "else",     "ever",      "every",     "everything",
    "feel",      "feels",    "felt",   "find",       "first",    "found",     "fun",       "gave",
    "get",       "give",     "glad",   "going",      "gonna",    "good",      "got",       "great",
    "guess",     "guys",     "haha",   "happen",     "happened", "happy",     "hard",      "hear",
    "here",      "heard",    "hello",  "help",       "hey",      "hope",      "i'd",       "i'll",
    "i'm",       "i've",     "it's",   "keep",       "kind",     "know",      "last",      "let's",
    "like",      "liked",    "little", "long",       "look",     "looking",   "looks",     "lot",
    "lots",      "love",     "made",   "make",       "makes",    "making",    "many",      "maybe",
    "mean",      "much",     "need",   "never",      "new",      "next",      "nice",      "okay",
    "old",       "one",      "part",   "people",     "place",    "please",    "pretty",    "put",
    "quite",     "really",   "right",  "said",       "saw",      "say",       "says",      "see",
    "seem",      "seems",    "show",   "since",      "someone",  "something", "sometimes", "soon",
    "sorry",     "sounds",   "start",  "started",    "still",    "stuff",     "super",     "sure",
    "take",      "talk",     "tell",   "thank",      "thanks",   "that's",    "thing",     "things",
    "think",     "thought",  "time",   "times",      "today",    "told",      "took",      "tried",
    "try",       "trying",   "two",    "use",        "used",     "using",     "wait",      "want",
    "wanted",    "wants",    "way",    "week",       "well",     "went",      "what's",    "work",
    "working",   "works",    "would",  "wow",        "yeah",     "year",      "years",     "yes",
    "yesterday", "you're",   "can't",  "won't",      "isn't",    "doesn't",   "there's",   "they're",
    "we're",     "you've",   "could",  "should"};

struct Word {
  std::string_view text;  // as it is written
  std::string stem;       // empty: part of no phrase
  bool breaks = false;    // a mark before it ends phrases
  bool capital = false;   // and not at a sentence's beginning
  bool verb = false;      // ends no phrase
};

std::string_view without_possessive(std::string_view word) {
  for (const std::string_view ending : {"'s", "\xE2\x80\x99s"})
    if (word.ends_with(ending)) return word.substr(0, word.size() - ending.size());
  return word;
}

Word read_word(const language::Word& from, bool first) {
  Word word{.text = without_possessive(from.raw), .breaks = from.after_break};
  if (from.raw.size() < kMinWordBytes || is_among(kWeakWords, from.folded)) return word;
  if (std::isalpha(static_cast<unsigned char>(from.raw.front())) == 0) return word;
  word.stem = os::join(search::terms(from.raw), " ");
  word.capital = !first && std::isupper(static_cast<unsigned char>(from.raw.front())) != 0;
  word.verb = !word.capital && (language::is_past(from.folded) || language::is_base_verb(from.folded));
  return word;
}

std::vector<Word> read_words(std::string_view sentence) {
  std::vector<Word> out;
  for (const language::Word& word : language::words(sentence)) out.push_back(read_word(word, out.empty()));
  return out;
}

struct Phrase {
  std::vector<std::string> stems;
  std::string title;
  size_t order = 0;  // of its first occurrence
  size_t times = 0;
  bool name = false;
};

std::string title_of(std::span<const Word> words) {
  std::string out;
  for (const Word& word : words) {
    if (!out.empty()) out += ' ';
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(word.text.front())));
    out += word.text.substr(1);
  }
  return out;
}

class Phrases {
 public:
  void read(const Passage& passage) {
    for (const std::string_view sentence : language::sentences(passage.text)) {
      const std::vector<Word> words = read_words(sentence);
      for (size_t at = 0; at < words.size(); ++at) {
        if (words[at].stem.empty()) continue;
        weights_[words[at].stem] += passage.weight;
        for (size_t count = 1; count <= kMaxPhraseWords && at + count <= words.size(); ++count) {
          const Word& last = words[at + count - 1];
          if (last.stem.empty() || (count > 1 && last.breaks)) break;
          const auto phrase = std::span(words).subspan(at, count);
          if (count > kMaxPlainWords && !std::ranges::all_of(phrase, &Word::capital)) break;
          if (!last.verb) add(phrase);
        }
      }
    }
  }

  // Best first; of equal ones the earlier.
  std::vector<const Phrase*> ranked() const {
    std::vector<std::pair<double, const Phrase*>> all;
    for (const auto& [key, phrase] : phrases_) all.emplace_back(worth(phrase), &phrase);
    std::ranges::sort(all, [](const auto& left, const auto& right) {
      return left.first != right.first ? left.first > right.first : left.second->order < right.second->order;
    });
    std::vector<const Phrase*> out;
    for (const auto& [worth, phrase] : all) out.push_back(phrase);
    return out;
  }

 private:
  void add(std::span<const Word> words) {
    std::string key;
    for (const Word& word : words) key += word.stem + ' ';
    Phrase& phrase = phrases_[key];
    if (phrase.times == 0) {
      for (const Word& word : words) phrase.stems.push_back(word.stem);
      phrase.title = title_of(words);
      phrase.order = phrases_.size();
    }
    ++phrase.times;
    phrase.name = phrase.name || std::ranges::all_of(words, &Word::capital);
  }

  double worth(const Phrase& phrase) const {
    if (phrase.title.size() > kMaxPhraseBytes) return 0;
    double sum = 0;
    for (const std::string& stem : phrase.stems) sum += weights_.at(stem);
    const auto further = static_cast<double>(phrase.stems.size() - 1);
    const double mean = sum / (further + 1);
    const double whole = 1 + further * (phrase.times > 1 || phrase.name ? kRepeatedWorth : kSingleWorth);
    return mean * whole * (phrase.name ? kNameWorth : 1);
  }

  std::map<std::string, Phrase> phrases_;
  std::unordered_map<std::string, double> weights_;  // by stem
};

}  // namespace

std::vector<std::string> keyphrases(std::span<const Passage> passages, size_t limit) {
  Phrases phrases;
  size_t left = kMaxPhraseTextBytes;
  for (const Passage& passage : passages) {
    const std::string_view text = os::utf8_prefix(passage.text, left);
    left -= text.size();
    phrases.read({text, passage.weight});
  }
  std::vector<std::string> titles;
  std::vector<std::string> taken;
  for (const Phrase* phrase : phrases.ranked()) {
    if (titles.size() == limit || phrase->title.size() > kMaxPhraseBytes) break;
    const bool fresh =
        std::ranges::none_of(phrase->stems, [&](const std::string& stem) { return is_among(taken, stem); });
    if (!fresh) continue;
    titles.push_back(os::to_valid_utf8(phrase->title));
    taken.insert(taken.end(), phrase->stems.begin(), phrase->stems.end());
  }
  return titles;
}

}  // namespace soma::memory::topics
