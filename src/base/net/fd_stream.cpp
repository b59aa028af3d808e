#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/net/signals.h"
#include "base/net/task.h"

namespace soma::net {

namespace asio = boost::asio;

struct FdStream::State {
  explicit State(const Executor& executor) : stream(executor) {}
  asio::posix::stream_descriptor stream;
};

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

std::unexpected<os::Error> stream_error(std::string_view what, const boost::system::error_code& error) {
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor)
    return os::fail(os::Code::kCancelled, std::string(what) + ": the stream was closed");
  if (error == asio::error::broken_pipe || error == asio::error::connection_reset)
    return os::fail(os::Code::kUnavailable, std::string(what) + ": the other end is closed");
  return os::fail_errno(what, error.value());
}

}  // namespace

FdStream::FdStream(const Executor& executor, os::Fd fd) : state_(std::make_unique<State>(executor)) {
  ignore_sigpipe();
  boost::system::error_code error;
  state_->stream.assign(fd.get(), error);
  // What epoll does not take (a regular file, an invalid descriptor) shows as an error of the first read or
  // write.
  if (!error) fd.release();
}

FdStream::~FdStream() = default;
FdStream::FdStream(FdStream&&) noexcept = default;

Task<os::Result<std::string>> FdStream::read_some(size_t max_bytes) {
  std::string bytes(std::min(max_bytes, kMaxReadBytes), '\0');
  auto buffer = asio::buffer(bytes);
  // From here on only the frame is touched: the stream may be closed and destroyed while the read waits.
  auto [error, count] = co_await state_->stream.async_read_some(buffer, kAsTuple);
  if (error == asio::error::eof) co_return std::string();
  if (error) co_return stream_error("read", error);
  bytes.resize(count);
  co_return bytes;
}

Task<os::Result<>> FdStream::write_all(std::string_view bytes) {
  auto buffer = asio::buffer(bytes.data(), bytes.size());
  auto [error, count] = co_await asio::async_write(state_->stream, buffer, kAsTuple);
  if (error) co_return stream_error("write", error);
  co_return os::Result<>();
}

void FdStream::close() {
  boost::system::error_code ignored;
  state_->stream.close(ignored);
}

}  // namespace soma::net
