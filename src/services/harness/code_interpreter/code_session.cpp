#include "services/harness/code_interpreter/code_session.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "services/harness/session/workbench.h"

namespace soma::harness {

using os::Code;
using os::Result;

namespace {

constexpr int kFailed = 1;  // the exit code of code that ended with an exception

int exit_code_of(const tool::CellEnd& end) {
  if (end.how != tool::CellEnd::How::kDone) return 128 + SIGKILL;
  int code = 0;  // "ok"
  if (end.status == "error") return kFailed;
  std::from_chars(end.status.data(), end.status.data() + end.status.size(), code);
  return code;
}

std::string trouble_of(const tool::CellEnd& end) {
  using How = tool::CellEnd::How;
  if (end.how == How::kDied) return "the interpreter is gone and its state is lost: " + end.status;
  if (end.how == How::kDone) return "";
  return "the session ended before the code did";
}

}  // namespace

void CodeOutput::add(sandbox::Stream stream, std::string_view bytes) {
  Kept& kept = stream == sandbox::Stream::kStdout ? out_ : err_;
  const size_t room = kMaxCodeOutputBytes - kept.bytes.size();
  kept.bytes += bytes.substr(0, room);
  kept.dropped += bytes.size() - std::min(bytes.size(), room);
}

std::string CodeOutput::text(sandbox::Stream stream) const {
  const Kept& kept = stream == sandbox::Stream::kStdout ? out_ : err_;
  std::string text = os::to_valid_utf8(kept.bytes);
  if (kept.dropped > 0)
    text += fmt::format("\n[{} more bytes were dropped (kMaxCodeOutputBytes)]\n", kept.dropped);
  return text;
}

CodeSession::CodeSession(const Dependencies& dependencies, net::Executor executor, std::string directory,
                         os::Time ends_at)
    : TimedSession(std::move(executor), std::move(directory), {kMaxCodeCalls, "kMaxCodeCalls"}),
      clock_(dependencies.clock),
      ids_(dependencies.ids),
      ends_at_(ends_at) {}

Result<std::shared_ptr<CodeSession>> CodeSession::make(const Dependencies& dependencies,
                                                       TimedSessions::Place place,
                                                       std::vector<sandbox::Mount> mounts) {
  const std::string workspace = place.directory + "/workspace";
  std::error_code error;
  std::filesystem::create_directories(workspace, error);
  if (error) return os::fail_errno(fmt::format("cannot make {}", workspace), error.value());
  const net::Executor executor = place.executor;
  std::shared_ptr<CodeSession> made(
      new CodeSession(dependencies, executor, std::move(place.directory), place.ends_at));
  sandbox::Policy policy;
  policy.mounts = std::move(mounts);
  policy.owner = box_owner(dependencies.data_directory);
  SOMA_ASSIGN(made->sandbox_,
              sandbox::make_sandbox(policy, workspace, executor, dependencies.launcher, dependencies.clock));
  return made;
}

net::Task<> CodeSession::release() {
  slots_.clear();
  co_return;
}

CodeSession::Slot& CodeSession::slot_of(const tool::Language& language) {
  auto& slot = slots_[language.name];
  if (!slot)
    slot = std::make_unique<Slot>(
        Slot{.interpreter = tool::Interpreter(language, *sandbox_, executor(), clock_, ids_)});
  return *slot;
}

net::Task<Result<CodeEnd>> CodeSession::run_code(std::string language, std::string code, bool clear,
                                                 CodeOutput& output) {
  const tool::Language* found = tool::find_language(language);
  if (found == nullptr)
    co_return os::fail(Code::kInvalidArgument, fmt::format("there is no language {}", language));
  Slot& slot = slot_of(*found);
  const auto turn = co_await slot.turn.take();
  const os::Time began = clock_.now();
  if (clear) slot.interpreter.stop();
  if (!slot.interpreter.running()) SOMA_CO_TRY(co_await slot.interpreter.start());
  const sandbox::OutputSink sink = [&output](sandbox::Stream stream, std::string_view bytes) {
    output.add(stream, bytes);
  };
  SOMA_CO_ASSIGN(const tool::CellEnd end,
                 co_await slot.interpreter.run(std::move(code), ends_at_, ending(), sink));
  co_return CodeEnd{exit_code_of(end), trouble_of(end), clock_.now() - began};
}

net::Task<Result<CodeEnd>> CodeSession::run_command(std::vector<std::string> arguments, CodeOutput& output,
                                                    net::Cancellation cancellation) {
  sandbox::Command command;
  command.arguments = std::move(arguments);
  command.limits.time = std::max<os::Duration>(ends_at_ - clock_.now(), std::chrono::milliseconds(1));
  command.limits.output_bytes = 2 * kMaxCodeOutputBytes;
  const sandbox::OutputSink sink = [&output](sandbox::Stream stream, std::string_view bytes) {
    output.add(stream, bytes);
  };
  const auto stop_too =
      ending().on_request([cancellation]() mutable { cancellation.request("the session has ended"); });
  SOMA_CO_ASSIGN(const sandbox::Outcome outcome,
                 co_await sandbox_->exec(std::move(command), sink, cancellation));
  std::string trouble;
  if (!outcome.exceeded.empty()) trouble = "limit exceeded: " + os::join(outcome.exceeded, ", ");
  if (outcome.cancelled) trouble = cancellation.reason();
  co_return CodeEnd{outcome.exit_code, std::move(trouble), outcome.elapsed};
}

Result<std::string> CodeSession::start_task(std::string command) {
  if (tasks_.size() >= kMaxCodeTasks) {
    const auto over = std::ranges::find_if(tasks_, [](const auto& entry) { return entry.second->over(); });
    if (over == tasks_.end())
      return os::fail(Code::kLimitExceeded, fmt::format("{} tasks run (kMaxCodeTasks)", tasks_.size()));
    tasks_.erase(over);
  }
  auto task = std::make_shared<CodeTask>();
  task->started = task->ended = clock_.now();
  const std::string id = ids_.prefixed("task");
  tasks_.emplace(id, task);
  net::spawn(executor(), run_task(task, std::move(command)), "code_interpreter.task");
  return id;
}

net::Task<> CodeSession::run_task(std::shared_ptr<CodeTask> task, std::string command) {
  const auto self = shared_from_this();
  const Busy busy(*this);
  task->state = CodeTask::State::kWorking;
  std::vector<std::string> arguments{"bash", "-c", std::move(command)};
  const auto end = co_await run_command(std::move(arguments), task->output, task->cancellation);
  task->ended = clock_.now();
  if (!end) {
    task->state = CodeTask::State::kFailed;
    task->failure = end.error().to_string();
    co_return;
  }
  task->exit_code = end->exit_code;
  task->failure = end->trouble;
  task->state = task->cancellation.requested() ? CodeTask::State::kCanceled
                : end->trouble.empty()         ? CodeTask::State::kCompleted
                                               : CodeTask::State::kFailed;
}

std::shared_ptr<CodeTask> CodeSession::find_task(std::string_view id) const {
  const auto found = tasks_.find(std::string(id));
  return found == tasks_.end() ? nullptr : found->second;
}

}  // namespace soma::harness
