// One client's connection: reads requests, calls handlers, writes responses, one after the other, on one
// loop.
//
// Memory is what limits how many idle clients a machine can hold. Between two requests a connection owns this
// object, one coroutine frame and nothing else: it waits for readability without a buffer, reads into the
// loop's scratch buffer, and keeps bytes of its own only while a head is incomplete or requests are
// pipelined. Reads and writes are tried at once and wait only when the socket says so.
//
// Timeouts are one deadline per connection, looked at by the shard's sweep about once a second: a timer each
// would cost more than the connection.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/net/refusal.h"
#include "base/net/server_state.h"

namespace soma::net {

class RequestParser;
class ConnectionReply;

// After an answer to a request whose body was not read: how much of it is thrown away, and for how long, so
// that the client gets to read the answer before the reset that closing with unread bytes causes.
inline constexpr size_t kMaxLingerBytes = 16u << 20;
inline constexpr os::Duration kLingerTimeout = std::chrono::seconds(2);
// Requests sent ahead while a handler runs and is watched for its client's leaving; beyond it the watch ends.
inline constexpr size_t kMaxPipelinedBytes = 64u << 10;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerState> server, Shard& shard, boost::asio::ip::tcp::socket socket,
             const boost::asio::ip::tcp::endpoint& peer);
  ~Connection();

  void start();              // the coroutine keeps the connection alive
  void sweep(os::Time now);  // ends what took too long
  void drain();              // closes when idle; else tells the handler and closes after the answer
  void abort();              // closes now and cancels the handler

  // For ConnectionReply:
  ServerState& server() { return *server_; }
  std::string_view date() { return server_->date(shard_); }
  bool closing() const { return closing_ || shard_.draining; }
  void close_after_answer() { closing_ = true; }
  // All parts or an error: kUnavailable when the client is gone or reads nothing for write_timeout.
  Task<os::Result<>> write(std::span<const std::string_view> parts);
  const Cancellation& gone();
  // Hands the socket over; what was read beyond the request goes with it. `abort` is called when the server
  // closes hard.
  boost::asio::ip::tcp::socket take_socket(std::string& already_read, std::function<void()> abort);

 private:
  struct Exchange;
  enum class Read { kBytes, kEnd, kTimeout, kFailed };
  enum class Step { kGo, kRefused, kGone };
  static constexpr os::Time kNever = os::Time::max();

  Task<> serve();
  Task<bool> wait_for_request(bool first);
  Task<bool> serve_one();
  Task<Step> read_head(Exchange& exchange);
  Task<Step> read_body(Exchange& exchange);
  Step route(Exchange& exchange);
  Task<> call_handler(Exchange& exchange);
  Task<> refuse(Exchange& exchange);
  bool has_unread(const RequestParser& parser) const;
  Task<> linger();
  void log_access(const Exchange& exchange) const;

  Task<bool> wait_readable(os::Duration timeout);
  Task<Read> read_scratch(os::Time deadline);
  void feed(RequestParser& parser);
  void watch();
  void watched_readable();
  void close();

  std::shared_ptr<ServerState> server_;
  Shard& shard_;
  size_t shard_index_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::ip::tcp::endpoint peer_;
  boost::asio::cancellation_signal hard_stop_;
  os::Time deadline_ = kNever;
  std::string_view fresh_;  // bytes in the scratch buffer that nobody took yet: gone at the next suspension
  std::string pending_;     // bytes of an incomplete head, or of the next requests
  std::optional<Cancellation> gone_;
  std::function<void()> abort_upgraded_;
  bool idle_ = false;
  bool expired_ = false;  // the sweep ended the current wait
  bool closing_ = false;
  bool dead_ = false;  // no use in writing
  bool client_left_ = false;
  bool watching_ = false;  // a read wait of the watch is pending
  bool in_handler_ = false;
};

}  // namespace soma::net
