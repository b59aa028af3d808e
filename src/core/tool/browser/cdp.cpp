#include "core/tool/browser/cdp.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>

namespace soma::tool::browser {

namespace {

constexpr size_t kReadChunkBytes = 256u << 10;
constexpr size_t kMaxMessageDepth = 1000;  // a page's tree of elements has two levels for each element

// Page titles and URLs may hold half a surrogate pair, which the browser writes as a lone "\ud83d": no valid
// JSON text. Such an escape is replaced, the rest kept.
std::string repair_surrogates(std::string_view text) {
  std::string out(text);
  auto unit_at = [&](size_t at) -> int {
    if (at + 6 > out.size() || out[at] != '\\' || out[at + 1] != 'u') return -1;
    return static_cast<int>(std::strtol(out.substr(at + 2, 4).c_str(), nullptr, 16));
  };
  for (size_t at = 0; at + 1 < out.size();) {
    if (out[at] != '\\') {
      ++at;
      continue;
    }
    int unit = unit_at(at);
    if (unit < 0xD800 || unit > 0xDFFF) {
      at += 2;
      continue;
    }
    int next = unit_at(at + 6);
    if (unit <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF) {
      at += 12;
      continue;
    }
    out.replace(at, 6, "\\ufffd");
    at += 6;
  }
  return out;
}

}  // namespace

struct Connection::Pending {
  Pending(const net::Executor& executor, std::string session_id)
      : notifier(executor), session(std::move(session_id)) {}
  net::Notifier notifier;
  std::string session;
  std::mutex mutex;
  std::optional<os::Result<json::Value>> result;

  void finish(os::Result<json::Value> value) {
    {
      std::lock_guard lock(mutex);
      if (result) return;
      result = std::move(value);
    }
    notifier.notify();
  }
};

Operation Operation::within(os::Duration duration) const {
  return Operation{clock, std::min(deadline, clock.now() + duration), cancellation};
}

Connection::Connection(const net::Executor& loop, os::Fd commands, os::Fd answers)
    : loop_(loop), commands_(loop, std::move(commands)), answers_(loop, std::move(answers)) {}

Connection::~Connection() = default;

void Connection::start() {
  net::spawn(loop_, read_loop(shared_from_this()), "browser.read");
}

net::Task<> Connection::read_loop(std::shared_ptr<Connection> self) {
  std::string buffer;
  size_t scanned = 0;
  while (!self->closed_) {
    auto bytes = co_await self->answers_.read_some(kReadChunkBytes);
    if (!bytes || bytes->empty()) break;
    buffer += *bytes;
    size_t start = 0;
    for (size_t end = buffer.find('\0', scanned); end != std::string::npos; end = buffer.find('\0', start)) {
      self->receive(std::string_view(buffer).substr(start, end - start));
      start = end + 1;
    }
    buffer.erase(0, start);
    scanned = buffer.size();
    if (buffer.size() > kMaxMessageBytes) {
      os::log(os::Level::kError, "browser.message.too_long", {{"limit", kMaxMessageBytes}});
      break;
    }
  }
  self->close("the browser ended");
}

net::Task<> Connection::write_loop(std::shared_ptr<Connection> self) {
  while (true) {
    std::string message;
    {
      std::lock_guard lock(self->mutex_);
      if (self->queue_.empty() || self->closed_) {
        self->writing_ = false;
        co_return;
      }
      message = std::move(self->queue_.front());
      self->queue_.pop_front();
      self->queued_bytes_ -= message.size();
    }
    auto written = co_await self->commands_.write_all(message);
    if (!written) {
      self->close("the browser ended");
      co_return;
    }
  }
}

void Connection::enqueue(std::string message) {
  bool start = false;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    queued_bytes_ += message.size();
    queue_.push_back(std::move(message));
    start = !std::exchange(writing_, true);
  }
  if (start) net::spawn(loop_, write_loop(shared_from_this()), "browser.write");
}

net::Task<os::Result<json::Value>> Connection::call(Operation operation, std::string method,
                                                    json::Value params, std::string session) {
  auto self = shared_from_this();
  auto executor = co_await net::this_executor();
  auto pending = std::make_shared<Pending>(executor, session);
  json::Value message = json::object({{"id", 0}, {"method", method}, {"params", std::move(params)}});
  if (!session.empty()) message.set("sessionId", session);
  uint64_t id = 0;
  {
    std::lock_guard lock(mutex_);
    if (closed_) co_return os::fail(os::Code::kUnavailable, close_reason_);
    if (queued_bytes_ > kMaxQueuedBytes) {
      co_return os::fail(
          os::Code::kLimitExceeded,
          fmt::format("the browser does not take commands ({} bytes are waiting)", queued_bytes_));
    }
    id = ++next_id_;
    pending_.emplace(id, pending);
  }
  message.set("id", id);
  std::string bytes = json::write(message);
  bytes.push_back('\0');
  enqueue(std::move(bytes));

  auto registration = operation.cancellation.on_request([pending, reason = operation.cancellation] {
    pending->finish(os::fail(os::Code::kCancelled, "cancelled: " + reason.reason()));
  });
  bool answered = co_await pending->notifier.wait_until(operation.clock, operation.deadline);
  {
    std::lock_guard lock(mutex_);
    pending_.erase(id);
  }
  std::lock_guard lock(pending->mutex);
  if (pending->result) co_return std::move(*pending->result);
  if (!answered) co_return os::fail(os::Code::kTimeout, fmt::format("the browser did not answer {}", method));
  co_return os::fail(os::Code::kInternal, fmt::format("{} woke without an answer", method));
}

void Connection::send(std::string method, json::Value params, std::string session) {
  json::Value message =
      json::object({{"id", 0}, {"method", std::move(method)}, {"params", std::move(params)}});
  if (!session.empty()) message.set("sessionId", std::move(session));
  {
    std::lock_guard lock(mutex_);
    message.set("id", ++next_id_);
  }
  std::string bytes = json::write(message);
  bytes.push_back('\0');
  enqueue(std::move(bytes));
}

void Connection::subscribe(const std::string& key, const net::Executor& executor, Handler handler) {
  std::lock_guard lock(mutex_);
  subscribers_.insert_or_assign(key, Subscriber{executor, std::move(handler)});
}

void Connection::unsubscribe(const std::string& key) {
  std::lock_guard lock(mutex_);
  subscribers_.erase(key);
}

void Connection::fail_session(const std::string& session, const std::string& reason) {
  std::vector<std::shared_ptr<Pending>> waiting;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, pending] : pending_) {
      if (pending->session == session) waiting.push_back(pending);
    }
  }
  for (auto& pending : waiting) pending->finish(os::fail(os::Code::kUnavailable, reason));
}

void Connection::close(const std::string& reason) {
  std::map<uint64_t, std::shared_ptr<Pending>> pending;
  std::vector<std::string> keys;
  std::vector<Channels::Delivery> last_words;
  {
    std::lock_guard lock(mutex_);
    if (closed_.exchange(true)) return;
    last_words = channels_.last_words();
    close_reason_ = reason;
    pending.swap(pending_);
    queue_.clear();
    for (auto& [key, subscriber] : subscribers_) keys.push_back(key);
  }
  for (auto& [id, waiting] : pending) waiting->finish(os::fail(os::Code::kUnavailable, reason));
  auto event = std::make_shared<const Event>(Event{std::string(kClosedEvent), json::Value()});
  for (const std::string& key : keys) deliver(key, event);
  for (Channels::Delivery& last : last_words)
    boost::asio::post(last.executor, [handler = std::move(last.handler)] { handler(json::Value()); });
  boost::asio::post(loop_, [self = shared_from_this()] {
    self->commands_.close();
    self->answers_.close();
  });
}

void Connection::receive(std::string_view text) {
  json::ParseOptions options;
  options.max_bytes = kMaxMessageBytes;
  options.max_depth = kMaxMessageDepth;
  auto message = json::parse(text, options);
  if (!message) {
    std::string repaired = repair_surrogates(text);
    message = json::parse(repaired, options);
  }
  if (!message) {
    os::log(os::Level::kWarning, "browser.message.unreadable", {{"error", message.error().message}});
    return;
  }
  if (receive_for_channel(*message)) return;
  if (const json::Value* id = message->find("id")) {
    receive_answer(static_cast<uint64_t>(id->int_or(0)), *message);
  } else {
    receive_event(*message);
  }
}

uint64_t Connection::open_channel(std::string session, const net::Executor& executor,
                                  Channels::Handler handler) {
  std::lock_guard lock(mutex_);
  return channels_.open(std::move(session), executor, std::move(handler));
}

os::Result<> Connection::pass(uint64_t channel, json::Value message) {
  std::string bytes;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return os::fail(os::Code::kUnavailable, close_reason_);
    if (queued_bytes_ > kMaxQueuedBytes)
      return os::fail(
          os::Code::kLimitExceeded,
          fmt::format("the browser does not take commands ({} bytes are waiting)", queued_bytes_));
    SOMA_ASSIGN(const json::Value outgoing, channels_.outgoing(channel, std::move(message), ++next_id_));
    bytes = json::write(outgoing);
  }
  bytes.push_back('\0');
  enqueue(std::move(bytes));
  return {};
}

void Connection::close_channel(uint64_t channel) {
  std::string session;
  {
    std::lock_guard lock(mutex_);
    session = channels_.close(channel);
  }
  if (!session.empty())
    send("Target.detachFromTarget", json::object({{"sessionId", std::move(session)}}), "");
}

bool Connection::receive_for_channel(json::Value& message) {
  std::lock_guard lock(mutex_);
  auto delivery = channels_.incoming(message);
  if (!delivery) return false;
  if (delivery->handler) {
    auto said = std::make_shared<const json::Value>(std::move(delivery->message));
    boost::asio::post(delivery->executor, [handler = std::move(delivery->handler), said] { handler(*said); });
  }
  return true;
}

void Connection::receive_answer(uint64_t id, json::Value& message) {
  std::shared_ptr<Pending> pending;
  {
    std::lock_guard lock(mutex_);
    auto found = pending_.find(id);
    if (found == pending_.end()) return;
    pending = found->second;
  }
  if (const json::Value* error = message.find("error")) {
    std::string words(error->get("message").string_or("unknown error"));
    if (std::string_view data = error->get("data").string_or(""); !data.empty()) {
      words += fmt::format(" ({})", data);
    }
    pending->finish(os::fail(os::Code::kInvalidArgument, std::move(words)));
    return;
  }
  json::Value* result = message.find("result");
  pending->finish(result ? std::move(*result) : json::Value());
}

void Connection::receive_event(json::Value& message) {
  auto event = std::make_shared<Event>();
  event->method = message.get("method").string_or("");
  if (json::Value* params = message.find("params")) event->params = std::move(*params);
  std::string session(message.get("sessionId").string_or(""));
  if (!session.empty()) {
    deliver(session, event);
    return;
  }
  // The browser's own events: the comings and goings of targets go to the context that the target belongs to.
  std::string target(event->params.get("targetId").string_or(""));
  std::string context;
  {
    std::lock_guard lock(mutex_);
    if (const json::Value* info = event->params.find("targetInfo")) {
      target = info->get("targetId").string_or("");
      context = info->get("browserContextId").string_or("");
      target_contexts_[target] = context;
    } else if (auto found = target_contexts_.find(target); found != target_contexts_.end()) {
      context = found->second;
    }
    if (event->method == "Target.targetDestroyed") target_contexts_.erase(target);
  }
  if (!context.empty()) deliver("context:" + context, event);
  deliver(kAllTargets, event);
}

void Connection::deliver(const std::string& key, const std::shared_ptr<const Event>& event) {
  std::lock_guard lock(mutex_);
  auto found = subscribers_.find(key);
  if (found == subscribers_.end()) return;
  boost::asio::post(found->second.executor, [handler = found->second.handler, event] { handler(*event); });
}

}  // namespace soma::tool::browser
