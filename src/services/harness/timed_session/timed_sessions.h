// The sessions of one kind that live for a time set at their start: code interpreter sessions, browser
// sessions.
//
// A session is a run of the journal ("<prefix>/<sessionId>": that it was started, each call, that it ended)
// and, while it is open, a TimedSession on the loop that its run hashes to. It ends when its time is over,
// whatever is done in it, when it is stopped, and with soma: what a restart finds open is ended, its files
// go.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/harness/harness.h"
#include "services/harness/timed_session/timed_session.h"

namespace soma::harness {

inline constexpr size_t kMaxTimedSessionName = 100;  // bytes

struct TimedSessionKind {
  std::string_view kind;    // of the run: "code_interpreter"
  std::string_view prefix;  // of the run's id, and the directory of the sessions' files: "code-interpreter"
  std::string_view events;  // "interpreter": the events are interpreter.started, …
  std::string_view words;   // "code interpreter session"
  int64_t max_seconds = 0;
  size_t max_open = 0;  // at the same time
  std::string_view max_open_name;
};

struct StartTimedSession {
  std::string name{};
  int64_t timeout_seconds = 0;
  std::string client_token{};  // a repeated start with the same token answers the first one's session
  // What else was asked for: members of the first event, and labels of the run where they are texts.
  json::Value details = json::Object{};
};

struct TimedSessionInfo {
  std::string session_id, name;
  int64_t timeout_seconds = 0;
  bool ready = false;  // else it is terminated
  os::Time created, updated;
  std::vector<journal::Label> labels{};
  std::string_view label(std::string_view name) const;
};
struct TimedSessionPage {
  std::vector<TimedSessionInfo> sessions;  // newest first
  std::string next_token;
};

// A session that is open, and who writes its run. Used on the session's loop.
class OpenSession {
 public:
  virtual ~OpenSession() = default;
  virtual const std::shared_ptr<TimedSession>& session() const = 0;
  // Adds "<events>.<type>" to its run, without waiting for the disk.
  virtual void note(std::string_view type, const json::Value& body) = 0;
};

// Thread-safe; coroutines resume on the caller's loop.
class TimedSessions {
 public:
  // Where a session is to be: on which loop, its files, its end.
  struct Place {
    std::string session_id;
    net::Executor executor;
    std::string directory;  // not made yet
    os::Time ends_at;
  };
  // Makes the session itself. Runs on the session's loop.
  using Make = std::function<net::Task<os::Result<std::shared_ptr<TimedSession>>>(Place place)>;

  // Copies what it needs of the dependencies; what they refer to outlives it.
  TimedSessions(const Dependencies& dependencies, const TimedSessionKind& kind);
  ~TimedSessions();
  // Ends the sessions that an earlier process left open. Once the loops run and the journal is started.
  void start();
  // Ends all sessions and waits for it.
  void stop();

  // Errors: kInvalidArgument, kLimitExceeded (max_open), kUnavailable (soma stops), and those of `make`.
  net::Task<os::Result<TimedSessionInfo>> open(StartTimedSession request, Make make);
  os::Result<TimedSessionInfo> get(std::string_view session_id) const;  // kNotFound
  os::Result<TimedSessionPage> list(std::optional<bool> ready, size_t limit,
                                    std::string_view page_token) const;
  // Stops what runs in it. Ending one that has ended changes nothing. kNotFound.
  net::Task<os::Result<TimedSessionInfo>> close(std::string session_id, std::string reason = "stopped");
  // kNotFound: there is no such session, or it has ended.
  os::Result<std::shared_ptr<OpenSession>> find(const std::string& session_id) const;

  // A call of that session on its loop, which leaves `<events>.called` in the run with `name`, how it went
  // and how long it took. An answer's `isError` counts as failed. Errors: those of find(),
  // TimedSession::call() and `work`.
  using Work = std::function<net::Task<os::Result<json::Value>>(TimedSession& session)>;
  net::Task<os::Result<json::Value>> call(std::string session_id, std::string name, Work work);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::harness
