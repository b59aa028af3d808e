// The reference turns a signature into a regular expression over one letter per argument, and so defines what
// matches: parameters take what they can, from the left, and give back when the rest does not fit. match()
// does the same on the arguments themselves.
#include "services/workflow/jsonata/signature.h"

#include <algorithm>

#include "services/workflow/jsonata/failure.h"

namespace soma::workflow::jsonata {
namespace {

enum TypeBit : uint16_t {
  kString = 1,
  kNumber = 2,
  kBoolean = 4,
  kNull = 8,
  kObject = 16,
  kArray = 32,
  kFunction = 64,
  kMissing = 128,
};
constexpr uint16_t kAny = 255;

uint16_t bit_of(char letter) {
  switch (letter) {
    case 's':
      return kString;
    case 'n':
      return kNumber;
    case 'b':
      return kBoolean;
    case 'l':
      return kNull;
    case 'o':
      return kObject;
    case 'a':
      return kArray;
    case 'f':
      return kFunction;
    case 'm':
      return kMissing;
    default:
      return 0;
  }
}

uint16_t type_of(Value value) {
  switch (value.tag()) {
    case Tag::kString:
      return kString;
    case Tag::kNumber:
      return kNumber;
    case Tag::kBool:
      return kBoolean;
    case Tag::kNull:
      return kNull;
    case Tag::kArray:
    case Tag::kJsonArray:
      return kArray;
    case Tag::kObject:
    case Tag::kJsonObject:
      return kObject;
    case Tag::kFunction:
      return kFunction;
    default:
      return kMissing;
  }
}

std::string_view plural_of(char letter) {
  switch (letter) {
    case 'a':
      return "arrays";
    case 'b':
      return "booleans";
    case 'f':
      return "functions";
    case 'n':
      return "numbers";
    case 'o':
      return "objects";
    case 's':
      return "strings";
    default:
      return "values";
  }
}

// The bracket that closes the one at `open`, or the text's end.
size_t closing(std::string_view text, size_t open) {
  const char opens = text[open], closes = opens == '(' ? ')' : '>';
  int depth = 0;
  for (size_t at = open; at < text.size(); ++at) {
    if (text[at] == opens) ++depth;
    if (text[at] == closes && --depth == 0) return at;
  }
  return text.size();
}

}  // namespace

Signature Signature::parse(std::string_view text) {
  Signature signature;
  std::vector<Parameter>& parameters = signature.parameters_;
  Parameter none;
  for (size_t at = 1; at < text.size() && text[at] != ':'; ++at) {
    const char letter = text[at];
    Parameter& last = parameters.empty() ? none : parameters.back();
    if (letter == '-') {
      last.takes_context = last.optional = true;
      last.context_types = last.types;
    } else if (letter == '?') {
      last.optional = true;
    } else if (letter == '+') {
      last.repeated = true;
    } else if (letter == '(') {
      const size_t close = closing(text, at);
      const std::string_view choice = text.substr(at + 1, close - at - 1);
      if (choice.contains('<')) throw Failure{.code = "S0402", .position = at, .value = std::string(choice)};
      Parameter parameter{.types = kMissing, .kind = '('};
      for (const char option : choice) parameter.types |= bit_of(option);
      parameters.push_back(parameter);
      at = close;
    } else if (letter == '<') {
      if (last.kind != 'a' && last.kind != 'f') {
        throw Failure{.code = "S0401", .position = at, .value = std::string(1, last.kind)};
      }
      const size_t close = closing(text, at);
      last.element = text.substr(at + 1, close - at - 1);
      at = close;
    } else if (letter == 'a' || letter == 'x') {
      parameters.push_back({.types = kAny, .kind = letter});
    } else if (letter == 'j') {
      parameters.push_back({.types = static_cast<uint16_t>(kAny & ~kFunction), .kind = letter});
    } else if (letter == 'f') {
      parameters.push_back({.types = kFunction, .kind = letter});
    } else if (bit_of(letter) != 0 && letter != 'm') {
      parameters.push_back({.types = static_cast<uint16_t>(bit_of(letter) | kMissing), .kind = letter});
    }
  }
  return signature;
}

bool Signature::fits_one_to_one(std::span<const Value> arguments) const {
  if (arguments.size() > parameters_.size()) return false;
  for (size_t at = 0; at < parameters_.size(); ++at) {
    const Parameter& parameter = parameters_[at];
    const bool is_missing = at >= arguments.size();
    if (parameter.repeated || (is_missing && (!parameter.optional || parameter.takes_context)) ||
        (!is_missing && (parameter.types & type_of(arguments[at])) == 0)) {
      return false;
    }
  }
  return true;
}

bool Signature::match(std::span<const Value> arguments, size_t parameter, size_t argument,
                      std::vector<size_t>& counts) const {
  if (parameter == parameters_.size()) return argument == arguments.size();
  const Parameter& wanted = parameters_[parameter];
  size_t most = 0;
  const size_t limit =
      wanted.repeated ? arguments.size() - argument : std::min<size_t>(1, arguments.size() - argument);
  while (most < limit && (wanted.types & type_of(arguments[argument + most])) != 0) ++most;
  for (size_t count = most + 1; count-- > (wanted.optional ? 0 : 1);) {
    counts[parameter] = count;
    if (match(arguments, parameter + 1, argument + count, counts)) return true;
  }
  return false;
}

// Names the first argument that no parameter takes.
void Signature::refuse(std::span<const Value> arguments) const {
  size_t good = 0;
  for (const Parameter& parameter : parameters_) {
    size_t taken = 0;
    while (good + taken < arguments.size() && (taken == 0 || parameter.repeated) &&
           (parameter.types & type_of(arguments[good + taken])) != 0) {
      ++taken;
    }
    if (taken == 0 && !parameter.optional) break;
    good += taken;
  }
  throw Failure{.code = "T0410",
                .value = good < arguments.size() ? describe(arguments[good]) : "undefined",
                .index = good + 1};
}

Value Signature::checked(Memory& memory, const Parameter& parameter, Value argument, size_t count,
                         size_t index) const {
  if (parameter.kind != 'a' || argument.is_undefined()) return argument;
  if (!parameter.element.empty()) {
    const uint16_t element = bit_of(parameter.element[0]);
    bool fits = count == 1 && parameter.element.size() == 1 && type_of(argument) == element;
    if (argument.is_array()) {
      fits = true;
      for (size_t at = 0; fits && at < argument.size(); ++at) fits = type_of(argument.item(at)) == element;
    }
    if (!fits) {
      throw Failure{.code = "T0412",
                    .value = describe(argument),
                    .index = index,
                    .type = std::string(plural_of(parameter.element[0]))};
    }
  }
  if (argument.is_array()) return argument;
  Array* array = make_array(memory, 1);
  push(memory, array, argument);
  return array;
}

std::span<Value> Signature::apply(Memory& memory, std::span<Value> arguments, Value context) const {
  if (fits_one_to_one(arguments)) {
    if (arguments.size() < parameters_.size()) {
      Value* all = memory.take_array<Value>(parameters_.size());
      std::fill(std::ranges::copy(arguments, all).out, all + parameters_.size(), Value());
      arguments = std::span(all, parameters_.size());
    }
    for (size_t at = 0; at < arguments.size(); ++at) {
      if (parameters_[at].kind == 'a')
        arguments[at] = checked(memory, parameters_[at], arguments[at], 1, at + 1);
    }
    return arguments;
  }
  std::vector<size_t> counts(parameters_.size());
  if (!match(arguments, 0, 0, counts)) refuse(arguments);
  Value* applied = memory.take_array<Value>(arguments.size() + parameters_.size());
  size_t made = 0, next = 0;
  const auto argument = [&](size_t at) { return at < arguments.size() ? arguments[at] : Value(); };
  for (size_t at = 0; at < parameters_.size(); ++at) {
    const Parameter& parameter = parameters_[at];
    if (counts[at] == 0 && parameter.takes_context) {
      if ((parameter.context_types & type_of(context)) == 0) {
        throw Failure{.code = "T0411", .value = describe(context), .index = next + 1};
      }
      applied[made++] = context;
    } else if (counts[at] == 0) {
      applied[made++] = argument(next++);
    } else {
      for (size_t taken = 0; taken < counts[at]; ++taken, ++next) {
        applied[made++] = checked(memory, parameter, argument(next), counts[at], next + 1);
      }
    }
  }
  return {applied, made};
}

}  // namespace soma::workflow::jsonata
