#include "load/load.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace soma_load {
namespace {

constexpr size_t kReadBytes = 64u << 10;
constexpr size_t kPollEvents = 256;

int connect_to(uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  close(socket);
  return -1;
}

bool is_success(int status) {
  return status == 200 || status == 201;
}

// One session: its connection and the request that is under way.
class Session {
 public:
  Session(const Plan& plan, size_t index, std::vector<Exchange>& exchanges)
      : plan_(plan), index_(index), exchanges_(exchanges) {
    head_ = fmt::format(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: {}-{:032}\r\n{}{}\r\n",
        plan.path, plan.port, plan.body.size(), plan.prefix, index, plan.header,
        plan.header.empty() ? "" : "\r\n");
  }
  ~Session() {
    if (socket_ >= 0) close(socket_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int socket() const { return socket_; }

  // The time begins before the connection is made: a new client waits for that too.
  bool begin() {
    begin_ns_ = now_ns();
    socket_ = connect_to(plan_.port);
    if (socket_ < 0) return end(std::strerror(errno));
    return send_request();
  }

  // Reads what has come. False when the session is over.
  bool on_readable() {
    std::array<char, kReadBytes> buffer;
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
    if (size < 0) return end(std::strerror(errno));
    if (size == 0) return end("the server closed the connection inside an answer");
    if (!answer_.feed({buffer.data(), static_cast<size_t>(size)}, now_ns())) return end("no HTTP answer");
    return !answer_.complete() || end(is_success(answer_.status()) ? "" : answer_.other_text());
  }

  void stall() { end("no answer within the time limit"); }

 private:
  bool send_request() {
    const std::string request = head_ + plan_.body;
    if (request_ > 0) begin_ns_ = now_ns();
    // A request is smaller than the socket's buffer: one call takes it whole.
    const ssize_t sent = send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(request.size()) || end("the request was not taken whole");
  }

  // Notes the exchange and begins the next one. False when there is none.
  bool end(std::string error) {
    const bool failed = !error.empty();
    exchanges_.push_back({index_, request_, begin_ns_, now_ns(), answer_.status(), answer_.events(),
                          answer_.latencies(), std::move(error)});
    answer_ = Answer();
    return !failed && ++request_ < plan_.requests && send_request();
  }

  const Plan& plan_;
  const size_t index_;
  std::vector<Exchange>& exchanges_;
  std::string head_;
  Answer answer_;
  int socket_ = -1;
  size_t request_ = 0;
  int64_t begin_ns_ = 0;
};

class Load {
 public:
  explicit Load(const Plan& plan)
      : plan_(plan), sessions_(plan.sessions), poll_(epoll_create1(EPOLL_CLOEXEC)) {}
  ~Load() { close(poll_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  std::vector<Exchange> run() {
    start_ns_ = last_byte_ns_ = now_ns();
    while (next_ < plan_.sessions || open_ > 0) {
      begin_due();
      if (open_ == 0 && next_ == plan_.sessions) break;
      wait();
      if (now_ns() - last_byte_ns_ > plan_.stall_ms * 1'000'000) return give_up();
    }
    return std::move(exchanges_);
  }

 private:
  int64_t due_ns(size_t index) const {
    return start_ns_ +
           plan_.ramp_ms * 1'000'000 * static_cast<int64_t>(index) / static_cast<int64_t>(plan_.sessions);
  }

  void begin_due() {
    while (next_ < plan_.sessions && open_ < plan_.at_once && due_ns(next_) <= now_ns()) {
      const size_t index = next_++;
      sessions_[index] = std::make_unique<Session>(plan_, index, exchanges_);
      if (!sessions_[index]->begin()) {
        sessions_[index].reset();
        continue;
      }
      ++open_;
      epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
      epoll_ctl(poll_, EPOLL_CTL_ADD, sessions_[index]->socket(), &event);
      poll_once(0);  // what streams already is not kept waiting by the rest of the ramp
    }
  }

  void wait() {
    const bool ramping = next_ < plan_.sessions && open_ < plan_.at_once;
    const int64_t due_ms =
        ramping ? std::max<int64_t>(0, (due_ns(next_) - now_ns()) / 1'000'000) : plan_.stall_ms;
    poll_once(static_cast<int>(due_ms));
  }

  void poll_once(int timeout_ms) {
    std::array<epoll_event, kPollEvents> events;
    const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), timeout_ms);
    if (count > 0) last_byte_ns_ = now_ns();
    for (int i = 0; i < count; ++i) {
      auto& session = sessions_[events[static_cast<size_t>(i)].data.u64];
      if (session->on_readable()) continue;
      session.reset();  // closing its socket takes it out of the poll
      --open_;
    }
  }

  std::vector<Exchange> give_up() {
    for (auto& session : sessions_) {
      if (session) session->stall();
    }
    return std::move(exchanges_);
  }

  const Plan& plan_;
  std::vector<Exchange> exchanges_;
  std::vector<std::unique_ptr<Session>> sessions_;
  const int poll_;
  size_t next_ = 0, open_ = 0;
  int64_t start_ns_ = 0, last_byte_ns_ = 0;
};

}  // namespace

std::vector<Exchange> run_load(const Plan& plan) {
  return Load(plan).run();
}

}  // namespace soma_load
