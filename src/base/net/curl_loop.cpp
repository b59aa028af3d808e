#include "base/net/curl_loop.h"

#include "base/net/signals.h"

namespace soma::net {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

struct CurlLoop::Watcher {
  Watcher(const Executor& executor, curl_socket_t watched) : socket(watched), descriptor(executor, watched) {}

  curl_socket_t socket;
  stream_descriptor descriptor;
  int wanted = 0;  // CURL_POLL_…
  bool waiting_to_read = false;
  bool waiting_to_write = false;
  bool removed = false;
};

CurlLoop::CurlLoop(const Executor& executor) : executor_(executor), timer_(executor) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialised);
  ignore_sigpipe();
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kMaxClientConnections);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMaxIdleClientConnections);
}

CurlLoop::~CurlLoop() {
  curl_multi_cleanup(multi_);
  for (auto& [socket, watcher] : watchers_) watcher->descriptor.release();
}

void CurlLoop::add(CURL* easy) {
  curl_multi_add_handle(multi_, easy);
}

void CurlLoop::remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
}

int CurlLoop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<CurlLoop*>(self)->watch(socket, what);
  return 0;
}

int CurlLoop::on_timer(CURLM*, long timeout_ms, void* self) {
  auto* loop = static_cast<CurlLoop*>(self);
  loop->timer_.cancel();
  if (timeout_ms < 0) return 0;
  loop->timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  loop->timer_.async_wait([weak = loop->weak_from_this()](const boost::system::error_code& error) {
    if (error) return;
    if (auto alive = weak.lock()) alive->act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void CurlLoop::watch(curl_socket_t socket, int what) {
  auto found = watchers_.find(socket);
  if (what == CURL_POLL_REMOVE) {
    if (found == watchers_.end()) return;
    found->second->removed = true;
    found->second->descriptor.release();
    watchers_.erase(found);
    return;
  }
  if (found == watchers_.end())
    found = watchers_.emplace(socket, std::make_shared<Watcher>(executor_, socket)).first;
  const auto watcher = found->second;
  watcher->wanted = what;
  arm(watcher, true);
  arm(watcher, false);
}

void CurlLoop::arm(const std::shared_ptr<Watcher>& watcher, bool for_reading) {
  bool& waiting = for_reading ? watcher->waiting_to_read : watcher->waiting_to_write;
  const int interest = for_reading ? CURL_POLL_IN : CURL_POLL_OUT;
  if (waiting || watcher->removed || (watcher->wanted & interest) == 0) return;
  waiting = true;
  const auto event = for_reading ? stream_descriptor::wait_read : stream_descriptor::wait_write;
  watcher->descriptor.async_wait(event, [weak = weak_from_this(), watcher, for_reading,
                                         interest](const boost::system::error_code& error) {
    (for_reading ? watcher->waiting_to_read : watcher->waiting_to_write) = false;
    auto alive = weak.lock();
    if (error || !alive || watcher->removed || (watcher->wanted & interest) == 0) return;
    alive->act(watcher->socket, for_reading ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    alive->arm(watcher, for_reading);
  });
}

void CurlLoop::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode result = message->data.result;  // gone with the handle's removal
    Listener* listener = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &listener);
    curl_multi_remove_handle(multi_, easy);
    listener->finished(result);
  }
}

}  // namespace soma::net
