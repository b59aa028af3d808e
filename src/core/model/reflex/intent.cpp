// From prompt to steps: split into clauses, drop polite words, take the web addresses out, try the rules in
// order.
#include "core/model/reflex/intent.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/os/os.h"
#include "core/model/reflex/rules.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

struct CompiledRule {
  Act act;
  Pattern pattern;
};

const std::vector<CompiledRule>& compiled_rules() {
  static const std::vector<CompiledRule> table = [] {
    std::vector<CompiledRule> out;
    for (const Rule& rule : rules()) out.push_back({rule.act, Pattern(rule.pattern)});
    return out;
  }();
  return table;
}

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

void strip_clause(Clause& clause) {
  do drop_punctuation_ends(clause);
  while (drop_filler(clause));
  drop_polite_end(clause);
  drop_punctuation_ends(clause);
}

bool is_word(const Clause& clause, size_t index, std::initializer_list<std::string_view> any) {
  return index < clause.size() && clause[index].kind == TokenKind::kWord &&
         std::ranges::find(any, std::string_view(clause[index].lower)) != any.end();
}

// "the page at http://…": the words in front of a URL that belong to it.
size_t address_begin(const Clause& clause, size_t url) {
  size_t begin = url;
  while (begin > 0) {
    const Token& token = clause[begin - 1];
    const bool belongs =
        token.kind == TokenKind::kPunctuation ||
        is_word(clause, begin - 1,
                {"at",      "on",    "from",    "in",   "of",   "page",     "site", "website",
                 "webpage", "url",   "address", "link", "the",  "to",       "and",  "this",
                 "called",  "named", "using",   "via",  "into", "according"});
    if (!belongs) break;
    --begin;
  }
  return begin;
}

bool is_visiting_verb(const Clause& clause) {
  return clause.empty() || is_word(clause, 0,
                                   {"go", "open", "visit", "navigate", "browse", "load", "head", "access",
                                    "surf", "pull", "start", "use"});
}

bool is_reading_verb(const Clause& clause) {
  return is_word(clause, 0,
                 {"read", "check", "fetch", "get", "look", "view", "see", "show", "summarize", "summarise",
                  "describe", "explain"});
}

class Interpreter {
 public:
  explicit Interpreter(std::string_view prompt) : prompt_(prompt) {}

  std::vector<Step> run() {
    for (Clause& clause : clauses(prompt_)) {
      if (steps_.size() >= kMaxSteps) break;
      take(std::move(clause));
    }
    address_first();
    return std::move(steps_);
  }

 private:
  void take(Clause clause) {
    asked_ = !clause.empty() && clause.back().text == "?";
    strip_clause(clause);
    if (clause.empty()) return;
    const bool code = std::ranges::any_of(
        clause, [](const Token& t) { return t.kind == TokenKind::kFence || t.kind == TokenKind::kCode; });
    const auto url = std::ranges::find(clause, TokenKind::kUrl, &Token::kind);
    const bool free_text = is_word(clause, 0,
                                   {"remember", "memorize", "note", "write", "save", "append", "say", "reply",
                                    "run", "execute", "type", "enter"});
    if (url != clause.end() && !code && !free_text && !names_a_tool(clause)) {
      take_with_urls(std::move(clause));
    } else {
      take_plain(std::move(clause));
    }
  }

  static bool names_a_tool(const Clause& clause) {
    return is_word(clause, 0, {"use", "call"}) &&
           std::ranges::any_of(clause, [](const Token& t) { return t.lower == "tool"; });
  }

  // "How many … cost less than £20? See http://…": the page is to be open before the question is asked.
  void address_first() {
    const auto first = std::ranges::find(steps_, Act::kNavigate, &Step::act);
    const bool only_questions = std::ranges::all_of(steps_.begin(), first, [](const Step& step) {
      return step.act == Act::kQuestion || step.act == Act::kNothing;
    });
    if (first == steps_.begin() || first == steps_.end() || !only_questions ||
        !os::to_lower(first->text).starts_with("see "))
      return;
    if (first + 1 != steps_.end() && first[1].act == Act::kDescribe) steps_.erase(first + 1);
    std::rotate(steps_.begin(), first, first + 1);
  }

  void push(Act act, std::string text, Captures captures = {}) {
    if (steps_.size() < kMaxSteps)
      steps_.push_back({.act = act, .text = std::move(text), .captures = std::move(captures)});
  }

  // Every address is a page to open; what the rest of the clause wants is done there.
  void take_with_urls(Clause clause) {
    const std::string text = covered_text(clause, 0, clause.size(), prompt_);
    const bool reads = is_reading_verb(clause);
    std::vector<std::string> urls;
    for (auto at = std::ranges::find(clause, TokenKind::kUrl, &Token::kind); at != clause.end();
         at = std::ranges::find(clause, TokenKind::kUrl, &Token::kind)) {
      urls.push_back(at->text);
      const auto index = static_cast<size_t>(at - clause.begin());
      const size_t begin = address_begin(clause, index);
      clause.erase(clause.begin() + static_cast<std::ptrdiff_t>(begin), at + 1);
    }
    strip_clause(clause);
    if (is_visiting_verb(clause) &&
        !clause.empty()) {  // "go to <url> to find out X", "visit <url> for the prices"
      size_t rest = 1;
      while (is_word(clause, rest, {"to", "and", "for", "so", "you", "can", "up"})) ++rest;
      clause.erase(clause.begin(),
                   clause.begin() + static_cast<std::ptrdiff_t>(std::min(rest, clause.size())));
      strip_clause(clause);
    }
    const bool bare = clause.empty() || (reads && is_only_reading(clause));
    for (const std::string& url : urls) {
      push(Act::kNavigate, text, {{"url", url}});
      if ((reads && bare) || urls.size() > 1 || (bare && text == url)) push(Act::kDescribe, text);
    }
    if (!bare) take_plain(std::move(clause));
  }

  // "read", "look at", "summarise the page": nothing but the verb is left.
  static bool is_only_reading(const Clause& clause) {
    return std::ranges::all_of(clause, [](const Token& t) {
      return is_stop_word(t.lower) || is_imperative(t.lower) || t.kind == TokenKind::kPunctuation ||
             t.lower == "contents" || t.lower == "content" || t.lower == "briefly" || t.lower == "summary";
    });
  }

  void take_plain(Clause clause) {
    const std::string text = covered_text(clause, 0, clause.size(), prompt_);
    if (clause.front().lower == "if") return push(Act::kOther, text);
    if (take_compute(clause, text)) return;
    for (const CompiledRule& rule : compiled_rules()) {
      auto captures = rule.pattern.match(clause, prompt_);
      if (captures && take_rule(rule.act, *captures, clause, text)) return;
    }
    if (take_file_pronoun(clause, text)) return;
    push(is_question(clause) ? Act::kQuestion : Act::kOther, text);
  }

  bool is_question(const Clause& clause) const {
    if (asked_) return true;
    return is_word(clause, 0, {"what",     "which",   "who",   "where",   "when",    "why",     "how",
                               "is",       "are",     "does",  "do",      "whose",   "find",    "tell",
                               "get",      "extract", "look",  "give",    "show",    "report",  "determine",
                               "identify", "check",   "count", "list",    "name",    "compare", "return",
                               "answer",   "what's",  "who's", "where's", "explain", "state",   "print"});
  }

  // "what is 17 * 23"
  bool take_compute(const Clause& clause, const std::string& text) {
    size_t begin = 0;
    if (is_word(clause, 0, {"calculate", "compute", "evaluate", "what's", "solve"})) begin = 1;
    if (is_word(clause, 0, {"what", "how"}) && is_word(clause, 1, {"is", "much"}))
      begin = is_word(clause, 2, {"is"}) ? 3 : 2;
    if (begin >= clause.size()) return false;
    const std::string_view expression = os::trim(
        std::string_view(prompt_).substr(clause[begin].begin, clause.back().end - clause[begin].begin));
    const bool characters = std::ranges::all_of(
        expression, [](char c) { return std::string_view("0123456789.+-*/()%^ x").contains(c); });
    const bool operation =
        expression.find_first_of("+*/%^x") != std::string_view::npos || contains(expression, " - ");
    if (!characters || !operation || !first_number(expression)) return false;
    push(Act::kCompute, text, {{"expression", std::string(expression)}});
    return true;
  }

  // "read it back", "show the file": the file that was named last.
  bool take_file_pronoun(const Clause& clause, const std::string& text) {
    if (last_path_.empty() ||
        !is_word(clause, 0, {"read", "show", "view", "print", "display", "open", "cat"}))
      return false;
    const bool pronoun = std::ranges::any_of(
        clause, [](const Token& t) { return t.lower == "it" || t.lower == "file" || t.lower == "them"; });
    if (!pronoun) return false;
    push(Act::kReadFile, text);
    steps_.back().list = {last_path_};
    return true;
  }

  bool take_rule(Act act, Captures& captures, const Clause& clause, const std::string& text) {
    // "read it back" after a file was written means that file, not the page.
    if (act == Act::kDescribe && take_file_pronoun(clause, text)) return true;
    Step step{.act = act, .text = text, .captures = captures};
    if (!refine(step, clause)) return false;
    if (steps_.size() < kMaxSteps) steps_.push_back(std::move(step));
    if (captures.contains("path")) last_path_ = captures.find("path")->second;
    return true;
  }

  // What a rule cannot say in a pattern. False when the rule does not fit after all.
  bool refine(Step& step, const Clause& clause) {
    switch (step.act) {
      case Act::kPress:
        return is_key(step.capture("key"));
      case Act::kReadFile: {
        for (const Token& token : clause) {
          if (token.kind == TokenKind::kPath) step.list.push_back(token.text);
        }
        if (!step.list.empty()) last_path_ = step.list.back();
        return !step.list.empty();
      }
      case Act::kRunCommand:
        return refine_command(step, clause);
      case Act::kRunCode:
        return refine_code(step, clause);
      case Act::kWriteFile:
      case Act::kAppendFile: {
        const std::string content = step.capture("content");
        return content.size() < 2 || !is_pronoun(content);
      }
      case Act::kFill:
        return refine_fill(step);
      case Act::kRecall:
        return !contains_word(step.text, "page") && !contains_word(step.text, "site");
      case Act::kClick:
        return !is_pronoun(step.capture("label")) && !contains_word(step.capture("label"), "previous");
      case Act::kSay:
        return !has_question_shape(step);
      case Act::kIdentity:
        return !step.captures.contains("what") || mentions_self(step.capture("what"));
      default:
        return true;
    }
  }

  static bool is_pronoun(std::string_view text) {
    const std::string lower = os::to_lower(text);
    return lower == "it" || lower == "them" || lower == "this" || lower == "that" || lower == "the result" ||
           lower == "the answer" || lower == "the output";
  }

  static bool mentions_self(std::string_view what) {
    for (const std::string_view word : {"model", "llm", "ai", "bot", "human", "person", "machine", "robot",
                                        "agent", "assistant", "chatgpt", "gpt", "claude", "reflex"}) {
      if (contains_word(what, word)) return true;
    }
    return false;
  }

  static bool has_question_shape(const Step& step) {
    const std::string content = step.capture("content");
    return contains_word(content, "what") || contains_word(content, "price") || is_pronoun(content) ||
           content.starts_with("the ") || contains_word(content, "how");
  }

  static bool is_key(const std::string& key) {
    static const std::unordered_set<std::string> keys = {
        "enter",  "return",   "escape",    "esc",     "tab",       "space",     "backspace",
        "delete", "up",       "down",      "left",    "right",     "home",      "end",
        "pageup", "pagedown", "arrowdown", "arrowup", "arrowleft", "arrowright"};
    return keys.contains(os::to_lower(key));
  }

  bool refine_command(Step& step, const Clause& clause) {
    if (step.captures.contains("path")) {
      const std::string path = step.capture("path");
      const std::string_view runner = path.ends_with(".py")                             ? "python3 "
                                      : path.ends_with(".js") || path.ends_with(".mjs") ? "node "
                                      : path.ends_with(".sh")                           ? "bash "
                                                                                        : "./";
      step.list = {std::string(runner) + path};
      return true;
    }
    if (step.captures.contains("command")) {
      const std::string command(strip(step.capture("command"), ".,;:`"));
      const std::string first = os::to_lower(command.substr(0, command.find(' ')));
      if (is_stop_word(first) || first == "code" || first == "following") return false;
      step.list = {command};
      return true;
    }
    for (const Token& token : clause) {
      if (token.kind == TokenKind::kCode) step.list.push_back(token.text);
    }
    if (step.list.empty()) step.list = {"date"};  // "what time is it"
    return true;
  }

  static bool refine_code(Step& step, const Clause& clause) {
    std::string language;
    for (const Token& token : clause) {
      if (token.kind == TokenKind::kFence || token.kind == TokenKind::kCode)
        step.captures["code"] = token.text;
      if (!token.language.empty()) language = os::to_lower(token.language);
    }
    for (const Token& token : clause) {
      static const std::unordered_set<std::string> names = {"python", "py",   "javascript", "js",
                                                            "node",   "bash", "shell",      "sh"};
      if (language.empty() && names.contains(token.lower)) language = token.lower;
    }
    static const std::unordered_set<std::string> bash = {"bash", "sh", "shell", "console", "zsh", "terminal"};
    if (language == "js" || language == "node" || language == "mjs" || language == "typescript" ||
        language == "ts")
      language = "javascript";
    if (bash.contains(language)) language = "bash";
    if (language != "javascript" && language != "bash") {
      const std::string& code = step.captures["code"];
      const bool script = contains(code, "console.log") || contains(code, "const ") || contains(code, "let ");
      language = language.empty() && script ? "javascript" : "python";
    }
    step.captures["language"] = language;
    return true;
  }

  // "name Ada and email a@b.c, message 'Hello'": one entry a field.
  bool refine_fill(Step& step) {
    const std::string fields = step.capture("fields");
    std::string entry;
    for (const Token& token : tokenize(fields)) {
      const bool separator = token.text == "," || token.text == ";" || token.kind == TokenKind::kNewline ||
                             token.kind == TokenKind::kBullet ||
                             (token.kind == TokenKind::kWord && token.lower == "and");
      if (separator) {
        if (!entry.empty()) step.list.push_back(entry);
        entry.clear();
        continue;
      }
      if (token.kind == TokenKind::kPunctuation && token.text != ":") continue;
      if (!entry.empty() && token.text != ":") entry += ' ';
      const bool marks = token.kind == TokenKind::kQuote;
      entry += marks ? "\"" + token.text + "\"" : token.text;
    }
    if (!entry.empty()) step.list.push_back(entry);
    return !step.list.empty();
  }

  std::string_view prompt_;
  std::vector<Step> steps_;
  std::string last_path_;
  bool asked_ = false;
};

constexpr std::array<std::string_view, 37> kActNames = {"nothing",
                                                        "greeting",
                                                        "identity",
                                                        "capabilities",
                                                        "thanks",
                                                        "say",
                                                        "navigate",
                                                        "describe",
                                                        "click",
                                                        "type",
                                                        "fill",
                                                        "submit",
                                                        "select",
                                                        "tick",
                                                        "press",
                                                        "scroll",
                                                        "back",
                                                        "screenshot",
                                                        "links",
                                                        "tables",
                                                        "wait",
                                                        "search",
                                                        "run_command",
                                                        "run_code",
                                                        "compute",
                                                        "write_file",
                                                        "append_file",
                                                        "read_file",
                                                        "list_files",
                                                        "search_files",
                                                        "replace_in_file",
                                                        "delete_file",
                                                        "remember",
                                                        "recall",
                                                        "statement",
                                                        "question",
                                                        "other"};
static_assert(kActNames.size() == static_cast<size_t>(Act::kOther) + 1);

}  // namespace

std::string Step::capture(std::string_view name) const {
  const auto found = captures.find(name);
  return found == captures.end() ? "" : found->second;
}

std::vector<Step> interpret(std::string_view prompt) {
  return Interpreter(prompt).run();
}

std::vector<RuleExample> rule_examples() {
  std::vector<RuleExample> out;
  for (const Rule& rule : rules()) out.push_back({rule.act, rule.pattern, rule.example});
  return out;
}

std::string_view act_name(Act act) {
  return kActNames[static_cast<size_t>(act)];
}

}  // namespace soma::model::reflex
