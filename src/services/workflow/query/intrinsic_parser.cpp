#include <utility>

#include "services/workflow/query/intrinsic.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

constexpr std::string_view kPathEnds = ",) \t\n\r";
constexpr std::string_view kEscapable = "'{}\\";

class IntrinsicParser {
 public:
  explicit IntrinsicParser(std::string_view text) : text_(text) {}

  os::Result<Intrinsic> parse() {
    Intrinsic intrinsic{.text = std::string(text_)};
    skip_spaces();
    SOMA_ASSIGN(intrinsic.call, parse_call(1));
    skip_spaces();
    if (position_ != text_.size()) return unexpected_character();
    return intrinsic;
  }

 private:
  char current() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  void skip_spaces() { position_ = skip_blanks(text_, position_); }

  std::unexpected<os::Error> unexpected_character() const {
    if (position_ >= text_.size()) return invalid("The intrinsic function call is not closed");
    return invalid("Unexpected character at position " + std::to_string(position_) +
                   " of an intrinsic function call");
  }

  os::Result<IntrinsicCall> parse_call(size_t nesting) {
    if (nesting > kMaxIntrinsicNesting) {
      return invalid("Intrinsic functions are nested deeper than " + std::to_string(kMaxIntrinsicNesting) +
                     " (kMaxIntrinsicNesting)");
    }
    size_t start = position_;
    while (is_name_part(current()) || current() == '.') ++position_;
    std::string_view name = text_.substr(start, position_ - start);
    IntrinsicCall call{.function = find_intrinsic(name)};
    if (call.function == nullptr)
      return invalid("There is no intrinsic function '" + std::string(name) + "'");
    skip_spaces();
    if (current() != '(') return unexpected_character();
    ++position_;
    skip_spaces();
    if (current() == ')') {
      ++position_;
      return call;
    }
    SOMA_TRY(parse_arguments(call, nesting));
    return call;
  }

  os::Result<> parse_arguments(IntrinsicCall& call, size_t nesting) {
    while (true) {
      if (call.arguments.size() == kMaxIntrinsicArguments) {
        return invalid("An intrinsic function has more than " + std::to_string(kMaxIntrinsicArguments) +
                       " arguments (kMaxIntrinsicArguments)");
      }
      // Format reads its template's braces itself.
      bool is_template = call.arguments.empty() && call.function->name == "States.Format";
      SOMA_ASSIGN(IntrinsicArgument argument, parse_argument(nesting, is_template));
      call.arguments.push_back(std::move(argument));
      skip_spaces();
      char c = current();
      if (c != ',' && c != ')') return unexpected_character();
      ++position_;
      if (c == ')') return {};
      skip_spaces();
    }
  }

  os::Result<IntrinsicArgument> parse_argument(size_t nesting, bool is_template) {
    IntrinsicArgument argument;
    if (current() == '\'') {
      SOMA_ASSIGN(argument.literal, parse_string(is_template));
    } else if (current() == '$') {
      argument.kind = IntrinsicArgument::Kind::kPath;
      SOMA_ASSIGN(argument.path, compile_embedded_path(text_, position_, 0, kPathEnds));
    } else if (text_.substr(position_).starts_with("States.")) {
      argument.kind = IntrinsicArgument::Kind::kCall;
      SOMA_ASSIGN(IntrinsicCall inner, parse_call(nesting + 1));
      argument.call = std::make_unique<const IntrinsicCall>(std::move(inner));
    } else {
      SOMA_ASSIGN(argument.literal, parse_scalar());
    }
    return argument;
  }

  os::Result<std::string> parse_string(bool is_template) {
    std::string value;
    for (++position_; position_ < text_.size(); ++position_) {
      char c = current();
      if (c == '\'') {
        ++position_;
        return value;
      }
      if (c == '\\') {
        ++position_;
        if (position_ >= text_.size() || kEscapable.find(current()) == std::string_view::npos) {
          return invalid("A backslash may only stand in front of ', {, } and \\ (position " +
                         std::to_string(position_ - 1) + ")");
        }
        if (is_template) value += c;
      }
      value += current();
    }
    return invalid("A string of an intrinsic function call is not closed");
  }

  // A number as JSON writes it, true, false or null.
  os::Result<json::Value> parse_scalar() {
    size_t end = position_;
    while (end < text_.size() && kPathEnds.find(text_[end]) == std::string_view::npos) ++end;
    std::string_view word = text_.substr(position_, end - position_);
    if (word.empty() || word.find_first_of("[{\"") != std::string_view::npos) return unexpected_character();
    auto value = json::parse(word);
    if (!value) return unexpected_character();
    position_ = end;
    return std::move(*value);
  }

  std::string_view text_;
  size_t position_ = 0;
};

}  // namespace

os::Result<Intrinsic> compile_intrinsic(std::string_view text) {
  return IntrinsicParser(text).parse();
}

}  // namespace soma::workflow::query
