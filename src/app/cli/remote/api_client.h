// soma's HTTP API as the command line uses it: JSON in and out, errors as os::Error, streams of server-sent
// events.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net/net.h"

namespace soma::cli {

inline constexpr std::string_view kSessionHeader = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id";
inline constexpr std::string_view kUserHeader = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id";

// Signs a request with a bearer token, for a harness whose authorizer asks for one; nothing when there is
// none.
void set_bearer_token(net::Headers& headers, const std::string& token);

// "/api/sessions/{}/{}" with each {} replaced by the next value, percent-encoded.
std::string api_path(std::string_view pattern, const std::vector<std::string>& values);
// path + "?a=1&b=2" of the pairs whose value is not empty.
std::string with_query(std::string path, const std::vector<std::pair<std::string, std::string>>& query);

// The error that an answer of another status than 2xx stands for: the body's message and hint, the code by
// status.
os::Error api_error(int status, std::string_view body);

// A request with a JSON body (none when null), and the answer to it, for who does not block.
net::ClientRequest api_request(std::string_view base_url, std::string_view method, std::string_view path,
                               const json::Value& body = {});
os::Result<json::Value> api_answer(const net::Response& response);

// One request and its JSON answer; blocks. Errors: the API's own, kUnavailable when nobody answers.
os::Result<json::Value> call(std::string_view base_url, std::string_view method, std::string_view path,
                             const json::Value& body = {});
// All elements of a paged list: `member` of each page, as long as there is a nextToken and fewer than `limit`
// are there.
os::Result<json::Array> call_list(std::string_view base_url, std::string path, std::string_view member,
                                  size_t limit);
// The same of a list that is asked for with a POST, whose pages are members of the body (AgentCore's lists).
os::Result<json::Array> post_list(std::string_view base_url, const std::string& path, json::Value body,
                                  std::string_view member, size_t limit);

// Opens a stream of server-sent events and hands each to `on_event` until that returns false or the body
// ends. `on_open` sees the headers. Errors: the API's own; kUnavailable and kTimeout for a body that was cut.
struct SseHandler {
  std::function<void(const net::Headers&)> on_open{};
  std::function<bool(const net::SseEvent&)> on_event{};
};
net::Task<os::Result<>> stream_sse(net::HttpClient& client, net::ClientRequest request,
                                   const SseHandler& handler);

}  // namespace soma::cli
