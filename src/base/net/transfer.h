// One request of the HTTP client, from its first byte to the last byte of the answer.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/net/client.h"
#include "base/net/curl_loop.h"

namespace soma::net {

// Bytes of the body that wait for read(). When there are more, curl stops reading from the socket, and the
// sender is held back.
inline constexpr size_t kMaxBufferedBodyBytes = 256u << 10;
inline constexpr long kMaxRedirects = 10;

// Destroying it aborts the transfer. Used on its loop only, and not from inside curl's callbacks.
class Transfer final : public ClientStream, private CurlLoop::Listener {
 public:
  Transfer(std::shared_ptr<CurlLoop> loop, ClientRequest request);
  ~Transfer() override;
  Transfer(const Transfer&) = delete;

  // kInvalidArgument and kPermissionDenied before anything is sent.
  os::Result<> start();
  Task<os::Result<>> wait_for_headers();

  int status() const override { return status_; }
  const Headers& headers() const override { return headers_; }
  Task<os::Result<std::string>> read() override;
  void finish_within(os::Duration time) override;

 private:
  static size_t on_header(char* data, size_t size, size_t count, void* self);
  static size_t on_body(char* data, size_t size, size_t count, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_request_ready(void* self, char* address, char* local, int port, int local_port);

  os::Result<> set_headers();
  void set_method();
  void set_limits();
  void header_line(std::string_view line);
  bool allowed(const std::string& address, const std::string& port);
  void finished(CURLcode result) override;
  void end(os::Result<> outcome);
  os::Error error_of(CURLcode result) const;
  void arm_stall_timer();
  void watch_cancellation();
  void stop_with(os::Error error);

  std::shared_ptr<CurlLoop> loop_;
  ClientRequest request_;
  std::string where_;  // scheme, host and path: for messages, without the query, which may hold a key
  CURL* easy_;
  curl_slist* header_list_ = nullptr;
  char error_text_[CURL_ERROR_SIZE] = {};
  int status_ = 0;
  Headers headers_;
  std::string buffered_;
  bool headers_done_ = false;
  bool running_ = false;
  bool paused_ = false;
  bool ended_ = false;
  os::Result<> outcome_;
  std::optional<os::Error> refused_;  // by the policy
  Notifier progress_;
  boost::asio::steady_timer stall_timer_;
  std::chrono::steady_clock::time_point last_activity_;
  std::optional<std::chrono::steady_clock::time_point> end_by_;
  curl_off_t seen_bytes_ = 0;
  // Gone with the transfer: a timer that has already expired still calls its handler.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Cancellation::Registration cancelled_;
};

}  // namespace soma::net
