#include "services/workflow/jsonata/text.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace soma::workflow::jsonata {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool is_continuation(char byte) {
  return (static_cast<uint8_t>(byte) & 0xC0) == 0x80;
}
bool is_high_surrogate(char32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(char32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

// The lone surrogate in the three bytes at `at`, or 0.
char32_t surrogate_at(std::string_view text, size_t at) {
  if (at + 3 > text.size() || static_cast<uint8_t>(text[at]) != 0xED) return 0;
  const auto second = static_cast<uint8_t>(text[at + 1]);
  if (second < 0xA0) return 0;
  return 0xD000 | (second & 0x3F) << 6 | (static_cast<uint8_t>(text[at + 2]) & 0x3F);
}

}  // namespace

bool is_ascii(std::string_view text) {
  const char* at = text.data();
  size_t left = text.size();
  uint64_t seen = 0;
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    seen |= word;
  }
  for (; left > 0; ++at, --left) seen |= static_cast<uint8_t>(*at);
  return (seen & 0x8080808080808080u) == 0;
}

char32_t decode(std::string_view text, size_t& at) {
  const auto first = static_cast<uint8_t>(text[at]);
  if (first < 0x80) return text[at++];
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (length == 0 || at + length > text.size()) {
    ++at;
    return kReplacement;
  }
  char32_t code_point = first & (0xFF >> (length + 1));
  for (size_t next = 1; next < length; ++next) {
    if (!is_continuation(text[at + next])) {
      ++at;
      return kReplacement;
    }
    code_point = code_point << 6 | (static_cast<uint8_t>(text[at + next]) & 0x3F);
  }
  at += length;
  return code_point;
}

void append_code_point(std::string& out, char32_t code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += {static_cast<char>(0xC0 | code_point >> 6), static_cast<char>(0x80 | (code_point & 0x3F))};
  } else if (code_point < 0x10000) {
    out += {static_cast<char>(0xE0 | code_point >> 12), static_cast<char>(0x80 | (code_point >> 6 & 0x3F)),
            static_cast<char>(0x80 | (code_point & 0x3F))};
  } else {
    out +=
        {static_cast<char>(0xF0 | code_point >> 18), static_cast<char>(0x80 | (code_point >> 12 & 0x3F)),
         static_cast<char>(0x80 | (code_point >> 6 & 0x3F)), static_cast<char>(0x80 | (code_point & 0x3F))};
  }
}

void append_unit(std::string& out, char16_t unit) {
  if (is_low_surrogate(unit) && out.size() >= 3) {
    const char32_t high = surrogate_at(out, out.size() - 3);
    if (is_high_surrogate(high)) {
      out.resize(out.size() - 3);
      append_code_point(out, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
      return;
    }
  }
  append_code_point(out, unit);
}

bool joins_surrogates(std::string_view left, std::string_view right) {
  return !right.empty() && static_cast<uint8_t>(right[0]) == 0xED && left.size() >= 3 &&
         is_low_surrogate(surrogate_at(right, 0)) && is_high_surrogate(surrogate_at(left, left.size() - 3));
}

std::string join_surrogates(std::string_view left, std::string_view right) {
  std::string joined(left);
  append_unit(joined, static_cast<char16_t>(surrogate_at(right, 0)));
  return joined.append(right.substr(3));
}

std::u16string to_utf16(std::string_view text) {
  std::u16string units;
  units.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char32_t code_point = decode(text, at);
    if (code_point < 0x10000) {
      units += static_cast<char16_t>(code_point);
    } else {
      units += static_cast<char16_t>(0xD800 + ((code_point - 0x10000) >> 10));
      units += static_cast<char16_t>(0xDC00 + ((code_point - 0x10000) & 0x3FF));
    }
  }
  return units;
}

std::string from_utf16(std::u16string_view units) {
  std::string text;
  text.reserve(units.size());
  for (size_t at = 0; at < units.size(); ++at) {
    const char32_t unit = units[at];
    if (is_high_surrogate(unit) && at + 1 < units.size() && is_low_surrogate(units[at + 1])) {
      append_code_point(text, 0x10000 + ((unit - 0xD800) << 10) + (units[++at] - 0xDC00));
    } else {
      append_code_point(text, unit);
    }
  }
  return text;
}

size_t count_code_points(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char byte) { return !is_continuation(byte); }));
}

size_t count_units(std::string_view text) {
  size_t units = 0;
  for (const char byte : text)
    units += (is_continuation(byte) ? 0 : 1) + (static_cast<uint8_t>(byte) >= 0xF0 ? 1 : 0);
  return units;
}

size_t offset_of_code_point(std::string_view text, size_t count) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (is_continuation(text[at])) continue;
    if (count == 0) return at;
    --count;
  }
  return at;
}

size_t find_text(std::string_view text, std::string_view wanted, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const void* found = memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

int compare_units(std::string_view left, std::string_view right) {
  const size_t shared = std::min(left.size(), right.size());
  const auto [a, b] =
      std::mismatch(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(shared), right.begin());
  if (a == left.begin() + static_cast<std::ptrdiff_t>(shared)) {
    return left.size() == right.size() ? 0 : left.size() < right.size() ? -1 : 1;
  }
  const auto left_byte = static_cast<uint8_t>(*a), right_byte = static_cast<uint8_t>(*b);
  // Only surrogates and what stands above them are in another order than bytes are.
  if (left_byte < 0xED && right_byte < 0xED && (left_byte < 0x80 || right_byte < 0x80 || left_byte >= 0xC0)) {
    return left_byte < right_byte ? -1 : 1;
  }
  return to_utf16(left).compare(to_utf16(right));
}

}  // namespace soma::workflow::jsonata
