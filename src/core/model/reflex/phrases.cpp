#include "core/model/reflex/phrases.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/json/json.h"
#include "base/os/os.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

// Polite and ordering words in front of an order, longest first.
const std::vector<std::vector<std::string>>& fillers() {
  static const std::vector<std::vector<std::string>> table = [] {
    constexpr std::array<std::string_view, 48> kPhrases = {"i would like you to",
                                                           "i'd like you to",
                                                           "i want you to",
                                                           "i need you to",
                                                           "your task is to",
                                                           "once you are there",
                                                           "once that is done",
                                                           "would you please",
                                                           "could you please",
                                                           "can you please",
                                                           "you should",
                                                           "you must",
                                                           "could you",
                                                           "would you",
                                                           "can you",
                                                           "will you",
                                                           "please help me to",
                                                           "help me to",
                                                           "help me",
                                                           "go ahead and",
                                                           "when done",
                                                           "once there",
                                                           "once done",
                                                           "after that",
                                                           "using the browser",
                                                           "use the browser to",
                                                           "use your browser to",
                                                           "with the browser",
                                                           "in the browser",
                                                           "in the end",
                                                           "at the end",
                                                           "afterwards",
                                                           "let's",
                                                           "let us",
                                                           "please",
                                                           "kindly",
                                                           "finally",
                                                           "lastly",
                                                           "firstly",
                                                           "secondly",
                                                           "first",
                                                           "second",
                                                           "third",
                                                           "next",
                                                           "then",
                                                           "also",
                                                           "now",
                                                           "just"};
    std::vector<std::vector<std::string>> out;
    for (const std::string_view phrase : kPhrases) {
      auto& words = out.emplace_back();
      for (const std::string_view word : os::split(phrase, ' ')) words.emplace_back(word);
    }
    out.push_back({"and"});
    out.push_back({"ok"});
    out.push_back({"okay"});
    out.push_back({"so"});
    out.push_back({"try", "to"});
    out.push_back({"use", "the", "browser", "and"});
    return out;
  }();
  return table;
}

void drop_punctuation_ends(Clause& clause) {
  while (!clause.empty() && clause.front().kind == TokenKind::kPunctuation) clause.erase(clause.begin());
  while (!clause.empty() &&
         (clause.back().kind == TokenKind::kPunctuation || clause.back().kind == TokenKind::kNewline))
    clause.pop_back();
}

// True when something was dropped.
bool drop_filler(Clause& clause) {
  for (const auto& phrase : fillers()) {
    if (clause.size() < phrase.size()) continue;
    bool fits = true;
    for (size_t i = 0; fits && i < phrase.size(); ++i)
      fits = clause[i].kind == TokenKind::kWord && clause[i].lower == phrase[i];
    if (!fits) continue;
    clause.erase(clause.begin(), clause.begin() + static_cast<std::ptrdiff_t>(phrase.size()));
    return true;
  }
  return false;
}

void drop_polite_end(Clause& clause) {
  if (clause.empty()) return;
  static constexpr std::array<std::string_view, 4> kEnds = {"please", "thanks", "now", "too"};
  while (clause.size() > 1 && std::ranges::find(kEnds, clause.back().lower) != kEnds.end()) clause.pop_back();
  if (clause.size() > 3 && clause[clause.size() - 2].lower == "for" && clause.back().lower == "me")
    clause.resize(clause.size() - 2);
}

}  // namespace

bool is_word(const Clause& clause, size_t index, std::initializer_list<std::string_view> any) {
  return index < clause.size() && clause[index].kind == TokenKind::kWord &&
         std::ranges::find(any, std::string_view(clause[index].lower)) != any.end();
}

void strip_clause(Clause& clause) {
  do drop_punctuation_ends(clause);
  while (drop_filler(clause));
  drop_polite_end(clause);
  drop_punctuation_ends(clause);
}

std::string printing_script(std::string_view path, const std::string& text) {
  const std::string quoted = json::write(text);
  if (path.ends_with(".py")) return "print(" + quoted + ")";
  if (path.ends_with(".js") || path.ends_with(".mjs")) return "console.log(" + quoted + ");";
  return "echo " + quoted;
}

std::string literal(const std::string& content) {
  static const std::unordered_set<std::string_view> around = {
      "the", "a",    "an",      "text",   "line",   "lines",  "word",     "words",    "content", "contents",
      "new", "that", "says",    "saying", "phrase", "string", "sentence", "single",   "one",     "another",
      "as",  "its",  "reading", "only",   "just",   "and",    "it",       "following"};
  const auto tokens = tokenize(content);
  std::string quote;
  size_t quotes = 0, first_other = tokens.size();
  for (size_t i = 0; i < tokens.size(); ++i) {
    const bool literal_token = tokens[i].kind == TokenKind::kQuote || tokens[i].kind == TokenKind::kCode ||
                               tokens[i].kind == TokenKind::kFence;
    if (literal_token) {
      quote += (quotes++ == 0 ? "" : "\n") + tokens[i].text;
    } else if (tokens[i].kind != TokenKind::kPunctuation && !around.contains(tokens[i].lower)) {
      first_other = std::min(first_other, i);
    }
  }
  if (quotes > 0 && first_other == tokens.size()) return quote;
  // "three lines: one, two, three"
  const bool lines = quotes == 0 && tokens.size() > 3 &&
                     (tokens[0].kind == TokenKind::kNumber || number_word(tokens[0].lower)) &&
                     tokens[1].lower == "lines";
  if (lines) {
    std::string out(strip(std::string_view(content).substr(tokens[1].end), ":, "));
    for (size_t at = out.find(", "); at != std::string::npos; at = out.find(", ")) out.replace(at, 2, "\n");
    if (const size_t last = out.rfind("\nand "); last != std::string::npos) out.erase(last + 1, 4);
    return out;
  }
  // Without quotation marks only an opening such as "the text" or "a line" is cut.
  if (quotes == 0 && tokens.size() > 2) {
    static const std::unordered_set<std::string_view> nouns = {"text",  "line",    "word",
                                                               "words", "content", "sentence"};
    const bool article = tokens[0].lower == "the" || tokens[0].lower == "a";
    if (article && nouns.contains(tokens[1].lower)) {
      const size_t begin = tokens[2].text == ":" && tokens.size() > 3 ? tokens[3].begin : tokens[2].begin;
      return content.substr(begin);
    }
  }
  return content;
}

bool is_pronoun(std::string_view text) {
  const std::string lower = os::to_lower(text);
  return lower == "it" || lower == "them" || lower == "this" || lower == "that" || lower == "the result" ||
         lower == "the answer" || lower == "the output";
}

bool mentions_self(std::string_view what) {
  for (const std::string_view word : {"model", "llm", "ai", "bot", "human", "person", "machine", "robot",
                                      "agent", "assistant", "chatgpt", "gpt", "claude", "reflex"}) {
    if (contains_word(what, word)) return true;
  }
  return false;
}

bool is_key(const std::string& key) {
  static const std::unordered_set<std::string> keys = {
      "enter",  "return",   "escape",    "esc",     "tab",       "space",     "backspace",
      "delete", "up",       "down",      "left",    "right",     "home",      "end",
      "pageup", "pagedown", "arrowdown", "arrowup", "arrowleft", "arrowright"};
  return keys.contains(os::to_lower(key));
}

bool begins_moment(const std::vector<Token>& tokens, size_t i, const std::string& entry) {
  if (entry.empty() || contains(entry, "\"") || contains(entry, ":") || i + 1 >= tokens.size()) return false;
  const std::string& word = tokens[i].lower;
  if (!contains(entry, " ") && entry[0] >= 'a' && entry[0] <= 'z') return false;  // "boat at 10:00": a label
  if (word != "on" && word != "at" && word != "for") return false;
  const std::string& next = tokens[i + 1].lower;
  return (next[0] >= '0' && next[0] <= '9') || month_number(next) || number_word(next);
}

}  // namespace soma::model::reflex
