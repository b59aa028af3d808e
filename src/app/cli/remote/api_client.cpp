#include "app/cli/remote/api_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr auto kCallTimeout = std::chrono::seconds(60);
constexpr size_t kMaxErrorBodyBytes = 64u << 10;
constexpr size_t kPostedPage = 100;  // the most that AgentCore's lists have in a page

Code code_of_status(int status) {
  switch (status) {
    case 400:
    case 405:
    case 415:
    case 422:
      return Code::kInvalidArgument;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kNotFound;
    case 409:
      return Code::kConflict;
    case 412:
      return Code::kFailedPrecondition;
    case 413:
    case 414:
    case 429:
    case 431:
      return Code::kLimitExceeded;
    case 408:
    case 504:
      return Code::kTimeout;
    case 501:
      return Code::kUnsupported;
    case 502:
    case 503:
      return Code::kUnavailable;
    default:
      return Code::kInternal;
  }
}

net::Task<Result<net::Response>> fetch(net::ClientRequest request) {
  const net::Executor executor = co_await net::this_executor();
  net::HttpClient client(executor);
  co_return co_await client.fetch(std::move(request));
}

net::Task<Result<std::string>> read_all(net::ClientStream& stream, size_t max_bytes) {
  std::string body;
  while (body.size() < max_bytes) {
    SOMA_CO_ASSIGN(std::string piece, co_await stream.read());
    if (piece.empty()) break;
    body += piece;
  }
  co_return body;
}

// The elements of one page after the other, which `read` gets for the token of the page before.
Result<json::Array> all_pages(std::string_view path, std::string_view member, size_t limit,
                              const std::function<Result<Value>(const std::string& token)>& read) {
  json::Array all;
  std::string token;
  while (all.size() < limit) {
    SOMA_ASSIGN(Value page, read(token));
    Value* elements = page.find(member);
    if (elements == nullptr || !elements->is_array())
      return os::fail(Code::kCorrupt, fmt::format("the server's answer to {} has no {}", path, member));
    for (Value& element : elements->as_array())
      if (all.size() < limit) all.push_back(std::move(element));
    token = page.get("nextToken").string_or("");
    if (token.empty()) break;
  }
  return all;
}

}  // namespace

void set_bearer_token(net::Headers& headers, const std::string& token) {
  if (!token.empty()) headers.set("Authorization", "Bearer " + token);
}

std::string api_path(std::string_view pattern, const std::vector<std::string>& values) {
  std::string out;
  size_t next = 0;
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (pattern.substr(at, 2) == "{}" && next < values.size()) {
      out += os::percent_encode(values[next++]);
      ++at;
    } else {
      out += pattern[at];
    }
  }
  return out;
}

std::string with_query(std::string path, const std::vector<std::pair<std::string, std::string>>& query) {
  char separator = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    path += separator;
    path += name;
    path += '=';
    path += os::percent_encode(value);
    separator = '&';
  }
  return path;
}

os::Error api_error(int status, std::string_view body) {
  os::Error error;
  error.code = code_of_status(status);
  const auto parsed = json::parse(body);
  if (parsed && parsed->get("message").is_string()) {
    error.message = parsed->get("message").as_string();
    error.hint = parsed->get("hint").string_or("");
  } else {
    error.message = fmt::format("the server answered with status {} and no explanation", status);
  }
  return error;
}

net::ClientRequest api_request(std::string_view base_url, std::string_view method, std::string_view path,
                               const Value& body) {
  net::ClientRequest request;
  request.method = method;
  request.url = fmt::format("{}{}", base_url, path);
  request.headers.set("Accept", "application/json");
  request.total_timeout = kCallTimeout;
  if (!body.is_null()) {
    request.headers.set("Content-Type", "application/json");
    request.body = json::write(body);
  }
  return request;
}

Result<Value> api_answer(const net::Response& response) {
  if (response.status < 200 || response.status > 299)
    return std::unexpected(api_error(response.status, response.body));
  if (response.body.empty()) return Value();
  return json::parse(response.body);
}

Result<Value> call(std::string_view base_url, std::string_view method, std::string_view path,
                   const Value& body) {
  auto fetched = net::run(fetch(api_request(base_url, method, path, body)));
  if (!fetched) {
    os::Error error = std::move(fetched.error());
    if (error.code == Code::kUnavailable && error.hint.empty())
      error.hint = "start a server with: soma serve";
    return std::unexpected(std::move(error));
  }
  return api_answer(*fetched);
}

Result<json::Array> call_list(std::string_view base_url, std::string path, std::string_view member,
                              size_t limit) {
  return all_pages(path, member, limit, [&](const std::string& token) {
    return call(base_url, "GET", with_query(path, {{"nextToken", token}}));
  });
}

Result<json::Array> post_list(std::string_view base_url, const std::string& path, Value body,
                              std::string_view member, size_t limit) {
  body.set("maxResults", std::min(limit, kPostedPage));
  return all_pages(path, member, limit, [&](const std::string& token) {
    if (!token.empty()) body.set("nextToken", token);
    return call(base_url, "POST", path, body);
  });
}

net::Task<Result<>> stream_sse(net::HttpClient& client, net::ClientRequest request,
                               const SseHandler& handler) {
  request.headers.set("Accept", "text/event-stream");
  SOMA_CO_ASSIGN(const std::unique_ptr<net::ClientStream> stream, co_await client.open(std::move(request)));
  if (stream->status() < 200 || stream->status() > 299) {
    SOMA_CO_ASSIGN(const std::string body, co_await read_all(*stream, kMaxErrorBodyBytes));
    co_return std::unexpected(api_error(stream->status(), body));
  }
  if (handler.on_open) handler.on_open(stream->headers());
  net::SseParser parser;
  for (;;) {
    SOMA_CO_ASSIGN(const std::string bytes, co_await stream->read());
    if (bytes.empty()) co_return Result<>();
    SOMA_CO_ASSIGN(const std::vector<net::SseEvent> events, parser.feed(bytes));
    for (const net::SseEvent& event : events)
      if (!handler.on_event(event)) co_return Result<>();
  }
}

}  // namespace soma::cli
