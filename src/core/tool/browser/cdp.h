// The Chrome DevTools Protocol over a pair of pipes: JSON messages, each ended by a NUL byte.
//
// Source: https://chromedevtools.github.io/devtools-protocol/ ("--remote-debugging-pipe", flattened
// sessions). Pipes rather than a port: nobody else can connect, and the browser ends by itself when soma
// does.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/net/net.h"
#include "core/tool/browser/channels.h"

namespace soma::tool::browser {

inline constexpr size_t kMaxMessageBytes = 96u << 20;  // a full-page screenshot as base64 is the largest
inline constexpr size_t kMaxQueuedBytes = 32u << 20;   // written by us and not yet taken by the browser

// What bounds one call of the tool.
struct Operation {
  os::Clock& clock;
  os::Time deadline;
  net::Cancellation cancellation{};

  // The same with an earlier end.
  Operation within(os::Duration duration) const;
  bool expired() const { return clock.now() >= deadline; }
};

struct Event {
  std::string method;  // "Page.frameNavigated"; kClosedEvent when the connection is gone
  json::Value params;
};
inline constexpr std::string_view kClosedEvent = "soma.closed";
// The subscription to the comings and goings of all targets.
inline constexpr const char* kAllTargets = "targets";

// Thread-safe. Reads and writes on the loop it was given; answers and events are handed to the caller's own
// loop.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Handler = std::function<void(const Event&)>;

  // `commands` is written, `answers` read.
  Connection(const net::Executor& loop, os::Fd commands, os::Fd answers);
  ~Connection();
  void start();

  // Sends a command to a session (empty: the browser itself) and waits for its answer on the caller's loop.
  // Errors: kUnavailable (the browser ended, or the session's page did), kTimeout, kCancelled,
  // kInvalidArgument (the browser's own refusal, its words as message).
  net::Task<os::Result<json::Value>> call(Operation operation, std::string method, json::Value params,
                                          std::string session);
  // The same with nobody waiting.
  void send(std::string method, json::Value params, std::string session);

  // Events of a session, of a browser context ("context:<id>": its targets coming and going) or kAllTargets,
  // posted to `executor` in order. Replaces an earlier subscription of the same key.
  void subscribe(const std::string& key, const net::Executor& executor, Handler handler);
  void unsubscribe(const std::string& key);
  // Fails what is waiting for an answer of this session: its page died and will not answer.
  void fail_session(const std::string& session, const std::string& reason);

  // Another client's conversation, message by message (channels.h). `session` is a browser session that was
  // opened for it; what the browser says is posted to `executor` in the order in which it was said.
  uint64_t open_channel(std::string session, const net::Executor& executor, Channels::Handler handler);
  // Errors as Channels::outgoing; kUnavailable: the browser has ended; kLimitExceeded: kMaxQueuedBytes.
  os::Result<> pass(uint64_t channel, json::Value message);
  void close_channel(uint64_t channel);

  bool closed() const { return closed_; }
  void close(const std::string& reason);

 private:
  struct Pending;
  struct Subscriber {
    net::Executor executor;
    Handler handler;
  };
  net::Task<> read_loop(std::shared_ptr<Connection> self);
  net::Task<> write_loop(std::shared_ptr<Connection> self);
  void enqueue(std::string message);
  void receive(std::string_view text);
  bool receive_for_channel(json::Value& message);
  void receive_answer(uint64_t id, json::Value& message);
  void receive_event(json::Value& message);
  void deliver(const std::string& key, const std::shared_ptr<const Event>& event);

  net::Executor loop_;
  net::FdStream commands_;
  net::FdStream answers_;
  std::atomic<bool> closed_ = false;

  std::mutex mutex_;  // guards what follows
  uint64_t next_id_ = 0;
  std::map<uint64_t, std::shared_ptr<Pending>> pending_;
  std::map<std::string, Subscriber> subscribers_;
  std::map<std::string, std::string> target_contexts_;  // target id -> browser context id
  Channels channels_;
  std::deque<std::string> queue_;
  size_t queued_bytes_ = 0;
  bool writing_ = false;
  std::string close_reason_;
};

}  // namespace soma::tool::browser
