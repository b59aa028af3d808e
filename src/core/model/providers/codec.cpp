#include "core/model/providers/codec.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace soma::model {
namespace {

struct Kind {
  std::string_view format, mime;
  bool text = false;
};
constexpr std::array<Kind, 22> kKinds = {{
    {"png", "image/png"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"pdf", "application/pdf"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"txt", "text/plain", true},
    {"md", "text/markdown", true},
    {"csv", "text/csv", true},
    {"html", "text/html", true},
    {"xml", "text/xml", true},
    {"json", "application/json", true},
    {"yaml", "application/yaml", true},
    {"wav", "audio/wav"},
    {"mp3", "audio/mpeg"},
    {"ogg", "audio/ogg"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
}};

// A proxy between us and the service may ask for hours; the caller's own limit is shorter, this one only
// keeps the arithmetic sane.
constexpr uint64_t kMaxRetryAfterMs = 24ull * 3600 * 1000;

std::optional<os::Duration> retry_after_of(const net::Headers& headers) {
  constexpr uint64_t kNone = UINT64_MAX;
  const auto number = [&](std::string_view name) {
    const std::string text(os::trim(headers.get(name)));
    if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return kNone;
    return net::parse_number(text, name, kNone, kMaxRetryAfterMs).value_or(kMaxRetryAfterMs);
  };
  if (const uint64_t ms = number("retry-after-ms"); ms != kNone) return std::chrono::milliseconds(ms);
  if (const uint64_t seconds = number("retry-after"); seconds != kNone)
    return std::chrono::milliseconds(std::min(seconds * 1000, kMaxRetryAfterMs));
  return std::nullopt;
}

os::Code code_of_status(int status) {
  switch (status) {
    case 401:
      return os::Code::kUnauthenticated;
    case 403:
      return os::Code::kPermissionDenied;
    case 404:
      return os::Code::kNotFound;
    case 408:
    case 409:
      return os::Code::kUnavailable;
    case 413:
    case 429:
      return os::Code::kLimitExceeded;
    default:
      return status >= 500 || status < 300 ? os::Code::kUnavailable : os::Code::kInvalidArgument;
  }
}

}  // namespace

Failure failure_of_status(int status, const net::Headers& headers, std::string_view service,
                          std::string_view type, std::string_view message) {
  Failure failure;
  failure.error.code = code_of_status(status);
  const std::string valid = os::to_valid_utf8(message);
  type = os::utf8_prefix(type, kMaxErrorTypeBytes);
  failure.error.message =
      fmt::format("{} answered {}{}{}{}{}", service, status, type.empty() ? "" : " ", type,
                  valid.empty() ? "" : ": ", os::utf8_prefix(valid, kMaxErrorMessageBytes));
  if (status >= 300 && status < 400) {
    // Without the query, which may hold what is nobody's business.
    const std::string to = os::to_valid_utf8(headers.get("location"));
    failure.error.message =
        fmt::format("{} answered {} and sent soma to \"{}\", where it does not go", service, status,
                    os::utf8_prefix(to.substr(0, to.find('?')), kMaxErrorMessageBytes));
    failure.error.hint = "redirects are not followed: write the service's own address into apiBase";
  }
  failure.error.details.emplace_back("status", std::to_string(status));
  if (!type.empty()) failure.error.details.emplace_back("type", std::string(type));
  failure.retryable = status == 408 || status == 409 || status == 429 || status >= 500;
  failure.retry_after = retry_after_of(headers);
  return failure;
}

int64_t token_count(const json::Value& value) {
  if (value.type() == json::Type::kInt) return std::clamp<int64_t>(value.as_int(), 0, kMaxTokenCount);
  if (!value.is_number() || !(value.as_double() > 0)) return 0;
  return static_cast<int64_t>(std::min(value.as_double(), static_cast<double>(kMaxTokenCount)));
}

os::Result<json::Value> parse_answer(std::string_view text, std::string_view service) {
  auto value = json::parse(text);
  if (value && value->is_object()) return value;
  const std::string why = value ? "it is no object" : value.error().message;
  return os::fail(os::Code::kCorrupt, fmt::format("{} sent what is no answer: {}", service, why));
}

void merge_additional(json::Value& body, const json::Value& additional) {
  if (!additional.is_object()) return;
  for (const auto& [key, value] : additional.as_object()) {
    json::Value* own = body.find(key);
    if (own != nullptr && own->is_object() && value.is_object()) {
      merge_additional(*own, value);
    } else if (own != nullptr && own->is_array() && value.is_array()) {
      for (const json::Value& element : value.as_array()) own->push_back(element);
    } else {
      body.set(key, value);
    }
  }
}

std::string mime_type_of(std::string_view format) {
  const auto kind = std::ranges::find(kKinds, format, &Kind::format);
  return kind != kKinds.end() ? std::string(kind->mime) : fmt::format("application/{}", format);
}

std::string format_of_mime(std::string_view mime) {
  const auto kind = std::ranges::find(kKinds, mime, &Kind::mime);
  return std::string(kind != kKinds.end() ? kind->format : mime.substr(mime.find('/') + 1));
}

bool is_text_format(std::string_view format) {
  const auto kind = std::ranges::find(kKinds, format, &Kind::format);
  return kind != kKinds.end() && kind->text;
}

std::string unreadable_note(std::string_view kind, const Media& media) {
  const std::string_view name = media.name.empty() ? std::string_view(media.format) : media.name;
  return fmt::format("[{} {}: this model cannot read it]", kind, name);
}

}  // namespace soma::model
