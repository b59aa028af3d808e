// HTTP messages as both the server and the client see them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/json.h"

namespace soma::net {

// Names compare without regard to case; order and repeats are kept.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> entries) : entries_(entries) {}
  std::string_view get(std::string_view name) const;  // the first value, or empty
  bool has(std::string_view name) const;
  void add(std::string name, std::string value);
  void set(std::string name, std::string value);
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

struct Request {
  std::string id;      // x-amzn-requestid: taken from the client's header when it is sane, else made
  std::string method;  // "GET"
  std::string target;  // as sent
  std::string path;    // percent-encoded, without the query
  std::vector<std::pair<std::string, std::string>> query;       // decoded
  std::vector<std::pair<std::string, std::string>> parameters;  // of the route's pattern, decoded
  Headers headers;
  std::string body;
  std::string peer;  // "127.0.0.1:50000"

  std::string_view query_value(std::string_view name) const;
  std::string_view parameter(std::string_view name) const;
  // A query parameter that is a number from 0 to `most`; `fallback` when absent. kInvalidArgument naming it.
  os::Result<uint64_t> query_number(std::string_view name, uint64_t fallback, uint64_t most) const;
  // Parses the body as JSON (an empty body is an empty object). Errors as json::parse.
  os::Result<json::Value> json_body() const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;

  static Response json(int status, const json::Value& body);
  static Response text(int status, std::string body, std::string content_type = "text/plain; charset=utf-8");
};

// The one error shape: {"code", "message", "hint", "requestId"} with x-amzn-errortype. Status and exception
// name by code: kInvalidArgument 400 ValidationException, kNotFound 404 ResourceNotFoundException,
// kConflict/kAlreadyExists 409 ConflictException, kPermissionDenied 403 AccessDeniedException,
// kUnauthenticated 401 UnauthorizedException, kLimitExceeded 413/429, kTimeout 504 …
Response error_response(const os::Error& error, std::string_view request_id);
int status_of(os::Code code);
std::string_view exception_name(os::Code code);

os::Result<uint64_t> parse_number(std::string_view text, std::string_view name, uint64_t fallback,
                                  uint64_t most);

// By the file name's ending; application/octet-stream when unknown.
std::string_view content_type_of(std::string_view path);

struct Url {
  std::string scheme, host, port, path, query;  // port filled in from the scheme
};
os::Result<Url> parse_url(std::string_view text);

// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct SseEvent {
  std::string id, event, data;
  std::optional<uint64_t> retry_ms{};
};
std::string format_sse(const SseEvent& event);
// Feed bytes split anywhere; events come out whole. Bounded by kMaxSseEventBytes.
class SseParser {
 public:
  os::Result<std::vector<SseEvent>> feed(std::string_view bytes);

 private:
  std::string line_;
  SseEvent event_;
  bool has_data_ = false;
  bool last_was_cr_ = false;
  bool at_start_ = true;
};
inline constexpr size_t kMaxSseEventBytes = 16u << 20;

}  // namespace soma::net
