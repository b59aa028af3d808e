// From prompt to steps: split into clauses, drop polite words, take the web addresses out, try the rules in
// order.
#include "core/model/reflex/intent.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/os/os.h"
#include "core/model/reflex/arithmetic.h"
#include "core/model/reflex/phrases.h"
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
    // "The email address on <url>" asks for an address; "the address <url>" does not.
    const bool noun =
        is_word(clause, begin - 1, {"page", "site", "website", "webpage", "url", "address", "link"});
    if (!belongs || (noun && is_word(clause, begin, {"on", "from", "in", "of"}))) break;
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
  Interpreter(std::string_view prompt, std::string_view last_path) : prompt_(prompt), last_path_(last_path) {}

  std::vector<Step> run() {
    for (Clause& clause : clauses(prompt_)) {
      if (steps_.size() >= kMaxSteps) break;
      take(std::move(clause));
    }
    address_first();
    submit_orders();
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
    const bool refers_to_page =
        is_word(clause, 0, {"save", "write"}) && is_word(clause, 1, {"the", "all", "its", "every"}) &&
        std::ranges::none_of(clause, [](const Token& t) { return t.kind == TokenKind::kQuote; });
    if (url != clause.end() && !code && (!free_text || refers_to_page) && !names_a_tool(clause)) {
      take_with_urls(std::move(clause));
    } else {
      take_plain(std::move(clause));
    }
  }

  static bool names_a_tool(const Clause& clause) {
    return is_word(clause, 0, {"use", "call"}) &&
           std::ranges::any_of(clause, [](const Token& t) { return t.lower == "tool"; });
  }

  // "Book a visit for …" is not done before the form is sent.
  void submit_orders() {
    const auto order =
        std::ranges::find_if(steps_, [](const Step& step) { return step.act == Act::kFill && step.submit; });
    if (order == steps_.end() || steps_.size() >= kMaxSteps) return;
    if (std::any_of(order, steps_.end(), [](const Step& step) { return step.act == Act::kSubmit; })) return;
    auto behind = order + 1;
    while (behind != steps_.end() &&
           (behind->act == Act::kTick || behind->act == Act::kSelect || behind->act == Act::kType))
      ++behind;
    steps_.insert(behind, {.act = Act::kSubmit, .text = "submit"});
  }

  // "How many … cost less than £20? See http://…": the page is to be open before the question is asked.
  void address_first() {
    const auto first = std::ranges::find(steps_, Act::kNavigate, &Step::act);
    const bool only_questions = std::ranges::all_of(steps_.begin(), first, [](const Step& step) {
      return step.act == Act::kQuestion || step.act == Act::kNothing;
    });
    if (first == steps_.begin() || first == steps_.end() || !only_questions) return;
    static constexpr std::array<std::string_view, 9> kPointing = {
        "see", "check", "look", "use", "consult", "read", "here", "source", "visit"};
    const auto opening = words(first->text);
    const bool bare = first->text == first->capture("url") || first + 1 == steps_.end();
    if (!bare && (opening.empty() || std::ranges::find(kPointing, opening.front()) == kPointing.end()))
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
    const bool has_code = std::ranges::any_of(
        clause, [](const Token& t) { return t.kind == TokenKind::kCode || t.kind == TokenKind::kFence; });
    if (!has_code && take_compute(text)) return;
    if (is_question(clause) && (take_facts(clause) || take_two_questions(clause))) return;
    for (const CompiledRule& rule : compiled_rules()) {
      auto captures = rule.pattern.match(clause, prompt_);
      if (captures && take_rule(rule.act, *captures, clause, text)) return;
    }
    if (take_file_pronoun(clause, text)) return;
    push(is_question(clause) ? Act::kQuestion : Act::kOther, text);
  }

  bool is_question(const Clause& clause) const {
    if (asked_) return true;
    return is_word(clause, 0, {"what",     "which",   "who",   "where",   "when",    "why",      "how",
                               "is",       "are",     "does",  "do",      "whose",   "find",     "tell",
                               "get",      "extract", "look",  "give",    "show",    "report",   "determine",
                               "identify", "check",   "count", "list",    "name",    "compare",  "return",
                               "answer",   "what's",  "who's", "where's", "explain", "state",    "print",
                               "say",      "mention", "can",   "has",     "have",    "was",      "were",
                               "did",      "will",    "quote", "collect", "compute", "calculate"});
  }

  // "report price, weight and stock": a list of facts is a question for each.
  bool take_facts(const Clause& clause) {
    size_t begin = 0;
    while (begin < clause.size() &&
           is_word(clause, begin,
                   {"report", "tell", "me", "us", "give", "list", "state", "return", "extract", "get", "show",
                    "find", "note", "what", "is", "are", "say", "its", "the"}))
      ++begin;
    if (begin == 0) return false;
    std::vector<std::string> facts(1);
    for (size_t i = begin; i < clause.size(); ++i) {
      const Token& token = clause[i];
      if (token.text == "," || token.lower == "and") {
        if (!facts.back().empty()) facts.emplace_back();
      } else if (token.kind != TokenKind::kWord) {
        return false;
      } else if (token.lower != "the" && token.lower != "its") {
        facts.back() += (facts.back().empty() ? "" : " ") + token.text;
      }
    }
    const bool known = std::ranges::all_of(facts, [](const std::string& fact) {
      const auto all = terms(fact);
      return !all.empty() && all.size() <= 2 && is_fact(all.back());
    });
    if (facts.size() < 2 || !known) return false;
    for (const std::string& fact : facts) push(Act::kQuestion, "what is the " + fact);
    return true;
  }

  // "tell me the price and the weight of the lamp": two questions, with the same subject.
  bool take_two_questions(const Clause& clause) {
    static const std::unordered_set<std::string_view> joined = {"the", "its",  "how",   "what",
                                                                "who", "when", "where", "which"};
    size_t conjunction = 0, of = clause.size();
    for (size_t i = 0; i < clause.size(); ++i) {
      if (clause[i].kind != TokenKind::kWord) continue;
      static const std::unordered_set<std::string_view> pairs = {"compare", "between", "both",       "versus",
                                                                 "vs",      "or",      "difference", "than"};
      if (pairs.contains(clause[i].lower)) return false;
      const bool joins =
          clause[i].lower == "and" && i + 1 < clause.size() && joined.contains(clause[i + 1].lower);
      if (joins && conjunction == 0) conjunction = i;
      if (clause[i].lower == "of" && of == clause.size()) of = i;
    }
    if (conjunction < 2 || conjunction + 2 >= clause.size()) return false;
    Clause first(clause.begin(), clause.begin() + static_cast<std::ptrdiff_t>(conjunction));
    Clause second(clause.begin() + static_cast<std::ptrdiff_t>(conjunction) + 1, clause.end());
    const bool facts = clause[conjunction + 1].lower == "the" || clause[conjunction + 1].lower == "its";
    // "the oldest and the newest boat" asks for one thing each; "the house and the garden" is one subject.
    if (facts && (second.size() < 2 || conjunction > kMaxFactWords)) return false;
    std::string subject;
    if (facts && of < conjunction) subject = " " + covered_text(clause, of, conjunction, prompt_);
    if (facts && of > conjunction && of < clause.size())
      subject = " " + covered_text(clause, of, clause.size(), prompt_);
    const bool first_lacks = of > conjunction;
    push(Act::kQuestion, covered_text(first, 0, first.size(), prompt_) + (first_lacks ? subject : ""));
    push(Act::kQuestion, (facts ? "what is " : "") + covered_text(second, 0, second.size(), prompt_) +
                             (first_lacks ? "" : subject));
    return true;
  }
  static constexpr size_t kMaxFactWords = 6;  // "tell me the opening hours"

  // "what is 17 * 23", "compute 17% of 2,340 with python"
  bool take_compute(const std::string& text) {
    const auto sum = read_arithmetic(text);
    if (!sum) return false;
    push(Act::kCompute, text,
         {{"expression", sum->shown}, {"sum", sum->expression}, {"language", sum->language}});
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
        return refine_content(step, clause);
      }
      case Act::kSave:
      case Act::kMoveFile:
      case Act::kCopyFile:
      case Act::kDeleteFile:
        return refine_path(step);
      case Act::kReplaceInFile:
        step.captures["old"] = literal(step.capture("old"));
        step.captures["new"] = literal(step.capture("new"));
        return refine_path(step);
      case Act::kCountFile: {
        const std::string unit = step.capture("unit");
        const bool counts = unit == "lines" || unit == "words" || unit == "characters" || unit == "rows" ||
                            unit == "bytes" || unit == "line" || unit == "letters";
        return counts && refine_path(step);
      }
      case Act::kFollow:
        return refine_follow(step) && (last_path_.empty() || has_web_step());
      case Act::kFill:
        step.submit = is_word(clause, 0, {"book", "reserve", "order", "register", "apply", "sign"});
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

  // The file that a step names, or "it".
  bool refine_path(Step& step) const {
    if (!step.captures.contains("path")) step.captures["path"] = last_path_;
    return !step.capture("path").empty();
  }

  // Text that is to be written as it is, or a reference to something that a page or an answer holds.
  bool refine_content(Step& step, const Clause& clause) {
    if (step.captures.contains("printed")) {
      step.captures["content"] = printing_script(step.capture("path"), literal(step.capture("printed")));
      return true;
    }
    if (step.captures.contains("string")) step.captures["content"] = step.capture("string");
    const std::string content = step.capture("content");
    const bool quoted = std::ranges::any_of(clause, [](const Token& t) {
      return t.kind == TokenKind::kQuote || t.kind == TokenKind::kCode || t.kind == TokenKind::kFence;
    });
    if (step.act == Act::kWriteFile && !quoted && refers(content)) step.act = Act::kSave;
    if (step.act != Act::kSave) step.captures["content"] = literal(content);
    return refine_path(step);
  }

  // "the table", "all links", "it": nothing to be written letter by letter.
  bool refers(const std::string& content) const {
    const auto all = words(content);
    if (all.empty()) return false;
    if (is_pronoun(content)) return true;
    static const std::unordered_set<std::string_view> determiners = {"the",   "all",   "its",  "every",
                                                                     "these", "those", "that", "this"};
    static const std::unordered_set<std::string_view> things = {
        "table",    "tables",    "link",    "links",  "page",   "headings", "heading",
        "headline", "headlines", "results", "rows",   "prices", "items",    "answer",
        "output",   "summary",   "result",  "titles", "data",   "contents"};
    if (!determiners.contains(all.front())) return false;
    return has_web_step() ||
           std::ranges::any_of(all, [](const std::string& word) { return things.contains(word); });
  }

  bool has_web_step() const {
    return std::ranges::any_of(steps_, [](const Step& step) { return step.act == Act::kNavigate; });
  }

  // "open the second one": an ordinal or a superlative names it; other words are a label to click.
  static bool refine_follow(Step& step) {
    if (!step.captures.contains("nth")) return true;
    const std::string nth = os::to_lower(step.capture("nth"));
    static const std::unordered_set<std::string_view> ordinals = {
        "first", "second", "third", "fourth", "fifth", "top", "last", "1st", "2nd", "3rd"};
    return ordinals.contains(nth) || find_degree(nth, true) != nullptr;
  }

  static bool has_question_shape(const Step& step) {
    const std::string content = step.capture("content");
    return contains_word(content, "what") || contains_word(content, "price") || is_pronoun(content) ||
           content.starts_with("the ") || contains_word(content, "how");
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
    if (step.text.size() < 24 && !step.captures.contains("command") && !last_path_.empty() &&
        contains_word(step.text, "run") &&
        std::ranges::none_of(clause, [](const Token& t) { return t.kind == TokenKind::kCode; })) {
      step.captures["path"] = last_path_;
      return refine_command(step, clause);
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
    const auto tokens = tokenize(fields);
    for (size_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      if (begins_moment(tokens, i, entry)) {
        step.list.push_back(entry);
        entry.clear();
      }
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

constexpr std::array<std::string_view, 44> kActNames = {
    "nothing",     "greeting",   "identity",     "capabilities",
    "thanks",      "say",        "navigate",     "describe",
    "click",       "type",       "fill",         "submit",
    "select",      "tick",       "press",        "scroll",
    "back",        "screenshot", "links",        "tables",
    "headings",    "wait",       "search",       "run_command",
    "run_code",    "compute",    "write_file",   "append_file",
    "read_file",   "list_files", "search_files", "replace_in_file",
    "delete_file", "move_file",  "copy_file",    "count_file",
    "save",        "follow",     "results",      "remember",
    "recall",      "statement",  "question",     "other"};
static_assert(kActNames.size() == static_cast<size_t>(Act::kOther) + 1);

}  // namespace

std::string Step::capture(std::string_view name) const {
  const auto found = captures.find(name);
  return found == captures.end() ? "" : found->second;
}

std::vector<Step> interpret(std::string_view prompt, std::string_view last_path) {
  return Interpreter(prompt, last_path).run();
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
