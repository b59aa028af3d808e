#include "app/cli/render/one_line.h"

#include <algorithm>

#include "base/os/os.h"

namespace soma::cli {

std::string one_line(std::string_view text, size_t max_bytes) {
  std::string out(os::utf8_prefix(text, max_bytes));
  if (out.size() < text.size()) out += "…";
  std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return out;
}

std::string without_controls(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7f; }, ' ');
  return out;
}

}  // namespace soma::cli
