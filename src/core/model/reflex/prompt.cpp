#include "core/model/reflex/prompt.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/os/os.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct QuoteMarks {
  std::string_view open, close;
};
constexpr std::array<QuoteMarks, 5> kQuotes = {
    {{"\"", "\""}, {"“", "”"}, {"‘", "’"}, {"«", "»"}, {"'", "'"}}};

bool looks_like_email(std::string_view word) {
  const size_t at = word.find('@');
  return at != std::string_view::npos && at > 0 && word.find('.', at) != std::string_view::npos &&
         word.find('/') == std::string_view::npos && word.find('@', at + 1) == std::string_view::npos;
}

bool looks_like_path(std::string_view word) {
  if (word.size() < 3 || word.size() > 512) return false;
  const size_t dot = word.rfind('.');
  const bool extension = dot != std::string_view::npos && dot > 0 && word.size() - dot - 1 >= 1 &&
                         word.size() - dot - 1 <= 5 &&
                         std::ranges::all_of(word.substr(dot + 1),
                                             [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); }) &&
                         !is_digit(word[dot + 1]) && word.find("..") == std::string_view::npos;
  if (extension) return word != "e.g" && word != "i.e" && word != "p.m" && word != "a.m";
  return word.starts_with("./") || (word.front() == '/' && word.find('/', 1) != std::string_view::npos) ||
         (word.back() == '/' && word.front() != '/');
}

bool is_number(std::string_view word) {
  return is_digit(word.front()) &&
         std::ranges::all_of(word, [](char c) { return is_digit(c) || c == '.' || c == ','; });
}

// Cuts a prompt into tokens, from left to right.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view prompt) : prompt_(prompt) {}

  std::vector<Token> run() {
    while (at_ < prompt_.size() && tokens_.size() < kMaxPromptTokens) {
      if (prompt_[at_] == '\n') {
        add(TokenKind::kNewline, "\n", at_ + 1);
        line_start_ = true;
        continue;
      }
      if (is_space(prompt_[at_])) {
        ++at_;
        continue;
      }
      if (!(line_start_ && bullet()) && !fence() && !code() && !quote() && !punctuation()) word();
      line_start_ = line_start_ && !tokens_.empty() && tokens_.back().kind == TokenKind::kNewline;
    }
    return std::move(tokens_);
  }

 private:
  void add(TokenKind kind, std::string_view text, size_t end, std::string_view language = {}) {
    tokens_.push_back({kind, std::string(text), os::to_lower(text), std::string(language), at_, end});
    at_ = end;
  }

  bool bullet() {
    size_t end = at_;
    if (prompt_[at_] == '-' || prompt_[at_] == '*' || prompt_.substr(at_).starts_with("•")) {
      end += prompt_[at_] == '-' || prompt_[at_] == '*' ? 1 : std::string_view("•").size();
    } else {
      while (end < prompt_.size() && is_digit(prompt_[end])) ++end;
      if (end == at_ || end - at_ > 2 || end == prompt_.size() ||
          (prompt_[end] != '.' && prompt_[end] != ')'))
        return false;
      ++end;
    }
    if (end >= prompt_.size() || !is_space(prompt_[end])) return false;
    add(TokenKind::kBullet, "-", end);
    return true;
  }

  bool fence() {
    if (!prompt_.substr(at_).starts_with("```")) return false;
    const size_t close = prompt_.find("```", at_ + 3);
    std::string_view body =
        prompt_.substr(at_ + 3, (close == std::string_view::npos ? prompt_.size() : close) - at_ - 3);
    std::string_view language;
    if (const size_t line = body.find('\n'); line != std::string_view::npos) {
      language = os::trim(body.substr(0, line));
      body.remove_prefix(line + 1);
    } else if (const size_t space = body.find(' '); space != std::string_view::npos && space > 0) {
      language = body.substr(0, space);  // ```python print(1)``` on one line
      body.remove_prefix(space + 1);
    }
    if (body.ends_with('\n')) body.remove_suffix(1);
    add(TokenKind::kFence, body, close == std::string_view::npos ? prompt_.size() : close + 3, language);
    return true;
  }

  bool code() {
    if (prompt_[at_] != '`') return false;
    const size_t close = prompt_.find('`', at_ + 1);
    if (close == std::string_view::npos) return false;
    add(TokenKind::kCode, prompt_.substr(at_ + 1, close - at_ - 1), close + 1);
    return true;
  }

  bool quote() {
    for (const auto& [open, close] : kQuotes) {
      if (!prompt_.substr(at_).starts_with(open)) continue;
      size_t end = prompt_.find(close, at_ + open.size());
      // An apostrophe inside a word does not close: 'the ferry's deck'.
      while (close == "'" && end != std::string_view::npos && end + 1 < prompt_.size() &&
             (std::isalnum(static_cast<unsigned char>(prompt_[end + 1])) != 0)) {
        end = prompt_.find(close, end + 1);
      }
      if (end == std::string_view::npos) continue;
      add(TokenKind::kQuote, prompt_.substr(at_ + open.size(), end - at_ - open.size()), end + close.size());
      return true;
    }
    return false;
  }

  bool punctuation() {
    if (!std::string_view(",;:!?()[]{}\"&").contains(prompt_[at_])) return false;
    add(TokenKind::kPunctuation, prompt_.substr(at_, 1), at_ + 1);
    return true;
  }

  void word() {
    size_t end = at_;
    while (end < prompt_.size() && !is_space(prompt_[end]) && prompt_[end] != '`' && prompt_[end] != '"' &&
           !prompt_.substr(end).starts_with("”")) {
      ++end;
    }
    std::string_view text = prompt_.substr(at_, end - at_);
    const bool open_paren = contains(text, "(");
    while (text.size() > 1 &&
           (std::string_view(".,;:!?…'").contains(text.back()) || (text.back() == ')' && !open_paren)))
      text.remove_suffix(1);
    end = at_ + text.size();
    if (text == ".") {
      add(TokenKind::kPunctuation, ".", end);
    } else if (const std::string url = as_url(text); !url.empty()) {
      add(TokenKind::kUrl, url, end);
    } else if (looks_like_email(text)) {
      add(TokenKind::kEmail, text, end);
    } else if (is_number(text)) {
      add(TokenKind::kNumber, text, end);
    } else if (looks_like_path(text)) {
      add(TokenKind::kPath, text, end);
    } else {
      // A comma may stand inside: "a,b" is two words to a list, one to us; the rest of a word follows as its
      // own token.
      add(TokenKind::kWord, text, end);
    }
    // What was trimmed: full stops count as ends of sentences, the others are found by punctuation().
    if (at_ < prompt_.size() && (prompt_[at_] == '.' || prompt_[at_] == '\'' || prompt_[at_] == ')')) {
      add(TokenKind::kPunctuation, prompt_.substr(at_, 1), at_ + 1);
    }
  }

  std::string_view prompt_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  bool line_start_ = true;
};

// Words that may stand between a conjunction and the verb it introduces.
bool is_adverb(std::string_view word) {
  static const std::unordered_set<std::string_view> words = {
      "then",  "please", "also", "finally", "next", "afterwards", "now", "after", "that",
      "first", "lastly", "just", "again",   "you",  "should",     "can", "could"};
  return words.contains(word);
}

// A clause that takes free text up to its end: a comma or an "and" before a verb does not end it.
bool takes_free_text(const Clause& clause) {
  for (const Token& token : clause) {
    if (token.kind != TokenKind::kWord || is_adverb(token.lower)) continue;
    static const std::unordered_set<std::string_view> verbs = {"remember", "memorize", "memorise", "note",
                                                               "write",    "save",     "append",   "say",
                                                               "reply",    "respond",  "answer"};
    return verbs.contains(token.lower);
  }
  return false;
}

// "Fill in the form with …": a list of fields follows.
bool is_form_order(const Clause& clause) {
  constexpr size_t kOpening = 6;
  for (size_t i = 0; i < clause.size() && i < kOpening; ++i) {
    if (clause[i].lower == "fill" || clause[i].lower == "complete") return true;
  }
  return false;
}

bool has_quoted(const Clause& clause) {
  return std::ranges::any_of(
      clause, [](const Token& t) { return t.kind == TokenKind::kQuote || t.kind == TokenKind::kCode; });
}

class Splitter {
 public:
  explicit Splitter(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  std::vector<Clause> run() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.kind == TokenKind::kBullet) {
        // "Fill in the form: - name: Ada - email: …" is one order.
        if (is_form_order(current_) && !commands(i + 1)) {
          current_.push_back(token);
        } else {
          flush();
        }
      } else if (token.kind == TokenKind::kNewline) {
        if (ends_line(i)) flush();
      } else if (ends_sentence(i)) {
        current_.push_back(token);
        flush();
      } else if (!current_.empty() && joins_next_step(i)) {
        flush();
      } else {
        current_.push_back(token);
      }
    }
    flush();
    return std::move(out_);
  }

 private:
  void flush() {
    const bool words =
        std::ranges::any_of(current_, [](const Token& t) { return t.kind != TokenKind::kPunctuation; });
    if (words) out_.push_back(current_);
    current_.clear();
  }

  // The token begins an order of its own.
  bool commands(size_t i) const {
    while (i < tokens_.size() && tokens_[i].kind == TokenKind::kWord && is_adverb(tokens_[i].lower)) ++i;
    return i < tokens_.size() && tokens_[i].kind == TokenKind::kWord && is_imperative(tokens_[i].lower);
  }

  const Token* next(size_t i) const { return i + 1 < tokens_.size() ? &tokens_[i + 1] : nullptr; }

  // A line break ends a step before a list item, a blank line or a new command, and after a full stop; a
  // wrapped line goes on.
  bool ends_line(size_t i) const {
    const Token* after = next(i);
    if (after == nullptr || current_.empty()) return false;
    if (after->kind == TokenKind::kFence) return false;
    if (after->kind == TokenKind::kNewline)
      return i + 2 >= tokens_.size() || tokens_[i + 2].kind != TokenKind::kFence;
    if (after->kind == TokenKind::kBullet && is_form_order(current_)) return commands(i + 2);
    return after->kind == TokenKind::kBullet || is_imperative(after->lower) || current_.back().text == ":" ||
           current_.back().kind == TokenKind::kFence;
  }

  bool ends_sentence(size_t i) const {
    const Token& token = tokens_[i];
    if (token.kind != TokenKind::kPunctuation || current_.empty()) return false;
    if (token.text == ";") return !is_form_order(current_) || commands(i + 1);
    if (token.text != "." && token.text != "!" && token.text != "?") return false;
    const std::string& before = current_.back().lower;
    return token.text != "." ||
           (before != "e.g" && before != "i.e" && before != "etc" && before != "vs" && before != "approx");
  }

  // "then", or a comma or "and" in front of a verb that commands.
  bool joins_next_step(size_t i) const {
    const Token& token = tokens_[i];
    const bool word = token.kind == TokenKind::kWord;
    const bool then = word && token.lower == "then";
    const bool conjunction = (word && token.lower == "and") || token.text == "," || token.text == "&";
    if (!then && !conjunction) return false;
    if (current_.front().lower == "if") return false;
    if (only_adverbs()) return false;
    if (then) return true;
    static const std::unordered_set<std::string_view> openings = {"in",   "on",   "at",   "using", "with",
                                                                  "from", "once", "when", "after"};
    if (token.text == "," && openings.contains(current_.front().lower) && !has_verb())
      return false;  // "In Python, run …"
    size_t verb = i + 1;
    bool says_then = false;
    while (verb < tokens_.size() &&
           (tokens_[verb].lower == "and" ||
            (tokens_[verb].kind == TokenKind::kWord && is_adverb(tokens_[verb].lower)))) {
      says_then = says_then || tokens_[verb].lower == "then";
      ++verb;
    }
    if (says_then) return true;
    if (verb >= tokens_.size() || tokens_[verb].kind != TokenKind::kWord ||
        !is_imperative(tokens_[verb].lower))
      return false;
    const bool complete = current_.back().kind == TokenKind::kPath;  // "write … to a.txt and …"
    if (!takes_free_text(current_) || has_quoted(current_) || complete) return true;
    return verb + 1 < tokens_.size() &&
           (tokens_[verb + 1].lower == "it" || tokens_[verb + 1].lower == "them" ||
            (tokens_[verb + 1].lower == "the" && verb + 2 < tokens_.size() &&
             tokens_[verb + 2].lower == "file") ||
            tokens_[verb + 1].kind == TokenKind::kPath || tokens_[verb + 1].kind == TokenKind::kUrl);
  }

  bool only_adverbs() const {
    return std::ranges::all_of(
        current_, [](const Token& t) { return is_adverb(t.lower) || t.kind == TokenKind::kPunctuation; });
  }

  bool has_verb() const {
    return std::ranges::any_of(current_, [](const Token& t) { return is_imperative(t.lower); });
  }

  std::vector<Token> tokens_;
  std::vector<Clause> out_;
  Clause current_;
};

}  // namespace

std::string as_url(std::string_view word) {
  const std::string lower = os::to_lower(word);
  if (lower.starts_with("http://") || lower.starts_with("https://"))
    return lower.size() > 8 ? std::string(word) : "";
  if (lower.starts_with("file:///") || lower.starts_with("about:")) return std::string(word);
  const std::string host = lower.substr(0, lower.find_first_of("/:?#"));
  const bool has_port = host.size() < lower.size() && lower[host.size()] == ':';
  if (host == "localhost" && host.size() < lower.size()) return "http://" + std::string(word);
  if (std::ranges::count(host, '.') == 3 &&
      std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; })) {
    return "http://" + std::string(word);
  }
  static const std::unordered_set<std::string_view> endings = {
      "com", "org", "net", "edu", "gov", "io", "dev",  "app",     "info",      "ai",
      "uk",  "de",  "fr",  "eu",  "ch",  "at", "nl",   "it",      "es",        "ca",
      "au",  "jp",  "in",  "co",  "us",  "me", "test", "example", "localhost", "int"};
  const size_t dot = host.rfind('.');
  if (dot == std::string::npos || dot == 0 || contains(lower, "@")) return "";
  const bool valid = std::ranges::all_of(
      host, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-'; });
  if (!valid || (!endings.contains(std::string_view(host).substr(dot + 1)) && !host.starts_with("www.")))
    return "";
  return (has_port || host.ends_with(".test") || host.ends_with(".localhost") ? "http://" : "https://") +
         std::string(word);
}

bool is_imperative(std::string_view lower_word) {
  static const std::unordered_set<std::string_view> verbs = {
      "go",         "open",      "visit",   "navigate", "browse",    "load",       "click",     "tap",
      "press",      "type",      "enter",   "fill",     "submit",    "select",     "choose",    "pick",
      "search",     "find",      "look",    "read",     "describe",  "summarize",  "summarise", "explain",
      "tell",       "give",      "list",    "show",     "extract",   "count",      "compare",   "write",
      "create",     "save",      "append",  "add",      "delete",    "remove",     "run",       "execute",
      "remember",   "memorize",  "answer",  "report",   "take",      "scroll",     "wait",      "say",
      "print",      "calculate", "compute", "check",    "tick",      "uncheck",    "replace",   "fetch",
      "get",        "view",      "display", "use",      "follow",    "make",       "put",       "set",
      "screenshot", "return",    "reply",   "respond",  "download",  "determine",  "identify",  "call",
      "evaluate",   "cat",       "send",    "change",   "let",       "note",       "store",     "rename",
      "copy",       "move",      "export",  "accept",   "agree",     "confirm",    "untick",    "sort",
      "collect",    "convert",   "recap",   "sum",      "duplicate", "acknowledge"};
  return verbs.contains(lower_word);
}

std::vector<Token> tokenize(std::string_view prompt) {
  return Tokenizer(prompt).run();
}

std::vector<Clause> clauses(std::string_view prompt) {
  return Splitter(tokenize(prompt)).run();
}

}  // namespace soma::model::reflex
