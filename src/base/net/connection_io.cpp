// The connection's socket: waiting, reading, writing, and the ways in which it ends.
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "base/net/connection.h"
#include "base/net/request_parser.h"

namespace soma::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr size_t kMaxWriteParts = 4;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

Task<bool> Connection::wait_readable(os::Duration timeout) {
  deadline_ = server_->clock.now() + timeout;
  auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, kAsTuple);
  deadline_ = kNever;
  co_return !error && !std::exchange(expired_, false);
}

// On kBytes they are in fresh_, until the next suspension.
Task<Connection::Read> Connection::read_scratch(os::Time deadline) {
  for (;;) {
    if (dead_ || !socket_.is_open()) co_return Read::kFailed;
    const ssize_t count = ::recv(socket_.native_handle(), shard_.scratch.get(), kScratchBytes, MSG_DONTWAIT);
    if (count > 0) {
      fresh_ = {shard_.scratch.get(), static_cast<size_t>(count)};
      co_return Read::kBytes;
    }
    if (count == 0) co_return Read::kEnd;
    if (!would_block(errno)) co_return Read::kFailed;
    deadline_ = deadline;
    auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, kAsTuple);
    deadline_ = kNever;
    if (std::exchange(expired_, false)) co_return Read::kTimeout;
    if (error && dead_) co_return Read::kFailed;
  }
}

// Gives the parser what is there; keeps what it does not take yet.
void Connection::feed(RequestParser& parser) {
  if (pending_.empty()) {
    const size_t used = parser.feed(fresh_);
    pending_.assign(fresh_.substr(used));
  } else {
    pending_ += fresh_;
    pending_.erase(0, parser.feed(pending_));
  }
  fresh_ = {};
  if (pending_.empty()) std::string().swap(pending_);
}

Task<os::Result<>> Connection::write(std::span<const std::string_view> parts) {
  std::array<iovec, kMaxWriteParts> vectors{};
  size_t used = 0;
  for (const std::string_view part : parts) {
    if (!part.empty()) vectors.at(used++) = {const_cast<char*>(part.data()), part.size()};
  }
  size_t next = 0;
  while (next < used) {
    if (dead_ || !socket_.is_open()) co_return os::fail(os::Code::kUnavailable, "the client is gone");
    msghdr message{};
    message.msg_iov = &vectors.at(next);
    message.msg_iovlen = used - next;
    const ssize_t count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && !would_block(errno) && errno != EINTR) {
      dead_ = true;
      if (gone_) Cancellation(*gone_).request("the client is gone");
      co_return os::fail(os::Code::kUnavailable, "the client is gone");
    }
    size_t written = count > 0 ? static_cast<size_t>(count) : 0;
    for (; next < used && written >= vectors.at(next).iov_len; ++next) written -= vectors.at(next).iov_len;
    if (next == used) break;
    vectors.at(next).iov_base = static_cast<char*>(vectors.at(next).iov_base) + written;
    vectors.at(next).iov_len -= written;
    if (count >= 0) continue;

    deadline_ = server_->clock.now() + server_->options.limits.write_timeout;
    co_await socket_.async_wait(tcp::socket::wait_write, kAsTuple);
    deadline_ = kNever;
    if (std::exchange(expired_, false)) {
      dead_ = true;
      if (gone_) Cancellation(*gone_).request("the client reads too slowly");
      co_return os::fail(os::Code::kUnavailable, "the client read nothing for write_timeout");
    }
  }
  co_return os::Result<>();
}

void Connection::sweep(os::Time now) {
  if (now < deadline_) return;
  deadline_ = kNever;
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::drain() {
  if (idle_) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
  if (gone_) Cancellation(*gone_).request("the server is stopping");
}

void Connection::abort() {
  const auto self = shared_from_this();
  dead_ = true;
  if (gone_) Cancellation(*gone_).request("the server is stopping");
  if (abort_upgraded_) abort_upgraded_();
  close();
  hard_stop_.emit(asio::cancellation_type::terminal);
}

void Connection::close() {
  boost::system::error_code ignored;
  if (socket_.is_open()) socket_.close(ignored);
}

}  // namespace soma::net
