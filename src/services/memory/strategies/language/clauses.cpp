// A clause is known by its beginning: a subject that lists can tell ("I", "my sister", "Tom") and a verb soon
// after it. Wherever that is not certain the sentence stays whole: a fact too long does less harm than half a
// fact.
#include "services/memory/strategies/language/clauses.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <unordered_set>

#include "services/memory/strategies/language/verbs.h"

namespace soma::memory::language {
namespace {

using Set = std::unordered_set<std::string_view>;
using Words = std::span<const Word>;

constexpr size_t kMaxSubjectWords = 5;
constexpr size_t kMaxLeadingAdverbs = 2;

// What makes the rest of a clause somebody's words, a condition or a reason: where it ends is not certain.
const Set& subordinators() {
  static const Set set = {
      "that",    "which",    "if",     "whether",  "because", "when",   "while",  "although",  "though",
      "unless",  "so",       "how",    "what",     "why",     "either", "both",   "between",   "neither",
      "whoever", "whatever", "think",  "thinks",   "thought", "know",   "knows",  "knew",      "say",
      "says",    "said",     "tell",   "tells",    "told",    "hope",   "hopes",  "hoped",     "wish",
      "believe", "believes", "guess",  "suppose",  "heard",   "hear",   "claims", "claimed",   "promised",
      "suspect", "suspects", "mean",   "means",    "meant",   "bet",    "sure",   "remember",  "realized",
      "dream",   "imagine",  "insist", "insisted", "admits",  "agree",  "agreed", "suspected", "insists"};
  return set;
}

const Set& contracted_subjects() {
  static const Set set = {"i'm",   "im",   "i've",  "ive",    "i'd",    "i'll",  "we're",
                          "we've", "we'd", "we'll", "you're", "you've", "you'd", "you'll"};
  return set;
}
const Set& plain_subjects() {
  static const Set set = {"i", "we", "you"};
  return set;
}
const Set& determiners() {
  static const Set set = {"my", "our", "your", "the"};
  return set;
}

// Pronouns and such that what was said before explains.
const Set& leaning_words() {
  static const Set set = {"he",     "she",   "it",     "they",    "him",    "them",  "hers",  "this",
                          "that",   "these", "those",  "it's",    "he's",   "she's", "there", "they're",
                          "then",   "too",   "either", "neither", "ones",   "both",  "so",    "other",
                          "others", "same",  "he'd",   "she'd",   "they'd", "he'll", "she'll"};
  return set;
}
const Set& leaning_owners() {
  static const Set set = {"his", "her", "its", "their"};
  return set;
}

// What no subject has inside.
const Set& no_part_of_a_subject() {
  static const Set set = {"i",   "we",   "you",   "he", "she", "it", "they",    "and",  "or",   "but",
                          "not", "that", "which", "if", "who", "to", "because", "when", "than", "as"};
  return set;
}

bool begins_with_capital(const Word& word) {
  return std::isupper(static_cast<unsigned char>(word.raw[0])) != 0;
}

// Whether the word is a verb of the subject that ends before it.
bool is_verb_of(Words all, size_t at) {
  const std::string& word = all[at].folded;
  const std::string& before = all[at - 1].folded;
  if (before.ends_with("'s")) return false;
  if (is_finite(word)) return true;
  const bool several = before.ends_with('s') || before == "people" || before == "children";
  return several && is_base_verb(word);
}

// Where the verb of the clause that begins at `at` is; null when no subject and verb are there.
std::optional<size_t> verb_of_clause(Words all, size_t at) {
  for (size_t passed = 0; passed < kMaxLeadingAdverbs && at < all.size() && is_adverb(all[at].folded);
       ++passed)
    ++at;
  if (at >= all.size()) return std::nullopt;
  const size_t subject = at;
  if (contracted_subjects().contains(all[at].folded)) return at;
  if (plain_subjects().contains(all[at].folded)) {
    ++at;
    while (at < all.size() && is_adverb(all[at].folded) && all[at].folded != "do") ++at;
    const bool verb = at < all.size() && !all[at].after_break && may_be_verb(all[at].folded);
    return verb ? std::optional(at) : std::nullopt;
  }
  const bool determined = determiners().contains(all[at].folded);
  const bool named = begins_with_capital(all[at]) && !is_stop_word(all[at].folded);
  if (!determined && !named) return std::nullopt;
  at += determined ? 2 : 1;
  for (; at < all.size() && at - subject <= kMaxSubjectWords; ++at) {
    if (all[at].after_break || no_part_of_a_subject().contains(all[at].folded)) return std::nullopt;
    if (is_verb_of(all, at)) return at;
  }
  return std::nullopt;
}

bool is_subject_pronoun(std::string_view folded) {
  return plain_subjects().contains(folded) || folded == "he" || folded == "she" || folded == "it" ||
         folded == "they";
}

bool contains_any(Words all, const Set& set) {
  return std::ranges::any_of(all, [&](const Word& word) { return set.contains(word.folded); });
}

bool may_stand_first(Words clause) {
  return verb_of_clause(clause, 0) && !contains_any(clause, subordinators());
}

bool may_follow(Words clause) {
  if (!verb_of_clause(clause, 0) || contains_any(clause, leaning_words())) return false;
  const bool third =
      !plain_subjects().contains(clause[0].folded) && !contracted_subjects().contains(clause[0].folded);
  return third || !contains_any(clause, leaning_owners());
}

bool is_quoted_or_bracketed(std::string_view sentence) {
  if (sentence.find_first_of("\"([{;") != std::string_view::npos) return true;
  return sentence.contains(": ") || sentence.contains("\xE2\x80\x9C");
}

size_t offset_of(std::string_view sentence, const Word& word) {
  return static_cast<size_t>(word.raw.data() - sentence.data());
}

// How many words join the clause before `at` to what follows: "and" is one, a comma is none. Null when
// nothing joins there.
std::optional<size_t> joint_at(std::string_view sentence, Words all, size_t at) {
  const std::string& word = all[at].folded;
  if (word == "and" || word == "but") return 1;
  const bool spliced = word == "i" || word == "my" || word == "we" || contracted_subjects().contains(word);
  const size_t end = offset_of(sentence, all[at - 1]) + all[at - 1].raw.size();
  return spliced && sentence.substr(end, 2) == ", " ? std::optional<size_t>(0) : std::nullopt;
}

}  // namespace

std::vector<std::string_view> main_clauses(std::string_view sentence) {
  const std::vector<Word> found = words(sentence);
  const Words all = found;
  if (all.size() < 4 || is_quoted_or_bracketed(sentence)) return {sentence};
  std::vector<std::string_view> clauses;
  size_t begin = 0;
  for (size_t at = 1; at < all.size() && clauses.size() + 1 < kMaxClauses; ++at) {
    const std::optional<size_t> joint = joint_at(sentence, all, at);
    if (!joint || at + *joint >= all.size()) continue;
    // The first joint decides what may come after it: a first clause that may not stand is never cut.
    if (!verb_of_clause(all.subspan(at + *joint), 0)) continue;
    if (!may_stand_first(all.subspan(begin, at - begin)) || !may_follow(all.subspan(at + *joint))) break;
    const size_t from = offset_of(sentence, all[begin]);
    clauses.push_back(
        sentence.substr(from, offset_of(sentence, all[at - 1]) + all[at - 1].raw.size() - from));
    begin = at + *joint;
    at = begin;
  }
  if (clauses.empty()) return {sentence};
  clauses.push_back(sentence.substr(offset_of(sentence, all[begin])));
  return clauses;
}

bool ends_shared_subject(Words all, size_t at) {
  if (at < 2 || all[at - 1].folded != "and") return false;
  if (at + 1 < all.size() && all[at + 1].folded == "am") return false;
  const bool list = all[at - 1].after_break;  // "Max, Ada, and I"
  for (size_t before = at - 1; before-- > 0;) {
    const std::string& word = all[before].folded;
    const bool opens = word == "that" || word == "when" || word == "if" || word == "because" ||
                       word == "but" || word == "while" || word == "where" || word == "since";
    if (opens) return before + 2 < at;
    if (at - 1 - before > kMaxSubjectWords || is_finite(word) || contracted_subjects().contains(word))
      return false;
    if (before + 2 < at && is_subject_pronoun(word)) return false;  // "it rains and I": its verb has come
    if (before > 0 && is_base_verb(word) && !determiners().contains(all[before - 1].folded)) return false;
    if (all[before].after_break && !list) return true;
  }
  return true;
}

}  // namespace soma::memory::language
