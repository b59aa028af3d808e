// Four tasks share a Program: one feeds stdin, two read, one waits for the exit. Each holds it until its own
// end, so whoever asked may go away as soon as it knows enough; killing the group and closing the streams is
// what ends the four.
#include "base/net/program.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace soma::net {
namespace {

using os::Code;
using os::Result;

// How long a program that has ended may leave its output open: by a child that left the process group.
constexpr os::Duration kDrainGrace = std::chrono::seconds(1);
constexpr size_t kReadBytes = 16u << 10;

std::vector<std::string> inherited_environment(std::vector<std::string> more) {
  constexpr std::array<std::string_view, 4> kPassed = {"PATH=", "HOME=", "LANG=", "SOMA_"};
  std::vector<std::string> out = std::move(more);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (std::ranges::any_of(kPassed, [&](std::string_view start) { return variable.starts_with(start); }))
      out.emplace_back(variable);
  }
  return out;
}

class Program : public std::enable_shared_from_this<Program> {
 public:
  Program(const Executor& executor, os::Clock& clock, std::unique_ptr<os::Process> process, ProgramCall call)
      : executor_(executor),
        clock_(clock),
        process_(std::move(process)),
        call_(std::move(call)),
        input_(executor, std::move(process_->stdin_fd())),
        output_(executor, std::move(process_->stdout_fd())),
        error_(executor, std::move(process_->stderr_fd())),
        changed_(executor) {}

  void start() {
    spawn(executor_, feed(), "program.stdin");
    spawn(executor_, read_output(), "program.stdout");
    spawn(executor_, read_errors(), "program.stderr");
    spawn(executor_, await_exit(), "program.exit");
  }

  Task<Result<ProgramEnd>> end(Cancellation stop) {
    const std::shared_ptr<Program> self = shared_from_this();
    const auto stopped = stop.on_request([self] { self->changed_.notify(); });
    while (!exit_ && !too_much_ && !stop.requested()) co_await changed_.wait();
    process_->kill_group(SIGKILL);
    const os::Time until = clock_.now() + kDrainGrace;
    while (exit_ && open_streams_ > 0 && !too_much_ && !stop.requested()) {
      const bool changed = co_await changed_.wait_until(clock_, until);
      if (!changed) break;
    }
    input_.close();
    output_.close();
    error_.close();
    if (too_much_)
      co_return os::fail(Code::kLimitExceeded, fmt::format("its answer is larger than {} ({})",
                                                           call_.limit_name, call_.max_output_bytes));
    if (!exit_) co_return os::fail(Code::kCancelled, stop.reason());
    co_return ProgramEnd{*exit_, std::move(output_text_), std::move(error_text_)};
  }

 private:
  // A program that does not read its input is no error.
  Task<> feed() {
    const std::shared_ptr<Program> self = shared_from_this();
    static_cast<void>(co_await input_.write_all(call_.input));
    input_.close();
  }

  Task<> read_output() {
    const std::shared_ptr<Program> self = shared_from_this();
    for (;;) {
      const Result<std::string> bytes = co_await output_.read_some(kReadBytes);
      if (!bytes || bytes->empty()) break;
      output_text_ += *bytes;
      too_much_ = output_text_.size() > call_.max_output_bytes;
      if (too_much_) break;
    }
    stream_ended();
  }

  // What is beyond the limit is read and dropped: a talkative program must not block.
  Task<> read_errors() {
    const std::shared_ptr<Program> self = shared_from_this();
    for (;;) {
      const Result<std::string> bytes = co_await error_.read_some(kReadBytes);
      if (!bytes || bytes->empty()) break;
      error_text_.append(*bytes, 0, call_.max_output_bytes - error_text_.size());
    }
    stream_ended();
  }

  Task<> await_exit() {
    const std::shared_ptr<Program> self = shared_from_this();
    const os::ExitStatus status = co_await wait_exit(*process_);
    exit_ = status;
    changed_.notify();
  }

  void stream_ended() {
    --open_streams_;
    changed_.notify();
  }

  Executor executor_;
  os::Clock& clock_;
  std::unique_ptr<os::Process> process_;
  ProgramCall call_;
  std::string output_text_, error_text_;
  FdStream input_, output_, error_;
  Notifier changed_;
  int open_streams_ = 2;
  bool too_much_ = false;
  std::optional<os::ExitStatus> exit_;
};

}  // namespace

Task<Result<ProgramEnd>> run_program(Executor executor, os::Clock& clock, os::ProcessLauncher& launcher,
                                     ProgramCall call, Cancellation stop) {
  if (stop.requested()) co_return os::fail(Code::kCancelled, stop.reason());
  os::ProcessSpec spec;
  spec.arguments = std::move(call.arguments);
  spec.environment =
      call.inherits ? inherited_environment(std::move(call.environment)) : std::move(call.environment);
  spec.pipe_stdin = true;
  SOMA_CO_ASSIGN(std::unique_ptr<os::Process> process, launcher.launch(spec));
  const auto program = std::make_shared<Program>(executor, clock, std::move(process), std::move(call));
  program->start();
  co_return co_await program->end(std::move(stop));
}

}  // namespace soma::net
