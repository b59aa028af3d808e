// Several clients on one DevTools connection: soma's own calls, and the channels of automation clients.
//
// Each channel is a browser session of its own ("Target.attachToBrowserTarget"), so that what one client
// switches on (events, interception, discovery) is nobody else's. To its client it looks like a whole
// connection: its messages without a session belong to that browser session, numbers are its own, and it
// hears of no session but those that it opened, or that were opened for it below these.
//
// Only the translation is here; cdp.h moves the bytes. Guarded by its owner.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json/json.h"
#include "base/net/net.h"

namespace soma::tool::browser {

inline constexpr size_t kMaxChannelCommands = 10'000;  // of one channel without an answer

class Channels {
 public:
  // What the browser says to a channel; null: the connection is gone.
  using Handler = std::function<void(const json::Value& message)>;
  struct Delivery {
    net::Executor executor;
    Handler handler;
    json::Value message;
  };

  // `session`: the channel's browser session. Returns the channel's number.
  uint64_t open(std::string session, const net::Executor& executor, Handler handler);
  // Forgets it; returns its browser session. Answers that still come are dropped.
  std::string close(uint64_t channel);
  // A client's message as the browser takes it, with `id` as its number. kInvalidArgument: it has no number
  // or method; kNotFound: a session that is not the channel's; kLimitExceeded: kMaxChannelCommands.
  os::Result<json::Value> outgoing(uint64_t channel, json::Value message, uint64_t id);
  // Takes a message of the browser that is a channel's (moved out of `message`): the delivery, or one without
  // a handler when its channel is closed. Nothing: the message is not a channel's.
  std::optional<Delivery> incoming(json::Value& message);
  // For all channels, when the connection is gone.
  std::vector<Delivery> last_words() const;

 private:
  struct Channel {
    std::string session;
    net::Executor executor;
    Handler handler;
    size_t waiting = 0;
  };
  struct Command {
    uint64_t channel = 0;
    json::Value id;  // the client's
  };
  std::optional<Delivery> answer(const Command& command, json::Value& message);
  void note_sessions(uint64_t channel, const json::Value& message);
  static Delivery deliver(const Channel& channel, json::Value& message);

  uint64_t next_ = 1;
  std::map<uint64_t, Channel> channels_;
  std::unordered_map<std::string, uint64_t> sessions_;  // of a channel, its browser session among them
  std::unordered_map<uint64_t, Command> commands_;      // by the connection's number
};

}  // namespace soma::tool::browser
