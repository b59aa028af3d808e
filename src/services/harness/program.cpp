// Four tasks share a Running: one feeds stdin, two read, one waits for the exit. Each holds it until its own
// end, so whoever asked may go away as soon as it knows enough; killing the group and closing the streams is
// what ends the four.
#include "services/harness/program.h"

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <optional>

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

// How long a program that has ended may leave its output open: by a child that left the process group.
constexpr os::Duration kDrainGrace = std::chrono::seconds(1);
constexpr size_t kReadBytes = 16u << 10;

class Running : public std::enable_shared_from_this<Running> {
 public:
  Running(const net::Executor& executor, os::Clock& clock, std::unique_ptr<os::Process> process,
          std::string input, size_t max_output_bytes)
      : executor_(executor),
        clock_(clock),
        process_(std::move(process)),
        max_output_bytes_(max_output_bytes),
        input_text_(std::move(input)),
        input_(executor, std::move(process_->stdin_fd())),
        output_(executor, std::move(process_->stdout_fd())),
        error_(executor, std::move(process_->stderr_fd())),
        changed_(executor) {}

  void start() {
    net::spawn(executor_, feed(), "program.stdin");
    net::spawn(executor_, read_output(), "program.stdout");
    net::spawn(executor_, read_errors(), "program.stderr");
    net::spawn(executor_, await_exit(), "program.exit");
  }

  net::Task<Result<ProgramEnd>> end(net::Cancellation stop) {
    const std::shared_ptr<Running> self = shared_from_this();
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
      co_return os::fail(Code::kLimitExceeded,
                         fmt::format("its output is larger than {} bytes", max_output_bytes_));
    if (!exit_) co_return os::fail(Code::kCancelled, stop.reason());
    co_return ProgramEnd{*exit_, std::move(output_text_), std::move(error_text_)};
  }

 private:
  // A program that does not read its input is no error.
  net::Task<> feed() {
    const std::shared_ptr<Running> self = shared_from_this();
    static_cast<void>(co_await input_.write_all(input_text_));
    input_.close();
  }

  net::Task<> read_output() {
    const std::shared_ptr<Running> self = shared_from_this();
    for (;;) {
      const Result<std::string> bytes = co_await output_.read_some(kReadBytes);
      if (!bytes || bytes->empty()) break;
      output_text_ += *bytes;
      too_much_ = output_text_.size() > max_output_bytes_;
      if (too_much_) break;
    }
    stream_ended();
  }

  // What is beyond the limit is read and dropped: a talkative program must not block.
  net::Task<> read_errors() {
    const std::shared_ptr<Running> self = shared_from_this();
    for (;;) {
      const Result<std::string> bytes = co_await error_.read_some(kReadBytes);
      if (!bytes || bytes->empty()) break;
      error_text_.append(*bytes, 0, max_output_bytes_ - error_text_.size());
    }
    stream_ended();
  }

  net::Task<> await_exit() {
    const std::shared_ptr<Running> self = shared_from_this();
    const os::ExitStatus status = co_await net::wait_exit(*process_);
    exit_ = status;
    changed_.notify();
  }

  void stream_ended() {
    --open_streams_;
    changed_.notify();
  }

  net::Executor executor_;
  os::Clock& clock_;
  std::unique_ptr<os::Process> process_;
  const size_t max_output_bytes_;
  std::string input_text_, output_text_, error_text_;
  net::FdStream input_, output_, error_;
  net::Notifier changed_;
  int open_streams_ = 2;
  bool too_much_ = false;
  std::optional<os::ExitStatus> exit_;
};

}  // namespace

net::Task<Result<ProgramEnd>> run_program(net::Executor executor, os::Clock& clock,
                                          os::ProcessLauncher& launcher, ProgramRun program,
                                          net::Cancellation stop) {
  if (stop.requested()) co_return os::fail(Code::kCancelled, stop.reason());
  os::ProcessSpec spec;
  spec.arguments = std::move(program.arguments);
  spec.environment = std::move(program.environment);
  spec.pipe_stdin = true;
  SOMA_CO_ASSIGN(std::unique_ptr<os::Process> process, launcher.launch(spec));
  const auto running = std::make_shared<Running>(executor, clock, std::move(process),
                                                 std::move(program.input), program.max_output_bytes);
  running->start();
  co_return co_await running->end(std::move(stop));
}

}  // namespace soma::harness
