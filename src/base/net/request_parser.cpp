#include "base/net/request_parser.h"

#include <algorithm>

namespace soma::net {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view kHeadLimitHint = "send fewer or shorter headers, or raise the limit";

std::string_view as_view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Refusal malformed(std::string message) {
  return {.status = 400, .message = "malformed request: " + std::move(message)};
}

Refusal target_too_long(size_t max_bytes) {
  return {
      .status = 414,
      .exception = "RequestUriTooLongException",
      .message = "the request's target is longer than max_target_bytes (" + std::to_string(max_bytes) + ")"};
}

// application/x-www-form-urlencoded, as browsers and the SDKs write queries.
os::Result<std::string> decode_query_part(std::string_view part) {
  std::string spaced(part);
  std::ranges::replace(spaced, '+', ' ');
  return os::percent_decode(spaced);
}

bool parse_query(std::string_view text, std::vector<std::pair<std::string, std::string>>& query) {
  for (const std::string_view pair : os::split(text, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    auto name = decode_query_part(pair.substr(0, equals));
    auto value =
        decode_query_part(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value) return false;
    query.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

}  // namespace

Refusal body_too_large(size_t max_body_bytes) {
  return {
      .status = 413,
      .exception = "RequestTooLargeException",
      .message = "the request's body is larger than max_body_bytes (" + std::to_string(max_body_bytes) + ")",
      .hint = "send it in smaller pieces"};
}

RequestParser::RequestParser(Request& request, const ServerLimits& limits)
    : request_(request), limits_(limits) {
  header_limit(static_cast<uint32_t>(limits.max_header_bytes));
  body_limit(boost::none);  // checked here, by route
  eager(false);
}

size_t RequestParser::feed(std::string_view bytes) {
  size_t used = 0;
  if (!started()) {
    // RFC 9112 2.2: empty lines before the request line are skipped.
    used = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
  }
  const bool was_in_head = !head_done();
  while (used < bytes.size() && !refusal_ && !done()) {
    if (was_in_head && head_done()) break;
    ErrorCode error;
    const std::string_view rest = bytes.substr(used);
    const size_t count = put({rest.data(), rest.size()}, error);
    used += count;
    if (error == http::error::need_more) {
      // Beast bounds the head; chunk headers and trailers are bounded here.
      if (bytes.size() - used > limits_.max_header_bytes)
        refusal_ = malformed("a chunk's header or the trailer is too long");
      break;
    }
    if (error && !refusal_) refusal_ = refusal_of(error, rest);
  }
  if (was_in_head) head_bytes_ += used;
  if (head_bytes_ > limits_.max_header_bytes && !refusal_)
    refusal_ = refusal_of(http::error::header_limit, bytes);
  return used;
}

Refusal RequestParser::refusal_of(const ErrorCode& error, std::string_view bytes) const {
  if (error == http::error::header_limit) {
    const bool in_target =
        request_.target.empty() && !bytes.substr(0, limits_.max_target_bytes).contains('\n');
    if (in_target) return target_too_long(limits_.max_target_bytes);
    return {.status = 431,
            .exception = "RequestHeaderFieldsTooLargeException",
            .message = "the request's headers are larger than max_header_bytes (" +
                       std::to_string(limits_.max_header_bytes) + ")",
            .hint = std::string(kHeadLimitHint)};
  }
  if (error == http::error::bad_version)
    return {.status = 505,
            .exception = "UnsupportedOperationException",
            .message = "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  return malformed(error.message());
}

void RequestParser::refuse(Refusal refusal, ErrorCode& error) {
  refusal_ = std::move(refusal);
  error = http::error::bad_value;
}

void RequestParser::on_request_impl(http::verb, Text method, Text target, int version, ErrorCode& error) {
  version_ = version;
  request_.method = as_view(method);
  if (target.size() > limits_.max_target_bytes)
    return refuse(target_too_long(limits_.max_target_bytes), error);
  request_.target = as_view(target);
  if (!parse_target(as_view(target))) refuse(malformed("the target is not a path"), error);
}

// RFC 9112 3.2: a path, an absolute URL (as proxies get it), or "*".
bool RequestParser::parse_target(std::string_view target) {
  if (target == "*") {
    request_.path = target;
    return request_.method == "OPTIONS";
  }
  if (!target.starts_with('/')) {
    const os::Result<Url> url = parse_url(target);
    if (!url || !url->scheme.starts_with("http")) return false;
    absolute_host_ = url->host.contains(':') ? "[" + url->host + "]" : url->host;
    absolute_host_ += ":" + url->port;
    request_.path = url->path;
    return parse_query(url->query, request_.query);
  }
  if (target.contains('#')) return false;
  const size_t question = target.find('?');
  request_.path = target.substr(0, question);
  return question == std::string_view::npos || parse_query(target.substr(question + 1), request_.query);
}

void RequestParser::on_field_impl(http::field, Text name, Text value, ErrorCode&) {
  if (!in_trailer_) request_.headers.add(std::string(as_view(name)), std::string(as_view(value)));
}

void RequestParser::on_header_impl(ErrorCode& error) {
  in_trailer_ = true;
  size_t hosts = 0;
  for (const auto& [name, value] : request_.headers.entries()) {
    const std::string lower = os::to_lower(name);
    if (lower == "host") ++hosts;
    if (lower == "transfer-encoding" && (os::to_lower(value) != "chunked" || version_ != 11))
      return refuse({.status = 501,
                     .exception = "UnsupportedOperationException",
                     .message = "the only Transfer-Encoding understood is \"chunked\""},
                    error);
    if (lower == "expect") {
      if (os::to_lower(value) != "100-continue")
        return refuse({.status = 417, .message = "the only expectation understood is \"100-continue\""},
                      error);
      expects_continue_ = version_ == 11;
    }
  }
  if (hosts > 1 || (hosts == 0 && version_ == 11))
    return refuse(malformed("exactly one Host header is needed"), error);
  if (!absolute_host_.empty()) request_.headers.set("host", absolute_host_);
}

size_t RequestParser::on_body_impl(Text bytes, ErrorCode& error) {
  if (bytes.size() > max_body_bytes_ - request_.body.size()) {
    refuse(body_too_large(max_body_bytes_), error);
    return 0;
  }
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

size_t RequestParser::on_chunk_body_impl(uint64_t, Text bytes, ErrorCode& error) {
  return on_body_impl(bytes, error);
}

std::optional<uint64_t> RequestParser::declared_body_bytes() const {
  if (done()) return 0;
  const auto length = content_length();
  return length ? std::optional<uint64_t>(*length) : std::nullopt;
}

void RequestParser::set_max_body_bytes(size_t max_bytes) {
  max_body_bytes_ = max_bytes;
}

}  // namespace soma::net
