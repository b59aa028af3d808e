// Sources: RFC 3339 (date-time, date), RFC 3986 (uri), RFC 9562 (uuid), RFC 5321 section 4.1.2 (email), RFC
// 2673 section 3.2 (ipv4).
#include "base/json/format.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "base/os/os.h"

namespace soma::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

bool is_date_time(std::string_view text) {
  return os::parse_time(text).has_value();
}

bool is_date(std::string_view text) {
  return text.size() == 10 && is_date_time(std::string(text) + "T00:00:00Z");
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_ipv4(std::string_view text) {
  std::vector<std::string_view> parts = os::split(text, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, is_digit)) return false;
           bool leading_zero = part.size() > 1 && part.front() == '0';
           return !leading_zero && std::stoi(std::string(part)) <= 255;
         });
}

bool is_domain(std::string_view text) {
  constexpr size_t kMaxDomainBytes = 253;
  constexpr size_t kMaxLabelBytes = 63;
  if (text.size() > kMaxDomainBytes) return false;
  return std::ranges::all_of(os::split(text, '.'), [](std::string_view label) {
    return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
  });
}

bool is_quoted_local_part(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return false;
    if (text[i] == '\\') ++i;  // what it escapes may be a quote
    if (i == text.size() || text[i] < ' ' || text[i] > '~') return false;
  }
  return true;
}

bool is_email(std::string_view text) {
  constexpr size_t kMaxLocalPartBytes = 64;
  size_t at = text.rfind('@');
  if (at > kMaxLocalPartBytes || !is_domain(text.substr(at + 1))) return false;  // npos is too far as well
  std::string_view local = text.substr(0, at);
  if (local.starts_with('"')) return is_quoted_local_part(local);
  return std::ranges::all_of(os::split(local, '.'), [](std::string_view atom) {
    return !atom.empty() && std::ranges::all_of(atom, [](char c) {
      return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-/=?^_`{|}~");
    });
  });
}

// The part between "//" and the path: [user@]host[:port], brackets around an IPv6 host only.
bool is_authority(std::string_view text) {
  size_t at = text.find('@');
  if (at != std::string_view::npos) {
    if (text.substr(0, at).find_first_of("[]") != std::string_view::npos) return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    size_t close = text.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    bool is_address = std::ranges::all_of(text.substr(1, close - 1),
                                          [](char c) { return is_hex(c) || is_one_of(c, ":."); });
    if (!is_address) return false;
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return false;
  }
  size_t colon = text.find(':');
  std::string_view host = text.substr(0, colon);
  std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  return host.find_first_of("[]@") == std::string_view::npos && std::ranges::all_of(port, is_digit);
}

bool is_uri(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text.front())) return false;
  bool is_scheme = std::ranges::all_of(
      text.substr(0, colon), [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "+-."); });
  if (!is_scheme) return false;
  std::string_view rest = text.substr(colon + 1);
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '%') {
      if (i + 2 >= rest.size() || !is_hex(rest[i + 1]) || !is_hex(rest[i + 2])) return false;
    } else if (!is_letter(rest[i]) && !is_digit(rest[i]) && !is_one_of(rest[i], "-._~:/?#[]@!$&'()*+,;=")) {
      return false;
    }
  }
  size_t fragment = rest.find('#');
  if (fragment != std::string_view::npos && rest.find('#', fragment + 1) != std::string_view::npos)
    return false;
  if (!rest.starts_with("//")) return rest.find_first_of("[]") == std::string_view::npos;
  rest.remove_prefix(2);
  size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  return is_authority(rest.substr(0, end)) && rest.substr(end).find_first_of("[]") == std::string_view::npos;
}

struct FormatEntry {
  Format format;
  std::string_view name;
  std::string_view description;
  bool (*matches)(std::string_view);
};

constexpr std::array<FormatEntry, 6> kFormats{{
    {Format::kDateTime, "date-time", "a date-time (2026-01-31T23:59:59Z)", is_date_time},
    {Format::kDate, "date", "a date (2026-01-31)", is_date},
    {Format::kUri, "uri", "an absolute URI (https://example.org/path)", is_uri},
    {Format::kUuid, "uuid", "a UUID (8-4-4-4-12 hexadecimal digits)", is_uuid},
    {Format::kEmail, "email", "an e-mail address (name@example.org)", is_email},
    {Format::kIpv4, "ipv4", "an IPv4 address (192.0.2.1)", is_ipv4},
}};

}  // namespace

Format format_by_name(std::string_view name) {
  for (const FormatEntry& entry : kFormats) {
    if (entry.name == name) return entry.format;
  }
  return Format::kNone;
}

bool matches_format(Format format, std::string_view text) {
  for (const FormatEntry& entry : kFormats) {
    if (entry.format == format) return entry.matches(text);
  }
  return true;
}

std::string_view describe_format(Format format) {
  for (const FormatEntry& entry : kFormats) {
    if (entry.format == format) return entry.description;
  }
  return "anything";
}

}  // namespace soma::json
