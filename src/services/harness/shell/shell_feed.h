// What a shell prints, on its way from the session's loop to the loop of the client that looks at it.
//
// One client at a time; one that comes later takes the place of the one before, and first sees what is kept.
// As long as there is a client the shell waits for it; without one the oldest output goes.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/net/net.h"
#include "services/harness/shell/replay_buffer.h"

namespace soma::harness {

inline constexpr size_t kShellReplayBytes = 256u << 10;   // as AgentCore
inline constexpr size_t kMaxShellPieceBytes = 32u << 10;  // of one piece of output

// Why nothing more comes.
struct ShellEnd {
  enum class Why {
    kExited,   // the shell ended by itself, or met a limit
    kEnded,    // its session ended, or a client asked for the end
    kStopped,  // soma stops: the same shell cannot come back, its session can
  };
  Why why = Why::kExited;
  int exit_code = 0;    // 128 + signal when killed
  std::string words{};  // for people; may be empty
};

struct ShellNews {
  enum class Kind { kOutput, kEnd, kTaken, kDetached };
  Kind kind = Kind::kOutput;
  std::string output{};
  ShellEnd end{};
};

// The session's side is called on its loop, a view on its client's; both hold it.
class ShellFeed : public std::enable_shared_from_this<ShellFeed> {
 public:
  class View;

  explicit ShellFeed(const net::Executor& session) : room_(session) {}

  void append(std::string_view bytes);
  // The last thing a view sees. The first end counts.
  void finish(ShellEnd end);
  // Returns when what the client has not taken leaves room, at once when there is no client.
  net::Task<> wait_for_room();
  bool attached() const;

  // `client` is the loop on which the view is used.
  std::shared_ptr<View> attach(const net::Executor& client);

 private:
  void detach(const View& view);

  mutable std::mutex mutex_;
  ReplayBuffer buffer_{kShellReplayBytes};
  std::optional<ShellEnd> end_;
  std::shared_ptr<View> view_;  // of the client that is attached
  uint64_t seen_ = 0;           // what a client has taken
  net::Notifier room_;
};

class ShellFeed::View {
 public:
  View(std::shared_ptr<ShellFeed> feed, const net::Executor& client)
      : feed_(std::move(feed)), news_(client) {}
  // Waits. After kEnd, kTaken and kDetached nothing comes.
  net::Task<ShellNews> next();
  // Wakes next(). Harmless when it is no longer attached.
  void detach() { feed_->detach(*this); }
  // Output that no client has seen and that was not kept, when this one came.
  uint64_t dropped_bytes() const { return dropped_; }

 private:
  friend class ShellFeed;
  std::shared_ptr<ShellFeed> feed_;
  net::Notifier news_;
  uint64_t place_ = 0, dropped_ = 0;
  bool taken_ = false, detached_ = false;
};

}  // namespace soma::harness
