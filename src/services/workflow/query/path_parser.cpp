// From text to steps, by recursive descent. Each step is read by the function for its first character; a
// filter's inside is parsed where it stands, so that brackets and quotes inside it need no second look.
#include <algorithm>
#include <charconv>
#include <utility>

#include "services/workflow/query/filter.h"
#include "services/workflow/query/path_program.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

constexpr std::pair<std::string_view, PathFunction> kFunctions[] = {
    {"length", PathFunction::kLength}, {"size", PathFunction::kLength},
    {"keys", PathFunction::kKeys},     {"sum", PathFunction::kSum},
    {"avg", PathFunction::kAverage},   {"min", PathFunction::kMinimum},
    {"max", PathFunction::kMaximum},   {"stddev", PathFunction::kDeviation},
    {"concat", PathFunction::kConcat}, {"first", PathFunction::kIndex},
    {"last", PathFunction::kIndex},    {"index", PathFunction::kIndex},
};

os::Result<int32_t> parse_index(std::string_view text) {
  int32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return invalid("Failed to parse token in ArrayIndexOperation: " + std::string(text));
  }
  return value;
}

class PathParser {
 public:
  // `ends`: what ends the path outside of brackets when it stands inside other text; empty: nothing does.
  PathParser(std::string_view text, size_t position, size_t nesting, std::string_view ends)
      : text_(text), position_(position), nesting_(nesting), ends_(ends) {}

  os::Result<PathProgram> parse() {
    size_t start = position_;
    SOMA_TRY(parse_root());
    while (!at_end()) {
      if (program_.steps.size() == kMaxPathSteps) {
        return invalid("Path has more than " + std::to_string(kMaxPathSteps) + " steps (kMaxPathSteps)");
      }
      SOMA_TRY(parse_step());
    }
    program_.text = text_.substr(start, position_ - start);
    settle();
    return std::move(program_);
  }
  size_t position() const { return position_; }

 private:
  char at(size_t index) const { return index < text_.size() ? text_[index] : '\0'; }
  char current() const { return at(position_); }
  bool ends_here(size_t index) const {
    if (index >= text_.size()) return true;
    char c = text_[index];
    if (ends_.empty()) return false;
    if (ends_.find(c) != std::string_view::npos) return true;
    return (c == '&' || c == '|') && at(index + 1) == c;
  }
  bool at_end() const { return ends_here(position_); }
  void skip_spaces() { position_ = skip_blanks(text_, position_); }

  os::Result<> parse_root() {
    if (current() == '@' && !ends_.empty() && nesting_ > 0) {
      program_.root = Root::kItem;
      ++position_;
    } else if (current() != '$') {
      return invalid("Path must start with '$' or '@'");
    } else if (at(++position_) == '$') {
      program_.root = Root::kContext;
      ++position_;
    } else if (is_name_start(current()) && nesting_ == 0) {
      size_t start = position_;
      while (is_name_part(current())) ++position_;
      program_.root = Root::kVariable;
      program_.variable = text_.substr(start, position_ - start);
    }
    if (!at_end() && current() != '.' && current() != '[') {
      return invalid("Illegal character at position " + std::to_string(position_) + " expected '.' or '['");
    }
    return {};
  }

  os::Result<> parse_step() {
    if (current() == '[') return parse_bracket();
    if (current() == '.') {
      ++position_;
      if (current() == '.') {
        ++position_;
        if (current() == '.') {
          return invalid("Character '.' on position " + std::to_string(position_) + " is not valid.");
        }
        add({.kind = Step::Kind::kScan});
      }
      if (at_end()) return invalid("Path must not end with a '.' or '..'");
      if (current() == '[') return parse_bracket();
    }
    if (current() == '*') {
      ++position_;
      add({.kind = Step::Kind::kWildcard});
      return {};
    }
    return parse_dotted();
  }

  // name or name()
  os::Result<> parse_dotted() {
    size_t start = position_;
    while (!at_end() && current() != '.' && current() != '[' && current() != '(') {
      if (current() == ' ') {
        return invalid(
            "Use bracket notion ['my prop'] if your property contains blank characters. position: " +
            std::to_string(start));
      }
      ++position_;
    }
    std::string name(text_.substr(start, position_ - start));
    if (name.empty()) return invalid("Could not parse token starting at position " + std::to_string(start));
    if (current() == '(' && position_ < text_.size()) return parse_function(std::move(name));
    add({.kind = Step::Kind::kNames, .names = {std::move(name)}});
    return {};
  }

  os::Result<> parse_function(std::string name) {
    size_t close = text_.find(')', position_);
    if (close == std::string_view::npos) {
      return invalid("Arguments to function: '" + name + "' are not closed properly.");
    }
    std::string_view arguments = os::trim(text_.substr(position_ + 1, close - position_ - 1));
    const auto* known = std::ranges::find(kFunctions, std::string_view(name),
                                          &std::pair<std::string_view, PathFunction>::first);
    if (known == std::end(kFunctions)) return invalid("Function with name: " + name + " does not exist.");
    Step step{.kind = Step::Kind::kFunction, .function = known->second, .function_text = name};
    if (name == "index") {
      SOMA_ASSIGN(step.argument, parse_index(arguments));
    } else if (!arguments.empty()) {
      return invalid("Function " + name + " takes no arguments here");
    } else if (name == "last") {
      step.argument = -1;
    }
    add(std::move(step));
    position_ = close + 1;
    if (!at_end()) return invalid("A function must be the last step of a path: " + name + "()");
    return {};
  }

  os::Result<> parse_bracket() {
    size_t open = position_++;
    skip_spaces();
    char first = current();
    if (first == '\'' || first == '"') return parse_names(first);
    if (first == '?') return parse_filter_step();
    if (first == '*') {
      ++position_;
      skip_spaces();
      if (current() != ']') {
        return invalid("Expected wildcard token to end with ']' on position " + std::to_string(position_));
      }
      ++position_;
      add({.kind = Step::Kind::kWildcard});
      return {};
    }
    if (first == '-' || first == ':' || (first >= '0' && first <= '9')) return parse_indexes(open);
    return invalid("Could not parse token starting at position " + std::to_string(open) +
                   ". Expected ?, ', 0-9, * ");
  }

  os::Result<> parse_names(char quote) {
    Step step{.kind = Step::Kind::kNames, .quote = quote};
    while (true) {
      if (current() != quote || position_ >= text_.size()) {
        return invalid("Found empty property at index " + std::to_string(position_));
      }
      size_t close = find_unescaped(text_, position_ + 1, quote);
      if (close == std::string_view::npos) {
        return invalid("Property has not been closed - missing closing " + std::string(1, quote));
      }
      step.names.push_back(unescape_name(text_.substr(position_ + 1, close - position_ - 1), quote));
      position_ = close + 1;
      skip_spaces();
      if (current() == ']') break;
      if (position_ >= text_.size()) return invalid("Property has not been closed - missing closing ]");
      if (current() != ',') {
        return invalid(
            "Property must be separated by comma or Property must be terminated close square bracket at "
            "index " +
            std::to_string(position_));
      }
      ++position_;
      skip_spaces();
    }
    ++position_;
    add(std::move(step));
    return {};
  }

  os::Result<> parse_indexes(size_t open) {
    size_t close = text_.find(']', open);
    if (close == std::string_view::npos) {
      return invalid("Could not parse token starting at position " + std::to_string(open) +
                     ". Expected ?, ', 0-9, * ");
    }
    std::string_view inside = os::trim(text_.substr(open + 1, close - open - 1));
    position_ = close + 1;
    if (inside.find(':') != std::string_view::npos) return parse_slice(inside);
    Step step{.kind = Step::Kind::kIndexes};
    for (std::string_view part : os::split(inside, ',')) {
      SOMA_ASSIGN(int32_t index, parse_index(os::trim(part)));
      step.indexes.push_back(index);
    }
    add(std::move(step));
    return {};
  }

  // A third number, the step of other dialects, is read and has no meaning.
  os::Result<> parse_slice(std::string_view inside) {
    Step step{.kind = Step::Kind::kSlice};
    std::vector<std::string_view> parts = os::split(inside, ':');
    if (!parts[0].empty()) {
      SOMA_ASSIGN(step.from, parse_index(parts[0]));
    }
    if (!parts[1].empty()) {
      SOMA_ASSIGN(step.to, parse_index(parts[1]));
    }
    if (!step.from && !step.to) return invalid("Failed to parse SliceOperation: " + std::string(inside));
    add(std::move(step));
    return {};
  }

  os::Result<> parse_filter_step() {
    if (nesting_ >= kMaxFilterNesting) {
      return invalid("Filters are nested deeper than " + std::to_string(kMaxFilterNesting) +
                     " (kMaxFilterNesting)");
    }
    ++position_;
    SOMA_ASSIGN(Filter filter, parse_filter(text_, position_, nesting_ + 1));
    skip_spaces();
    if (current() != ']')
      return invalid("Expected ']' behind a filter at position " + std::to_string(position_));
    ++position_;
    add({.kind = Step::Kind::kFilter, .filter = std::make_shared<const Filter>(std::move(filter))});
    return {};
  }

  void add(Step step) { program_.steps.push_back(std::move(step)); }

  // What depends on all steps being known.
  void settle() {
    bool definite = true;
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      Step& step = program_.steps[i];
      step.definite_before = definite;
      definite = definite && step.definite(i + 1 == program_.steps.size());
      program_.plain = program_.plain && ((step.kind == Step::Kind::kNames && step.names.size() == 1) ||
                                          (step.kind == Step::Kind::kIndexes && step.indexes.size() == 1));
    }
    // The value behind a function is one value, whatever came before.
    bool computed = !program_.steps.empty() && program_.steps.back().kind == Step::Kind::kFunction;
    program_.definite = definite || computed;
  }

  std::string_view text_;
  size_t position_;
  size_t nesting_;
  std::string_view ends_;
  PathProgram program_{};
};

}  // namespace

bool Step::definite(bool last) const {
  switch (kind) {
    case Kind::kNames:
      return names.size() == 1 || last;
    case Kind::kIndexes:
      return indexes.size() == 1;
    case Kind::kFunction:
      return true;
    default:
      return false;
  }
}

std::string Step::text() const {
  std::string out = "[";
  switch (kind) {
    case Kind::kNames:
      for (const std::string& name : names) {
        if (out.size() > 1) out += ',';
        out += quote + name + quote;
      }
      break;
    case Kind::kIndexes:
      for (int32_t index : indexes) {
        if (out.size() > 1) out += ',';
        out += std::to_string(index);
      }
      break;
    case Kind::kSlice:
      if (from) out += std::to_string(*from);
      out += ':';
      if (to) out += std::to_string(*to);
      break;
    case Kind::kWildcard:
      out += '*';
      break;
    case Kind::kFilter:
      out += '?';
      break;
    case Kind::kScan:
      return "..";
    case Kind::kFunction:
      return "." + function_text + "()";
  }
  return out + ']';
}

std::string PathProgram::canonical() const {
  std::string out = root == Root::kItem ? "@" : "$";
  if (root == Root::kVariable) out += "['" + variable + "']";
  for (const Step& step : steps) out += step.text();
  return out;
}

os::Result<PathProgram> compile_path(std::string_view text) {
  std::string_view trimmed = os::trim(text);
  if (trimmed.size() > kMaxPathBytes) {
    return invalid("Path is longer than " + std::to_string(kMaxPathBytes) + " bytes (kMaxPathBytes)");
  }
  SOMA_ASSIGN(PathProgram program, PathParser(trimmed, 0, 0, {}).parse());
  program.text = text;
  return program;
}

os::Result<PathProgram> compile_embedded_path(std::string_view text, size_t& position, size_t nesting,
                                              std::string_view ends) {
  PathParser parser(text, position, nesting, ends);
  SOMA_ASSIGN(PathProgram program, parser.parse());
  position = parser.position();
  return program;
}

}  // namespace soma::workflow::query
