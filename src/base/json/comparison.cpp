#include "base/json/comparison.h"

#include <algorithm>
#include <cmath>

namespace soma::json {
namespace {

// A whole number that an integer can hold becomes that integer.
Value canonical_number(double real) {
  if (std::trunc(real) != real || real < -0x1p63 || real >= 0x1p64) return real;
  return real < 0x1p63 ? Value(static_cast<int64_t>(real)) : Value(static_cast<uint64_t>(real));
}

// Equal values have equal canonical text: members sorted, one spelling for each number.
void append_canonical(std::string& out, const Value& value) {
  if (value.is_array()) {
    out += '[';
    for (const Value& element : value.as_array()) {
      append_canonical(out, element);
      out += ',';
    }
    out += ']';
  } else if (value.is_object()) {
    std::vector<const Member*> members;
    for (const Member& member : value.as_object()) members.push_back(&member);
    std::ranges::sort(members, {}, [](const Member* member) -> const std::string& { return member->first; });
    out += '{';
    for (const Member* member : members) {
      write_string_to(out, member->first);
      out += ':';
      append_canonical(out, member->second);
      out += ',';
    }
    out += '}';
  } else if (value.type() == Type::kDouble) {
    write_to(out, canonical_number(value.as_double()));
  } else {
    write_to(out, value);
  }
}

}  // namespace

int compare_numbers(const Value& left, const Value& right) {
  if (left == right) return 0;
  if (left.is_integer() && right.is_integer()) {
    if (left.type() == right.type()) {
      bool less =
          left.type() == Type::kInt ? left.as_int() < right.as_int() : left.as_uint() < right.as_uint();
      return less ? -1 : 1;
    }
    return left.type() == Type::kInt ? -1 : 1;  // kUint is above every int64
  }
  return left.as_double() < right.as_double() ? -1 : 1;
}

bool is_multiple(const Value& value, const Value& of) {
  if (value.is_integer() && of.is_integer()) {
    if (value.type() == Type::kUint) return value.as_uint() % of.as_uint() == 0;
    if (of.type() == Type::kUint) return value.as_int() == 0;
    return value.as_int() % of.as_int() == 0;
  }
  // 0.3 is a multiple of 0.1 to whoever wrote both, though not to their nearest doubles: a few last bits are
  // forgiven.
  double quotient = value.as_double() / of.as_double();
  if (!std::isfinite(quotient)) return false;
  return std::abs(quotient - std::round(quotient)) <= 1e-14 * std::max(1.0, std::abs(quotient));
}

bool has_equal_elements(const Array& array) {
  std::vector<std::string> texts;
  texts.reserve(array.size());
  for (const Value& element : array) append_canonical(texts.emplace_back(), element);
  std::ranges::sort(texts);
  return std::ranges::adjacent_find(texts) != texts.end();
}

}  // namespace soma::json
