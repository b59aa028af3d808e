#include "base/json/canonical.h"

#include <algorithm>

namespace soma::json {
namespace {

// UTF-16 puts U+10000 and above, which it writes with surrogates, before U+E000 to U+FFFF; UTF-8 puts them
// behind. Both differ there in a sequence's first byte alone: 0xF0 and more against 0xEE and 0xEF.
unsigned rank(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value == 0xEE || value == 0xEF ? value + 0x10u : value;
}

void write_sorted(std::string& out, const Value& value) {
  if (value.is_array()) {
    out += '[';
    for (const Value& element : value.as_array()) {
      if (&element != &value.as_array().front()) out += ',';
      write_sorted(out, element);
    }
    out += ']';
    return;
  }
  if (!value.is_object()) return write_to(out, value);
  std::vector<const Member*> members;
  for (const Member& member : value.as_object()) members.push_back(&member);
  std::ranges::sort(members, canonical_less,
                    [](const Member* member) -> std::string_view { return member->first; });
  out += '{';
  for (const Member* member : members) {
    if (member != members.front()) out += ',';
    write_string_to(out, member->first);
    out += ':';
    write_sorted(out, member->second);
  }
  out += '}';
}

}  // namespace

bool canonical_less(std::string_view left, std::string_view right) {
  return std::ranges::lexicographical_compare(left, right, {}, rank, rank);
}

std::string canonical_text(const Value& value) {
  std::string out;
  write_sorted(out, value);
  return out;
}

}  // namespace soma::json
