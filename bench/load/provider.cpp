#include "load/provider.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <queue>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <vector>

#include "load/stamp.h"

namespace soma_load {
namespace {

constexpr size_t kReadBytes = 64u << 10;
constexpr int kBacklog = 1'024;
constexpr uint64_t kListener = 0, kStop = 1, kFirstConnection = 2;
constexpr double kGoldenPart = 0.618033988749895;  // multiples of it fall evenly into the unit interval
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

std::system_error failed(const char* what) {
  return {errno, std::generic_category(), what};
}

int listen_on(uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) throw failed("socket");
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(socket, kBacklog) == 0)
    return socket;
  const std::system_error error = failed("listening for the model's requests");
  close(socket);
  throw error;
}

std::string event(std::string_view choices, std::string_view more = "") {
  const std::string data = fmt::format(
      R"(data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"clock","choices":[{}]{}}})"
      "\n\n",
      choices, more);
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

std::string delta(std::string_view content) {
  return event(fmt::format(
      R"({{"index":0,"delta":{{"role":"assistant","content":"{}"}},"finish_reason":null}})", content));
}

std::string last_events() {
  return event(R"({"index":0,"delta":{},"finish_reason":"stop"})") +
         event("", R"(,"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15})") +
         "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
}

}  // namespace

struct Provider::State {
  explicit State(const ProviderPlan& plan)
      : plan(plan),
        listener(listen_on(plan.port)),
        poll(epoll_create1(EPOLL_CLOEXEC)),
        stop(eventfd(0, EFD_CLOEXEC)) {
    add(listener, kListener);
    add(stop, kStop);
    thread = std::thread([this] { run(); });
  }
  ~State() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(stop, &one, sizeof one);
    thread.join();
    for (const auto& [id, connection] : connections) close(connection.socket);
    for (const int fd : {listener, poll, stop}) close(fd);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  struct Connection {
    int socket;
    std::string input;
    size_t sent = 0;  // chunks of the answer under way
  };
  struct Due {
    int64_t at_ns;
    uint64_t connection;
    bool operator>(const Due& other) const { return at_ns > other.at_ns; }
  };

  void add(int fd, uint64_t id) const {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
  }

  void run() {
    prctl(PR_SET_TIMERSLACK, 1UL);
    while (!stopped) {
      send_due();
      wait();
    }
  }

  void wait() {
    std::array<epoll_event, 64> events;
    timespec timeout{};
    if (!queue.empty()) {
      const int64_t left = std::max<int64_t>(0, queue.top().at_ns - now_ns());
      timeout = {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
    }
    const int count = epoll_pwait2(poll, events.data(), static_cast<int>(events.size()),
                                   queue.empty() ? nullptr : &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      const uint64_t id = events[static_cast<size_t>(i)].data.u64;
      if (id == kStop) {
        stopped = true;
      } else if (id == kListener) {
        accept_one();
      } else if (!read(id)) {
        drop(id);
      }
    }
  }

  void accept_one() {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections.emplace(next_id, Connection{.socket = socket, .input = {}});
    add(socket, next_id++);
  }

  void drop(uint64_t id) {
    close(connections.at(id).socket);
    connections.erase(id);
  }

  // False when the connection is over.
  bool read(uint64_t id) {
    Connection& connection = connections.at(id);
    std::array<char, kReadBytes> buffer;
    const ssize_t size = recv(connection.socket, buffer.data(), buffer.size(), 0);
    if (size <= 0) return size < 0 && errno == EAGAIN;
    connection.input.append(buffer.data(), static_cast<size_t>(size));
    if (take_request(connection.input)) begin_answer(id, connection);
    return true;
  }

  // Takes a request off the input when it is whole. Its content does not matter.
  static bool take_request(std::string& input) {
    const size_t end = input.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string head = input.substr(0, end + 2);
    for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    constexpr std::string_view kLength = "\r\ncontent-length: ";
    size_t length = 0;
    if (const size_t at = head.find(kLength); at != std::string::npos)
      std::from_chars(head.data() + at + kLength.size(), head.data() + head.size(), length);
    if (input.size() < end + 4 + length) return false;
    input.erase(0, end + 4 + length);
    return true;
  }

  void begin_answer(uint64_t id, Connection& connection) {
    connection.sent = 0;
    send_all(connection, std::string(kHead) + delta(""));
    waiting.push_back(id);
    if (waiting.size() < plan.streams) return;
    const int64_t begin = now_ns() + plan.wait_us * 1'000;
    for (size_t i = 0; i < waiting.size(); ++i) {
      const double part = std::fmod(static_cast<double>(i) * kGoldenPart, 1.0);
      queue.push(
          {begin + static_cast<int64_t>(part * static_cast<double>(plan.wait_us) * 1'000), waiting[i]});
    }
    waiting.clear();
  }

  void send_due() {
    while (!queue.empty() && queue.top().at_ns <= now_ns()) {
      const Due due = queue.top();
      queue.pop();
      const auto found = connections.find(due.connection);
      if (found == connections.end()) continue;
      Connection& connection = found->second;
      if (connection.sent++ == plan.chunks) {
        send_all(connection, last_events());
        continue;
      }
      send_all(connection, delta(stamp(now_ns())));
      queue.push({due.at_ns + plan.wait_us * 1'000, due.connection});
    }
  }

  // What is sent is smaller than the socket's buffer; a client that does not read gets a cut answer.
  static void send_all(const Connection& connection, std::string_view bytes) {
    const ssize_t sent = send(connection.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(bytes.size())) shutdown(connection.socket, SHUT_RDWR);
  }

  const ProviderPlan plan;
  const int listener, poll, stop;
  bool stopped = false;
  std::unordered_map<uint64_t, Connection> connections;
  uint64_t next_id = kFirstConnection;
  std::vector<uint64_t> waiting;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> queue;
  std::thread thread;
};

Provider::Provider(const ProviderPlan& plan) : state_(std::make_unique<State>(plan)) {}
Provider::~Provider() = default;

}  // namespace soma_load
