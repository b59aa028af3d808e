#include "services/memory/strategies/language/words.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <unordered_set>

#include "base/os/text.h"
#include "core/search/search.h"

namespace soma::memory::language {
namespace {

using Set = std::unordered_set<std::string_view>;

const Set& negations() {
  static const Set set = {"not",    "never",    "no",       "none",      "nothing", "nobody",  "neither",
                          "nor",    "without",  "cannot",   "can't",     "don't",   "doesn't", "didn't",
                          "won't",  "isn't",    "aren't",   "wasn't",    "weren't", "haven't", "hasn't",
                          "hadn't", "wouldn't", "couldn't", "shouldn't", "mustn't", "dont",    "cant",
                          "doesnt", "didnt",    "wont",     "ain't"};
  return set;
}

const Set& adverbs() {
  static const Set set = {"very",   "so",    "just",      "still",  "also",  "quite",     "much", "too",
                          "even",   "often", "rather",    "always", "never", "ever",      "now",  "kinda",
                          "pretty", "do",    "sometimes", "almost", "both",  "already",   "then", "soon",
                          "all",    "most",  "far",       "more",   "best",  "certainly", "only"};
  return set;
}

// Adverbs that say how much somebody means it, and nothing else.
const Set& emphases() {
  static const Set set = {"really",     "very",      "so",      "just",       "quite",  "strongly",
                          "truly",      "actually",  "totally", "absolutely", "simply", "definitely",
                          "personally", "extremely", "greatly", "pretty",     "still",  "honestly"};
  return set;
}

const Set& no_adverbs() {
  static const Set set = {"family",   "reply",  "apply",    "supply",  "rely",    "early",  "friendly",
                          "italy",    "july",   "belly",    "jelly",   "lovely",  "lonely", "ally",
                          "multiply", "weekly", "daily",    "monthly", "elderly", "costly", "silly",
                          "ugly",     "holy",   "assembly", "anomaly"};
  return set;
}

const Set& stop_words() {
  static const Set set = {
      "a",    "an",    "the",   "and",   "or",    "but",   "so",     "if",     "of",    "to",     "in",
      "on",   "at",    "by",    "for",   "with",  "as",    "from",   "about",  "into",  "than",   "then",
      "that", "this",  "these", "those", "there", "here",  "it",     "its",    "it's",  "he",     "she",
      "they", "them",  "him",   "her",   "his",   "their", "i",      "me",     "my",    "we",     "us",
      "our",  "you",   "your",  "is",    "am",    "are",   "was",    "were",   "be",    "been",   "being",
      "have", "has",   "had",   "do",    "does",  "did",   "will",   "would",  "can",   "could",  "should",
      "may",  "might", "i'm",   "i've",  "i'd",   "i'll",  "you're", "that's", "just",  "really", "very",
      "also", "too",   "some",  "any",   "which", "who",   "what",   "when",   "where", "how",    "why",
      "up",   "out",   "well",  "oh",    "yeah",  "yes",   "user",   "user's"};
  return set;
}

constexpr std::string_view kSmallNumbers[] = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
                                              "seven", "eight", "nine", "ten",   "eleven", "twelve"};
constexpr std::string_view kWeekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                          "friday", "saturday", "sunday"};
constexpr std::string_view kMonths[] = {"january", "february",  "april",   "june",     "july",
                                        "august",  "september", "october", "november", "december"};

bool is_letter(unsigned char c) {
  return std::isalnum(c) != 0 || c >= 0x80;
}
bool is_digit(unsigned char c) {
  return std::isdigit(c) != 0;
}

// Length of a typographic mark (General Punctuation: quotes, dashes, …) at `at`, else 0.
size_t typographic_mark(std::string_view text, size_t at) {
  return text.substr(at, 2) == "\xE2\x80" && text.size() - at >= 3 ? 3 : 0;
}

// Length of an apostrophe at `at`: one byte, or three of ’.
size_t apostrophe(std::string_view text, size_t at) {
  if (text[at] == '\'') return 1;
  return text.substr(at, 3) == "\xE2\x80\x99" ? 3 : 0;
}

// Length of what joins two halves of one word at `at`: an apostrophe or hyphen between letters, a mark
// between digits.
size_t joint(std::string_view text, size_t at) {
  const size_t mark = apostrophe(text, at);
  const size_t length = mark > 0 ? mark : 1;
  if (at + length >= text.size() || at == 0) return 0;
  const unsigned char after = static_cast<unsigned char>(text[at + length]);
  if (mark > 0 || text[at] == '-')
    return is_letter(after) && typographic_mark(text, at + length) == 0 ? length : 0;
  const bool in_number = std::string_view(".,:/").contains(text[at]);
  return in_number && is_digit(static_cast<unsigned char>(text[at - 1])) && is_digit(after) ? 1 : 0;
}

std::string fold(std::string_view raw) {
  std::string folded = os::to_lower(raw);
  for (size_t at = folded.find("\xE2\x80\x99"); at != std::string::npos; at = folded.find("\xE2\x80\x99", at))
    folded.replace(at, 3, "'");
  return folded;
}

bool is_key(std::string_view word) {
  return is_negation(word) || is_number(word);
}

}  // namespace

std::vector<Word> words(std::string_view text) {
  std::vector<Word> found;
  bool broken = false;
  for (size_t at = 0; at < text.size();) {
    const size_t mark = typographic_mark(text, at);
    const auto c = static_cast<unsigned char>(text[at]);
    const bool money = c == '$' && at + 1 < text.size() && is_digit(static_cast<unsigned char>(text[at + 1]));
    if (mark > 0 || (!is_letter(c) && !money)) {
      if (mark > 0 || std::isspace(c) == 0) broken = true;
      at += std::max<size_t>(mark, 1);
      continue;
    }
    const size_t begin = at++;
    while (at < text.size()) {
      const size_t inner = joint(text, at);
      if (inner > 0)
        at += inner;
      else if (typographic_mark(text, at) > 0 || !is_letter(static_cast<unsigned char>(text[at])))
        break;
      else
        ++at;
    }
    const std::string_view raw = text.substr(begin, at - begin);
    found.push_back({raw, fold(raw), broken});
    broken = false;
  }
  return found;
}

bool is_negation(std::string_view folded) {
  return negations().contains(folded);
}

bool is_adverb(std::string_view folded) {
  if (adverbs().contains(folded)) return true;
  return folded.size() > 4 && folded.ends_with("ly") && !no_adverbs().contains(folded);
}

bool is_stop_word(std::string_view folded) {
  return stop_words().contains(folded);
}

bool is_number(std::string_view folded) {
  return std::ranges::any_of(folded, [](unsigned char c) { return is_digit(c); }) ||
         std::ranges::find(kSmallNumbers, folded) != std::end(kSmallNumbers);
}

bool is_weekday(std::string_view folded) {
  return std::ranges::find(kWeekdays, folded) != std::end(kWeekdays);
}

bool is_month(std::string_view folded) {
  return std::ranges::find(kMonths, folded) != std::end(kMonths);
}

bool is_name(std::span<const Word> sentence, size_t at) {
  const Word& word = sentence[at];
  if (at == 0 || word.raw.empty() || std::isupper(static_cast<unsigned char>(word.raw[0])) == 0) return false;
  return word.folded != "i" && !word.folded.starts_with("i'") && !is_stop_word(word.folded);
}

std::vector<std::string> content_words(std::string_view text) {
  std::vector<std::string> content;
  std::string plain;
  for (Word& word : words(text)) {
    if (emphases().contains(word.folded)) continue;
    plain += word.raw;
    plain += ' ';
    if (is_negation(word.folded)) content.push_back(std::move(word.folded));
  }
  for (std::string& term : search::terms(plain)) content.push_back(std::move(term));
  std::ranges::sort(content);
  content.erase(std::unique(content.begin(), content.end()), content.end());
  return content;
}

double jaccard(std::span<const std::string> left, std::span<const std::string> right) {
  size_t shared = 0;
  for (auto l = left.begin(), r = right.begin(); l != left.end() && r != right.end();) {
    if (*l == *r)
      ++shared, ++l, ++r;
    else if (*l < *r)
      ++l;
    else
      ++r;
  }
  const size_t all = left.size() + right.size() - shared;
  return all == 0 ? 1.0 : static_cast<double>(shared) / static_cast<double>(all);
}

bool contains_all(std::span<const std::string> whole, std::span<const std::string> part) {
  return std::ranges::includes(whole, part);
}

bool says_the_same(std::span<const std::string> left, std::span<const std::string> right) {
  std::vector<std::string> keys, other_keys;
  std::ranges::copy_if(left, std::back_inserter(keys), is_key);
  std::ranges::copy_if(right, std::back_inserter(other_keys), is_key);
  if (keys != other_keys) return false;
  if (jaccard(left, right) >= kSameOverlap) return true;
  const auto shorter = left.size() < right.size() ? left : right;
  return shorter.size() >= kLeastContained &&
         contains_all(left.size() < right.size() ? right : left, shorter);
}

bool says_the_same(std::string_view left, std::string_view right) {
  return says_the_same(content_words(left), content_words(right));
}

}  // namespace soma::memory::language
