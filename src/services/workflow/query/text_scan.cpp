#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {

size_t find_unescaped(std::string_view text, size_t from, char wanted) {
  for (size_t i = from; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == wanted) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::string unescape_name(std::string_view text, char quote) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    bool escapes = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == quote || text[i + 1] == '\\');
    if (escapes) ++i;
    out += text[i];
  }
  return out;
}

size_t utf16_length(std::string_view text) {
  size_t length = 0;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool continues = (byte & 0xC0) == 0x80;
    if (!continues) length += byte >= 0xF0 ? 2 : 1;
  }
  return length;
}

}  // namespace soma::workflow::query
