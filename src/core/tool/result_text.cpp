#include "core/tool/result_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::tool {

std::string_view utf8_suffix(std::string_view text, size_t max_bytes) {
  size_t from = text.size() > max_bytes ? text.size() - max_bytes : 0;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
  return text.substr(from);
}

std::string with_commas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string left_out_note(uint64_t bytes, const KeptResult* kept) {
  return fmt::format("\n[… {} bytes left out{}{}]\n", with_commas(bytes), kept ? "; " : " …",
                     kept ? kept->words() : "");
}

std::string shorten(const Ends& text, std::string_view closing, size_t max_bytes, const KeptResult* kept) {
  if (text.total + closing.size() <= max_bytes) return fmt::format("{}{}", text.head, closing);
  closing = os::utf8_prefix(closing, max_bytes / 4);
  const size_t around = left_out_note(text.total, kept).size() + closing.size();  // the longest number
  const size_t budget = max_bytes > around ? max_bytes - around : 0;
  const std::string_view head = os::utf8_prefix(text.head, budget - budget / 4);
  const std::string_view tail = utf8_suffix(text.tail, budget / 4);
  return fmt::format("{}{}{}{}", head, left_out_note(text.total - head.size() - tail.size(), kept), tail,
                     closing);
}

std::string cut_middle(std::string text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  return shorten({.head = text, .tail = text, .total = text.size()}, "", max_bytes, nullptr);
}

}  // namespace soma::tool
