// libcurl's multi interface on an event loop: curl says which sockets and which moment it waits for, the loop
// tells it when they come.
//
// curl owns its sockets: the descriptors here only watch them and are released, never closed. curl's
// callbacks come from inside its own calls, so they only take notes: nothing in them calls back into curl or
// resumes a task.
#pragma once

#include <curl/curl.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_map>

#include "base/net/task.h"

namespace soma::net {

inline constexpr long kMaxClientConnections = 2'000;   // more wait for a free one
inline constexpr long kMaxIdleClientConnections = 64;  // kept open for the next request

// Used on its loop only.
class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
 public:
  // What a running transfer hears of its end.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void finished(CURLcode result) = 0;
  };

  explicit CurlLoop(const Executor& executor);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;

  const Executor& executor() const { return executor_; }
  // `easy` carries its Listener as CURLOPT_PRIVATE and must be removed before it is cleaned up.
  void add(CURL* easy);
  void remove(CURL* easy);

 private:
  struct Watcher;

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* watcher);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  void watch(curl_socket_t socket, int what);
  void arm(const std::shared_ptr<Watcher>& watcher, bool for_reading);
  void act(curl_socket_t socket, int events);

  Executor executor_;
  CURLM* multi_;
  boost::asio::steady_timer timer_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watcher>> watchers_;
};

}  // namespace soma::net
