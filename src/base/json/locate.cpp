#include "base/json/pointer.h"
#include "base/json/scan.h"

namespace soma::json {
namespace {

// What locate() is asked about was accepted by parse(): its depth is bounded already.
constexpr size_t kAnyDepth = 1000;

// Moves into the member `token` of the object the scanner stands at; `position` becomes its key's offset.
bool enter_member(Scanner& scanner, std::string_view token, size_t& position) {
  for (scanner.skip_byte(); scanner.peek() == '"';) {
    size_t key_offset = scanner.offset();
    std::string key;
    if (!scanner.string(key) || scanner.peek() != ':') return false;
    scanner.skip_byte();
    if (key == token) {
      position = key_offset;
      return true;
    }
    if (!scanner.value(0) || scanner.peek() != ',') return false;
    scanner.skip_byte();
  }
  return false;
}

bool enter_element(Scanner& scanner, std::string_view token, size_t& position) {
  auto index = index_of_token(token);
  if (!index) return false;
  scanner.skip_byte();
  for (size_t i = 0; i < *index; ++i) {
    if (!scanner.value(0) || scanner.peek() != ',') return false;
    scanner.skip_byte();
  }
  if (scanner.peek() == ']' || scanner.peek() == '\0') return false;
  position = scanner.offset();
  return true;
}

}  // namespace

Position locate(std::string_view text, std::string_view pointer) {
  Scanner scanner(text, kAnyDepth);
  scanner.peek();
  size_t position = scanner.offset();
  if (auto tokens = split_pointer(pointer)) {
    for (const std::string& token : *tokens) {
      char c = scanner.peek();
      bool entered = (c == '{' && enter_member(scanner, token, position)) ||
                     (c == '[' && enter_element(scanner, token, position));
      if (!entered) break;
    }
  }
  return position_of(text, position);
}

}  // namespace soma::json
