#include "base/net/response_head.h"
#include "base/os/os.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>

namespace soma::net {

namespace {

constexpr std::array<std::string_view, 6> kServersOwn{"connection", "content-length", "transfer-encoding",
                                                      "keep-alive", "date",           "x-amzn-requestid"};

bool is_token(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(c));
  });
}

bool is_field_value(std::string_view value) {
  return std::ranges::none_of(value, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

void append_line(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  head += value;
  head += "\r\n";
}

}  // namespace

bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string response_head(int status, const Headers& headers, const ResponseFrame& frame) {
  std::string head;
  head.reserve(256);
  head += frame.http_11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  head += std::to_string(status);
  head += ' ';
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  head.append(reason.data(), reason.size());
  head += "\r\n";
  for (const auto& [name, value] : headers.entries()) {
    if (std::ranges::count(kServersOwn, os::to_lower(name)) > 0) continue;
    if (!is_token(name) || !is_field_value(value)) {
      os::log(os::Level::kError, "http.response.header.invalid",
              {{"name", name}, {"request", frame.request_id}});
      continue;
    }
    append_line(head, name, value);
  }
  append_line(head, "x-amzn-requestid", frame.request_id);
  append_line(head, "date", frame.date);
  if (frame.framing == Framing::kLength)
    append_line(head, "content-length", std::to_string(frame.body_bytes));
  if (frame.framing == Framing::kChunked) append_line(head, "transfer-encoding", "chunked");
  if (!frame.keep_alive) {
    append_line(head, "connection", "close");
  } else if (!frame.http_11) {
    append_line(head, "connection", "keep-alive");
  }
  head += "\r\n";
  return head;
}

}  // namespace soma::net
