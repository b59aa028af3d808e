#include "services/memory/strategies/language/statements.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "services/memory/strategies/language/pattern.h"
#include "services/memory/strategies/language/verbs.h"

namespace soma::memory::language {
namespace {

using Set = std::unordered_set<std::string_view>;

constexpr size_t kLeastPhoneDigits = 7;

// Taken off when a comma or other mark follows; those of the second list also before a plain word.
const Set& openers() {
  static const Set set = {"yeah",      "yes",         "yep",
                          "yup",       "no",          "nope",
                          "nah",       "well",        "oh",
                          "hey",       "hi",          "hello",
                          "wow",       "haha",        "lol",
                          "hmm",       "thanks",      "sure",
                          "okay",      "ok",          "actually",
                          "anyway",    "anyways",     "btw",
                          "right",     "exactly",     "definitely",
                          "totally",   "absolutely",  "cool",
                          "nice",      "great",       "awesome",
                          "honestly",  "basically",   "ugh",
                          "aw",        "aww",         "gosh",
                          "woah",      "whoa",        "sorry",
                          "please",    "luckily",     "unfortunately",
                          "sadly",     "fortunately", "look",
                          "listen",    "man",         "dude",
                          "bro",       "ah",          "yay",
                          "plus",      "also",        "still",
                          "true",      "noted",       "understood",
                          "alright",   "perfect",     "lovely",
                          "wonderful", "excellent",   "correction",
                          "wait",      "oops",        "congratulations",
                          "super",     "gotcha",      "roger"};
  return set;
}
const Set& plain_openers() {
  static const Set set = {"and",  "but",  "so",       "yeah", "oh",  "plus",
                          "also", "well", "actually", "yes",  "btw", "because"};
  return set;
}

constexpr std::string_view kAddress[] = {"by the way",   "thank you",  "in fact", "of course",
                                         "for sure",     "you know",   "i mean",  "good morning",
                                         "good evening", "from memory"};
const PatternList& phrases_that_open() {
  static const PatternList list(kAddress);
  return list;
}

const Set& question_words() {
  static const Set set = {"what",  "why",  "how",    "who",   "whose", "which",
                          "where", "when", "what's", "how's", "who's", "where's"};
  return set;
}
const Set& asking_verbs() {
  static const Set set = {"do",  "does",  "did",   "is",    "are",    "was",    "were",
                          "can", "could", "will",  "would", "should", "have",   "has",
                          "am",  "may",   "don't", "isn't", "aren't", "didn't", "shall"};
  return set;
}
const Set& subjects() {
  static const Set set = {"i",     "you",  "he",   "she", "it",   "we", "they",
                          "there", "this", "that", "the", "your", "my"};
  return set;
}

const Set& people() {
  static const Set set = {"i", "you", "we", "they"};
  return set;
}

// Where a sentence begins with one of these, it states nothing.
constexpr std::string_view kSmallTalk[] = {
    "hey",
    "hi",
    "hello",
    "bye",
    "goodbye",
    "thanks",
    "thank",
    "congrats",
    "congratulations",
    "wow",
    "welcome",
    "good luck|morning|night|evening|job|idea|point|call|to",
    "take care",
    "talk soon|to",
    "see|catch you|ya",
    "have a|fun",
    "keep it|up|going|pushing|at|on|me|in",
    "let me|us",
    "let's",
    "sounds ~ like|good|great|fun|amazing|awesome|perfect",
    "i ~ hope",
    "i ~ wish",
    "hope|hoping|wish|wishing",
    "i bet",
    "i ~ guess",
    "maybe",
    "perhaps",
    "i ~ wonder",
    "i'd ~ love|like to see|hear|know|check|join",
    "i would ~ love|like to see|hear|know",
    "can't|cannot wait",
    "i can't|cannot wait to see|hear",
    "i'm ~ glad|happy|sorry|proud to|for|of|you|you're|you've|that|we|hear",
    "i am ~ glad|happy|sorry|proud to|for|of|you|that",
    "i'm ~ sure",
    "i am ~ sure",
    "i ~ agree",
    "i ~ know",
    "i ~ see",
    "i ~ understand",
    "i ~ appreciate",
    "i'm here",
    "i ~ get it|that",
    "glad|happy|sorry to|you|for",
    "no problem|worries|way|doubt",
    "you",
    "you're",
    "you've",
    "you'll",
    "you'd",
    "your",
    "don't ~ worry|forget|give|hesitate",
    "never give",
    "that ~ sounds",
    "way to",
    "what a|an",
    "such",
    "same here",
    "me too",
    "if you",
    "i can|could ~ imagine|see|relate|help",
    "feel free",
    "enjoy",
    "stay",
    "remember",
    "it's ~ great|good|nice|cool|awesome|amazing|so|important|all",
    "love it|that|this|your",
    "i ~ love it|that|this|your|how",
    "looking forward",
    "great",
    "nice",
    "cool",
    "awesome",
    "certainly",
    "here|here's are|is|you|a|some",
    "super",
    "haven't talked|chatted|spoken",
    "long time no",
    "check it|this|out",
    "so happy|glad|proud|excited for",
    "don't let|stop|quit",
    "i'll ~ keep you|ya",
    "i'll ~ let you",
    "i'm always here",
    "i ~ believe|think you",
    "everyone|everything is|has",
    "please",
    "it sounds like|as",
    "sounds like|as"};
const PatternList& small_talk() {
  static const PatternList list(kSmallTalk);
  return list;
}

bool is_mark(char c) {
  return std::string_view(",!.-:;?").contains(c);
}

// What is left after the first `count` words and the marks and white space behind them.
std::string_view after(std::string_view sentence, std::span<const Word> all, size_t count) {
  if (count >= all.size()) return {};
  return sentence.substr(static_cast<size_t>(all[count].raw.data() - sentence.data()));
}

// How many words of the beginning open the sentence; 0 when none does.
size_t opener_length(std::string_view sentence, std::span<const Word> all, bool opened) {
  const auto marked = [&](size_t count) {
    const std::string_view last = all[count - 1].raw;
    const size_t end = static_cast<size_t>(last.data() - sentence.data()) + last.size();
    return count >= all.size() ||
           (end < sentence.size() && (is_mark(sentence[end]) || all[count].after_break));
  };
  if (const auto phrase = phrases_that_open().at(all, 0); phrase && marked(phrase->end)) return phrase->end;
  const std::string& first = all[0].folded;
  if (openers().contains(first) && marked(1)) return 1;
  // "Hey Ada!" and, after another opener, "Ada, "
  const bool greets =
      first == "hey" || first == "hi" || first == "hello" || first == "thanks" || first == "wow";
  if (greets && all.size() > 1 && is_name(all, 1) && marked(2)) return 2;
  const bool capital = std::isupper(static_cast<unsigned char>(all[0].raw[0])) != 0;
  if (opened && capital && all.size() == 1 && !is_number(first)) return 1;
  if (opened && capital && all.size() > 3 && marked(1) && !is_stop_word(first)) return 1;
  return plain_openers().contains(first) && all.size() > 2 ? 1 : 0;
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

}  // namespace

std::string_view without_opener(std::string_view sentence) {
  if (sentence.starts_with('"') || sentence.starts_with("\xE2\x80\x9C"))
    return sentence;  // somebody else's words
  for (size_t count = 0; count < kMaxOpeners; ++count) {
    const std::vector<Word> all = words(sentence);
    if (all.empty()) return {};
    const size_t length = opener_length(sentence, all, count > 0);
    if (length == 0) return after(sentence, all, 0);
    sentence = after(sentence, all, length);
  }
  return sentence;
}

bool is_question(std::string_view sentence, std::span<const Word> all) {
  // Also behind quotes: the bytes of ” are among these.
  const size_t last = sentence.find_last_not_of(" \"')!\xE2\x80\x9D");
  if (last != std::string_view::npos && sentence[last] == '?') return true;
  if (all.size() < 2) return false;
  const bool request =
      (all[0].folded == "do" || all[0].folded == "have") && !people().contains(all[1].folded);
  if (request) return false;
  if (asking_verbs().contains(all[0].folded)) return subjects().contains(all[1].folded);
  return question_words().contains(all[0].folded) && asking_verbs().contains(all[1].folded);
}

bool is_small_talk(std::span<const Word> all) {
  return !all.empty() && small_talk().at(all, 0).has_value();
}

bool begins_unresolved(std::span<const Word> all) {
  static const Set set = {"he",      "she",    "it",      "they",    "his",   "her",    "hers", "its",
                          "their",   "this",   "that",    "these",   "those", "it's",   "he's", "she's",
                          "they're", "that's", "they've", "he'd",    "she'd", "they'd", "him",  "them",
                          "it'll",   "he'll",  "she'll",  "they'll", "one",   "both"};
  return !all.empty() && set.contains(all[0].folded);
}

bool has_personal_data(std::string_view sentence) {
  size_t digits = 0;
  for (size_t at = 0; at < sentence.size(); ++at) {
    const char c = sentence[at];
    if (c == '@' && at > 0 && at + 1 < sentence.size() &&
        std::isalnum(static_cast<unsigned char>(sentence[at - 1])) != 0 &&
        std::isalnum(static_cast<unsigned char>(sentence[at + 1])) != 0)
      return true;
    if (is_digit(c))
      ++digits;
    else if (!std::string_view(" -().+/").contains(c) || c == '.')
      digits = 0;
    if (digits >= kLeastPhoneDigits) return true;
  }
  return false;
}

}  // namespace soma::memory::language
