#include "base/net/reply.h"

#include <array>
#include <charconv>

#include "base/net/refusal.h"
#include "base/net/websocket.h"

namespace soma::net {

namespace {

std::unexpected<os::Error> out_of_turn(std::string_view what) {
  return os::fail(os::Code::kFailedPrecondition, "Reply: " + std::string(what),
                  "answer once: send(), or begin() … end(), or accept_websocket()");
}

std::string hex_size(size_t size) {
  std::array<char, 20> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), size, 16);
  return {text.data(), end};
}

}  // namespace

std::string ConnectionReply::head(int status, const Headers& headers, Framing framing, uint64_t body_bytes) {
  if (framing == Framing::kUntilClose || !keep_alive_) connection_.close_after_answer();
  ResponseFrame frame;
  frame.framing = framing;
  frame.body_bytes = body_bytes;
  frame.http_11 = http_11_;
  frame.keep_alive = !connection_.closing();
  frame.date = connection_.date();
  frame.request_id = request_.id;
  status_ = status;
  return response_head(status, headers, frame);
}

Task<os::Result<>> ConnectionReply::send(Response response) {
  if (state_ != State::kFresh) co_return out_of_turn("send() after the answer began");
  state_ = State::kDone;
  const Framing framing = status_has_body(response.status) ? Framing::kLength : Framing::kNone;
  const std::string start = head(response.status, response.headers, framing, response.body.size());
  const bool with_body = framing == Framing::kLength && request_.method != "HEAD";
  if (with_body) body_bytes_ = response.body.size();
  const std::array<std::string_view, 2> parts{
      start, with_body ? std::string_view(response.body) : std::string_view()};
  co_return co_await connection_.write(parts);
}

Task<os::Result<>> ConnectionReply::begin(int status, Headers headers) {
  if (state_ != State::kFresh) co_return out_of_turn("begin() after the answer began");
  state_ = State::kStreaming;
  with_body_ = status_has_body(status) && request_.method != "HEAD";
  // HTTP/1.0 does not know chunks: there the end of the connection is the end of the body.
  chunked_ = http_11_;
  Framing framing = chunked_ ? Framing::kChunked : Framing::kUntilClose;
  if (!status_has_body(status)) framing = Framing::kNone;
  const std::string start = head(status, headers, framing, 0);
  const std::array<std::string_view, 1> parts{start};
  co_return co_await connection_.write(parts);
}

Task<os::Result<>> ConnectionReply::write(std::string_view bytes) {
  if (state_ != State::kStreaming) co_return out_of_turn("write() without begin()");
  if (bytes.empty() || !with_body_) co_return os::Result<>();
  body_bytes_ += bytes.size();
  if (!chunked_) {
    const std::array<std::string_view, 1> parts{bytes};
    co_return co_await connection_.write(parts);
  }
  const std::string size = hex_size(bytes.size()) + "\r\n";
  const std::array<std::string_view, 3> parts{size, bytes, "\r\n"};
  co_return co_await connection_.write(parts);
}

Task<os::Result<>> ConnectionReply::end() {
  if (state_ != State::kStreaming) co_return out_of_turn("end() without begin()");
  state_ = State::kDone;
  if (!chunked_ || !with_body_) co_return os::Result<>();
  const std::array<std::string_view, 1> parts{"0\r\n\r\n"};
  co_return co_await connection_.write(parts);
}

Task<os::Result<std::unique_ptr<WebSocket>>> ConnectionReply::accept_websocket(Headers headers) {
  if (state_ != State::kFresh) co_return out_of_turn("accept_websocket() after the answer began");
  if (os::Result<> upgrade = check_websocket_request(request_); !upgrade) {
    Refusal refusal{.status = 426, .message = upgrade.error().message, .hint = upgrade.error().hint};
    Response response = refusal.response(request_.id);
    response.headers.add("upgrade", "websocket");
    response.headers.add("sec-websocket-version", "13");
    os::Result<> sent = co_await send(std::move(response));
    if (!sent) co_return std::unexpected(std::move(sent.error()));
    co_return std::unexpected(std::move(upgrade.error()));
  }
  state_ = State::kUpgraded;
  status_ = 101;
  co_return co_await upgrade_connection(connection_, request_, std::move(headers));
}

}  // namespace soma::net
