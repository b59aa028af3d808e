// What the parsers of paths, filters and intrinsic functions share. Internal to query/.
#pragma once

#include <string>
#include <string_view>

#include "base/os/os.h"

namespace soma::workflow::query {

inline std::unexpected<os::Error> invalid(std::string message) {
  return os::fail(os::Code::kInvalidArgument, std::move(message));
}

inline size_t skip_blanks(std::string_view text, size_t position) {
  while (position < text.size() && (text[position] == ' ' || text[position] == '\t' ||
                                    text[position] == '\n' || text[position] == '\r')) {
    ++position;
  }
  return position;
}

// Letters of any script count: every byte of a multi-byte character does.
inline bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
inline bool is_name_part(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

// The next `wanted` that no backslash stands in front of; npos when there is none.
size_t find_unescaped(std::string_view text, size_t from, char wanted);

// A quoted name's text: a backslash makes its quote or a backslash plain, and stays in front of anything
// else. (The library would drop it there; the service was seen to keep it.)
std::string unescape_name(std::string_view text, char quote);

// Characters as Java counts them.
size_t utf16_length(std::string_view text);

}  // namespace soma::workflow::query
