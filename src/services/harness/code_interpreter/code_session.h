// One code interpreter session while it is open: its sandbox, its interpreters, its tasks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/sandbox/sandbox.h"
#include "core/tool/interpreter.h"
#include "services/harness/code_interpreter/code_files.h"
#include "services/harness/harness.h"
#include "services/harness/timed_session/timed_sessions.h"

namespace soma::harness {

inline constexpr size_t kMaxCodeCalls = 16;  // of one session at the same time; its running tasks count too
inline constexpr size_t kMaxCodeTasks = 64;  // that a session remembers; the oldest that has ended makes room
inline constexpr size_t kMaxCodeOutputBytes = 4u
                                              << 20;  // of one call or task and stream; the rest is dropped

// What a call printed.
class CodeOutput {
 public:
  void add(sandbox::Stream stream, std::string_view bytes);
  // As valid UTF-8, with a note at the end when something was dropped.
  std::string text(sandbox::Stream stream) const;

 private:
  struct Kept {
    std::string bytes;
    uint64_t dropped = 0;
  };
  Kept out_, err_;
};

// A command that was started and goes on behind its call.
struct CodeTask {
  enum class State { kSubmitted, kWorking, kCompleted, kCanceled, kFailed };
  State state = State::kSubmitted;
  CodeOutput output;
  int exit_code = 0;
  os::Time started, ended;
  std::string failure{};  // why it could not be run to its end
  net::Cancellation cancellation;
  bool over() const { return state != State::kSubmitted && state != State::kWorking; }
};

// How code or a command ended.
struct CodeEnd {
  int exit_code = 0;
  std::string trouble{};  // in words: a limit that was met, an interpreter that is gone
  os::Duration elapsed{};
};

// An actor on its loop.
class CodeSession final : public TimedSession {
 public:
  // Makes the workspace below the place's directory. kFailedPrecondition: no sandbox.
  static os::Result<std::shared_ptr<CodeSession>> make(const Dependencies& dependencies,
                                                       TimedSessions::Place place,
                                                       std::vector<sandbox::Mount> mounts);
  // For the tools, within call():
  net::Task<os::Result<CodeEnd>> run_code(std::string language, std::string code, bool clear,
                                          CodeOutput& output);
  net::Task<os::Result<CodeEnd>> run_command(std::vector<std::string> arguments, CodeOutput& output,
                                             net::Cancellation cancellation);
  os::Result<std::string> start_task(std::string command);
  std::shared_ptr<CodeTask> find_task(std::string_view id) const;
  CodeFolders folders() const { return {sandbox_->workspace(), sandbox_->policy().mounts}; }
  uint64_t disk_room() const { return sandbox_->disk_room(); }
  os::Time now() const { return clock_.now(); }

 private:
  struct Slot {
    tool::Interpreter interpreter;
    net::Turn turn{};
  };
  CodeSession(const Dependencies& dependencies, net::Executor executor, std::string directory,
              os::Time ends_at);
  Slot& slot_of(const tool::Language& language);
  net::Task<> release() override;
  net::Task<> run_task(std::shared_ptr<CodeTask> task, std::string command);

  os::Clock& clock_;
  os::IdSource& ids_;
  os::Time ends_at_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::map<std::string_view, std::unique_ptr<Slot>> slots_;  // destroyed before the sandbox
  std::map<std::string, std::shared_ptr<CodeTask>> tasks_;   // ids sort by their start
};

}  // namespace soma::harness
