#include "services/memory/strategies/language/verbs.h"

#include <unordered_map>
#include <unordered_set>

#include "services/memory/strategies/language/words.h"

namespace soma::memory::language {
namespace {

using Set = std::unordered_set<std::string_view>;

const Set& irregular_pasts() {
  static const Set set = {
      "was",   "were",  "had",    "did",   "went",   "got",    "took",   "made",    "came",
      "saw",   "met",   "bought", "found", "gave",   "told",   "said",   "thought", "knew",
      "felt",  "left",  "kept",   "began", "became", "ran",    "ate",    "drank",   "wrote",
      "read",  "sang",  "won",    "lost",  "sold",   "spent",  "taught", "caught",  "brought",
      "built", "drove", "flew",   "grew",  "heard",  "held",   "led",    "lent",    "paid",
      "rode",  "rose",  "sent",   "slept", "spoke",  "stood",  "swam",   "threw",   "understood",
      "woke",  "wore",  "broke",  "chose", "drew",   "fell",   "forgot", "hid",     "hit",
      "hurt",  "cut",   "put",    "quit",  "set",    "shot",   "sat",    "stuck",   "struck",
      "swore", "tore",  "wound",  "been",  "done",   "gone",   "fought", "dealt",   "bit",
      "blew",  "bled",  "bent",   "fed",   "froze",  "hung",   "laid",   "lay",     "let",
      "lit",   "meant", "shook",  "shut",  "stole",  "didn't", "wasn't", "hadn't",  "overcame"};
  return set;
}

const Set& modals() {
  static const Set set = {"can",       "could",   "will",  "would",  "should",   "must",  "may",
                          "might",     "shall",   "can't", "cannot", "couldn't", "won't", "wouldn't",
                          "shouldn't", "mustn't", "cant",  "wont",   "gonna",    "ought"};
  return set;
}

const Set& base_verbs() {
  static const Set set = {
      "have",  "do",    "go",     "get",        "take",    "make",     "come",      "see",     "meet",
      "buy",   "find",  "give",   "tell",       "say",     "think",    "know",      "feel",    "leave",
      "keep",  "begin", "become", "run",        "eat",     "drink",    "write",     "sing",    "win",
      "lose",  "sell",  "spend",  "teach",      "catch",   "bring",    "build",     "drive",   "fly",
      "grow",  "hear",  "hold",   "lead",       "pay",     "ride",     "send",      "sleep",   "speak",
      "stand", "swim",  "throw",  "understand", "wake",    "wear",     "break",     "choose",  "draw",
      "work",  "live",  "like",   "love",       "want",    "need",     "use",       "try",     "play",
      "help",  "start", "move",   "study",      "learn",   "enjoy",    "prefer",    "hate",    "dislike",
      "avoid", "own",   "plan",   "visit",      "travel",  "cook",     "walk",      "watch",   "listen",
      "look",  "call",  "stay",   "suffer",     "smoke",   "hope",     "volunteer", "paint",   "dance",
      "train", "run",   "manage", "suspect",    "believe", "remember", "collect",   "commute", "share"};
  return set;
}

// What may follow a subject and is no verb.
const Set& no_verbs() {
  static const Set set = {"and",  "or",    "but",  "who",    "whose",   "which",     "that", "to",    "of",
                          "in",   "on",    "at",   "by",     "for",     "with",      "from", "about", "as",
                          "than", "if",    "when", "while",  "because", "the",       "a",    "an",    "it",
                          "they", "he",    "she",  "we",     "you",     "i",         "not",  "here",  "there",
                          "too",  "again", "back", "better", "rather",  "alone",     "this", "these", "those",
                          "my",   "your",  "our",  "both",   "all",     "yesterday", "today"};
  return set;
}

const Set& base_with_past_ending() {
  static const Set set = {"need", "feed",  "speed", "breed", "bleed", "proceed", "succeed", "exceed", "embed",
                          "heed", "bring", "sing",  "ring",  "fling", "swing",   "cling",   "string"};
  return set;
}

// Of verbs whose base form is a noun as often, so that it is no base verb for the rules.
const Set& more_third_persons() {
  static const Set set = {"is",    "turns",  "rains",   "costs",   "shows",   "asks",    "opens",  "closes",
                          "fixes", "barks",  "returns", "reviews", "cycles",  "repairs", "fails",  "arrives",
                          "sits",  "sounds", "seems",   "means",   "belongs", "depends", "weighs", "lasts",
                          "lies",  "tastes", "smells",  "happens", "stops",   "snores",  "bakes",  "works"};
  return set;
}

bool is_vowel(char c) {
  return std::string_view("aeiou").contains(c);
}

}  // namespace

bool is_past(std::string_view folded) {
  if (irregular_pasts().contains(folded)) return true;
  return folded.size() > 3 && folded.ends_with("ed") && !base_with_past_ending().contains(folded);
}

bool is_modal(std::string_view folded) {
  return modals().contains(folded);
}

bool is_base_verb(std::string_view folded) {
  return base_verbs().contains(folded);
}

bool is_third_person(std::string_view folded) {
  static const std::unordered_set<std::string> set = [] {
    std::unordered_set<std::string> forms;
    for (const std::string_view verb : base_verbs()) forms.insert(third_person(verb));
    return forms;
  }();
  return more_third_persons().contains(folded) || set.contains(std::string(folded));
}

bool is_finite(std::string_view folded) {
  static const Set set = {"am",     "are",     "have",   "do",      "don't", "doesn't", "isn't",
                          "aren't", "haven't", "hasn't", "weren't", "dont",  "doesnt"};
  return set.contains(folded) || is_past(folded) || is_modal(folded) || is_third_person(folded);
}

bool may_be_verb(std::string_view folded) {
  return !no_verbs().contains(folded) && !is_number(folded);
}

std::string third_person(std::string_view folded) {
  static const std::unordered_map<std::string_view, std::string_view> irregular = {
      {"am", "is"},         {"are", "is"},         {"have", "has"}, {"do", "does"},
      {"don't", "doesn't"}, {"dont", "doesn't"},   {"were", "was"}, {"haven't", "hasn't"},
      {"aren't", "isn't"},  {"weren't", "wasn't"}, {"go", "goes"},  {"wanna", "wants to"},
      {"gotta", "has to"}};
  if (const auto found = irregular.find(folded); found != irregular.end()) return std::string(found->second);
  const bool fixed = is_past(folded) || is_modal(folded) || no_verbs().contains(folded) ||
                     is_number(folded) ||
                     (folded.ends_with("ing") && !base_with_past_ending().contains(folded)) ||
                     folded == "is" || folded == "has" || folded == "does" || folded.contains('\'');
  std::string verb(folded);
  if (fixed || folded.size() < 2) return verb;
  if (verb.ends_with('y') && !is_vowel(verb[verb.size() - 2])) return verb.substr(0, verb.size() - 1) + "ies";
  const bool hisses = verb.ends_with('s') || verb.ends_with('x') || verb.ends_with('z') ||
                      verb.ends_with("ch") || verb.ends_with("sh") || verb.ends_with('o');
  return verb + (hisses ? "es" : "s");
}

}  // namespace soma::memory::language
