#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "services/workflow/query/filter.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

constexpr std::string_view kPathEnds = " \t\n\r<>=~!),";

constexpr std::pair<std::string_view, FilterOperator> kSymbols[] = {
    {"==", FilterOperator::kEqual},
    {"!=", FilterOperator::kNotEqual},
    {"===", FilterOperator::kSameTypeEqual},
    {"!==", FilterOperator::kSameTypeNotEqual},
    {"<", FilterOperator::kLess},
    {"<=", FilterOperator::kLessEqual},
    {">", FilterOperator::kGreater},
    {">=", FilterOperator::kGreaterEqual},
    {"=~", FilterOperator::kMatches},
};
constexpr std::pair<std::string_view, FilterOperator> kWords[] = {
    {"in", FilterOperator::kIn},
    {"nin", FilterOperator::kNotIn},
    {"contains", FilterOperator::kContains},
    {"all", FilterOperator::kAll},
    {"size", FilterOperator::kSize},
    {"empty", FilterOperator::kEmpty},
    {"subsetof", FilterOperator::kSubsetOf},
    {"anyof", FilterOperator::kAnyOf},
    {"noneof", FilterOperator::kNoneOf},
};

template <size_t N>
const FilterOperator* find_operator(const std::pair<std::string_view, FilterOperator> (&table)[N],
                                    std::string_view name) {
  for (const auto& entry : table) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

//  or       = and { "||" and }
//  and      = operand { "&&" operand }
//  operand  = "!" operand | "(" or ")" | relation
//  relation = value [ operator value ]
class FilterParser {
 public:
  FilterParser(std::string_view text, size_t position, size_t nesting)
      : text_(text), position_(position), nesting_(nesting) {}

  // "( or )"
  os::Result<Filter> parse_group() {
    skip_spaces();
    if (current() != '(')
      return invalid("Filter must start with '[?(' and end with ')]'. " + std::string(text_));
    ++position_;
    SOMA_ASSIGN(Filter filter, parse_or());
    skip_spaces();
    if (current() != ')') {
      return invalid("Expected end of filter expression instead of: " + std::string(text_.substr(position_)));
    }
    ++position_;
    return filter;
  }
  size_t position() const { return position_; }

 private:
  char at(size_t index) const { return index < text_.size() ? text_[index] : '\0'; }
  char current() const { return at(position_); }
  void skip_spaces() { position_ = skip_blanks(text_, position_); }
  bool take(std::string_view token) {
    skip_spaces();
    if (!text_.substr(position_).starts_with(token)) return false;
    position_ += token.size();
    return true;
  }

  os::Result<Filter> parse_or() {
    return parse_chain(Filter::Kind::kOr, "||", [this] {
      return parse_chain(Filter::Kind::kAnd, "&&", [this] { return parse_operand(); });
    });
  }

  template <class Parse>
  os::Result<Filter> parse_chain(Filter::Kind kind, std::string_view separator, const Parse& parse) {
    SOMA_ASSIGN(Filter first, parse());
    if (!take(separator)) return first;
    Filter chain{.kind = kind};
    chain.operands.push_back(std::move(first));
    do {
      SOMA_ASSIGN(Filter next, parse());
      chain.operands.push_back(std::move(next));
    } while (take(separator));
    return chain;
  }

  os::Result<Filter> parse_operand() {
    skip_spaces();
    bool negated = current() == '!' && at(skip_blanks(text_, position_ + 1)) != '@' &&
                   at(skip_blanks(text_, position_ + 1)) != '$';
    if (!negated && current() != '(') return parse_relation();
    if (depth_ + nesting_ >= kMaxFilterNesting) {
      return invalid("Filters are nested deeper than " + std::to_string(kMaxFilterNesting) +
                     " (kMaxFilterNesting)");
    }
    ++depth_;
    Filter result;
    if (negated) {
      ++position_;
      SOMA_ASSIGN(Filter inner, parse_operand());
      result.kind = Filter::Kind::kNot;
      result.operands.push_back(std::move(inner));
    } else {
      SOMA_ASSIGN(result, parse_group());
    }
    --depth_;
    return result;
  }

  os::Result<Filter> parse_relation() {
    Filter filter;
    if (take("!")) filter.should_exist = false;
    SOMA_ASSIGN(filter.left, parse_value());
    skip_spaces();
    const FilterOperator* operation = parse_operator();
    if (operation == nullptr) {
      if (!filter.left.path)
        return invalid("Expected a filter operator at position " + std::to_string(position_));
      return filter;
    }
    filter.kind = Filter::Kind::kCompare;
    filter.operation = *operation;
    SOMA_ASSIGN(filter.right, parse_value());
    return filter;
  }

  const FilterOperator* parse_operator() {
    size_t end = position_;
    constexpr std::string_view kSymbolCharacters = "<>=~!";
    while (kSymbolCharacters.find(at(end)) != std::string_view::npos && end < text_.size()) ++end;
    const FilterOperator* found = nullptr;
    if (end > position_) {
      found = find_operator(kSymbols, text_.substr(position_, end - position_));
    } else {
      while (is_name_part(at(end))) ++end;
      found = find_operator(kWords, os::to_lower(text_.substr(position_, end - position_)));
    }
    if (found != nullptr) position_ = end;
    return found;
  }

  os::Result<Operand> parse_value() {
    skip_spaces();
    switch (current()) {
      case '@':
      case '$': {
        SOMA_ASSIGN(PathProgram path, compile_embedded_path(text_, position_, nesting_, kPathEnds));
        return Operand{.path = std::move(path)};
      }
      case '\'':
      case '"':
        return parse_string(current());
      case '/':
        return parse_pattern();
      case '[':
      case '{':
        return parse_list();
      default:
        return parse_scalar();
    }
  }

  os::Result<Operand> parse_string(char quote) {
    size_t close = find_unescaped(text_, position_ + 1, quote);
    if (close == std::string_view::npos) {
      return invalid("String literal does not have matching quotes. Expected " + std::string(1, quote) +
                     " in " + std::string(text_));
    }
    std::string value = unescape_name(text_.substr(position_ + 1, close - position_ - 1), quote);
    position_ = close + 1;
    return Operand{.literal = std::move(value)};
  }

  os::Result<Operand> parse_pattern() {
    size_t close = find_unescaped(text_, position_ + 1, '/');
    if (close == std::string_view::npos) {
      return invalid("Pattern not closed. Expected / in " + std::string(text_));
    }
    std::string pattern(text_.substr(position_ + 1, close - position_ - 1));
    if (pattern.size() > kMaxRegexBytes) {
      return invalid("Pattern is longer than " + std::to_string(kMaxRegexBytes) + " bytes (kMaxRegexBytes)");
    }
    position_ = close + 1;
    std::string flags;
    for (; is_name_start(current()); ++position_) {
      if (current() == 'i' || current() == 's' || current() == 'm') {
        flags += current();
      } else if (current() != 'u' && current() != 'd' && current() != 'U') {
        return invalid("Pattern flag '" + std::string(1, current()) + "' is not supported");
      }
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto compiled =
        std::make_shared<const re2::RE2>(flags.empty() ? pattern : "(?" + flags + ")" + pattern, options);
    if (!compiled->ok()) return invalid("Pattern /" + pattern + "/ is not valid: " + compiled->error());
    return Operand{.pattern = std::move(compiled)};
  }

  // A list or an object in JSON; strings may stand in single quotes.
  os::Result<Operand> parse_list() {
    char open = current();
    char close = open == '[' ? ']' : '}';
    std::string written;
    size_t depth = 0;
    size_t i = position_;
    for (; i < text_.size(); ++i) {
      char c = text_[i];
      if (c == '\'' || c == '"') {
        size_t end = find_unescaped(text_, i + 1, c);
        if (end == std::string_view::npos) break;
        json::write_string_to(written, unescape_name(text_.substr(i + 1, end - i - 1), c));
        i = end;
        continue;
      }
      written += c;
      if (c == open) ++depth;
      if (c == close && --depth == 0) break;
    }
    if (i >= text_.size() || depth > 0) return invalid("A list is not closed in " + std::string(text_));
    auto value = json::parse(written);
    if (!value)
      return invalid("Failed to parse filter: " + std::string(text_.substr(position_, i + 1 - position_)));
    position_ = i + 1;
    return Operand{.literal = std::move(*value)};
  }

  os::Result<Operand> parse_scalar() {
    size_t end = position_;
    while (is_name_part(at(end)) || at(end) == '-' || at(end) == '+' || at(end) == '.') ++end;
    std::string_view word = text_.substr(position_, end - position_);
    auto value = json::parse(word);
    if (word.empty() || !value) {
      return invalid("Failed to parse filter: " + std::string(text_) + ", error on position: " +
                     std::to_string(position_) + ", char: " + std::string(1, current()));
    }
    position_ = end;
    return Operand{.literal = std::move(*value)};
  }

  std::string_view text_;
  size_t position_;
  size_t nesting_;
  size_t depth_ = 0;
};

}  // namespace

os::Result<Filter> parse_filter(std::string_view text, size_t& position, size_t nesting) {
  FilterParser parser(text, position, nesting);
  SOMA_ASSIGN(Filter filter, parser.parse_group());
  position = parser.position();
  return filter;
}

}  // namespace soma::workflow::query
