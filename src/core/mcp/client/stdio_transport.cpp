#include "core/mcp/client/stdio_transport.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <map>

#include <fmt/format.h>

namespace soma::mcp {
namespace {

using os::Code;
using os::Result;

constexpr size_t kReadBytes = 64u << 10;
constexpr size_t kKeptErrorBytes = 1024;      // of what the program prints on stderr, for errors
constexpr size_t kMaxStrayMessages = 10'000;  // answers to nothing, of one program
constexpr os::Duration kExitGrace = std::chrono::seconds(2);

std::vector<std::string> environment_of(const CommandServer& server) {
  constexpr std::array<std::string_view, 3> kPassed = {"PATH=", "HOME=", "LANG="};
  std::vector<std::string> out = server.environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (std::ranges::any_of(kPassed, [&](std::string_view start) { return variable.starts_with(start); }))
      out.emplace_back(variable);
  }
  return out;
}

struct Waiting {
  explicit Waiting(const net::Executor& executor) : changed(executor) {}
  net::Notifier changed;
  std::optional<Message> answer;
};

// One life of the program. Its tasks hold it until they end; killing the group ends them.
class Program : public std::enable_shared_from_this<Program> {
 public:
  Program(const net::Executor& executor, std::unique_ptr<os::Process> process, Listener listener)
      : executor_(executor),
        process_(std::move(process)),
        listener_(std::move(listener)),
        input_(executor, std::move(process_->stdin_fd())),
        output_(executor, std::move(process_->stdout_fd())),
        errors_(executor, std::move(process_->stderr_fd())),
        exited_(executor) {}

  void start() {
    net::spawn(executor_, read_output(), "mcp.stdout");
    net::spawn(executor_, read_errors(), "mcp.stderr");
    net::spawn(executor_, await_exit(), "mcp.exit");
  }

  bool running() const { return !ended_; }

  net::Task<Result<Reply>> ask(Exchange exchange) {
    const auto self = shared_from_this();
    auto waiting = std::make_shared<Waiting>(executor_);
    waiting_.emplace(exchange.id, waiting);
    const auto stopped = exchange.stop.on_request([waiting] { waiting->changed.notify(); });
    json::Value message = std::move(exchange.message);
    Result<> sent = co_await write(std::move(message));
    while (sent && !waiting->answer && !ended_ && !exchange.stop.requested())
      co_await waiting->changed.wait();
    waiting_.erase(exchange.id);
    if (waiting->answer) co_return Reply{.message = std::move(waiting->answer)};
    if (exchange.stop.requested()) co_return os::fail(Code::kCancelled, exchange.stop.reason());
    co_return std::unexpected(why_ended());
  }

  net::Task<Result<>> write(json::Value message) {
    const auto self = shared_from_this();
    const net::Turn::Holder turn = co_await writing_.take();
    const std::string line = json::write(message) + "\n";
    co_return co_await input_.write_all(line);
  }

  // Its stdin ends; a program that stays all the same is killed.
  net::Task<> close(os::Clock& clock) {
    const auto self = shared_from_this();
    input_.close();
    const os::Time until = clock.now() + kExitGrace;
    while (!exit_) {
      const bool changed = co_await exited_.wait_until(clock, until);
      if (!changed) break;
    }
    kill();
  }

  void kill() {
    process_->kill_group(SIGKILL);
    end({});
  }

 private:
  net::Task<> read_output() {
    const auto self = shared_from_this();
    std::string pending;
    while (!ended_) {
      const Result<std::string> bytes = co_await output_.read_some(kReadBytes);
      if (!bytes || bytes->empty()) break;
      pending += *bytes;
      size_t begin = 0;
      for (size_t newline = pending.find('\n'); newline != std::string::npos && !ended_;
           newline = pending.find('\n', begin)) {
        const std::string line(os::trim(std::string_view(pending).substr(begin, newline - begin)));
        begin = newline + 1;
        if (!line.empty()) co_await take(line);
      }
      pending.erase(0, begin);
      if (pending.size() > kMaxMessageBytes)
        end(os::Error{
            Code::kLimitExceeded,
            fmt::format("it printed a line of over {} bytes (kMaxMessageBytes)", kMaxMessageBytes)});
    }
    end(os::Error{Code::kUnavailable, "the program ended"});
    process_->kill_group(SIGKILL);
  }

  net::Task<> take(std::string line) {
    Result<Message> message = parse_message(line);
    if (!message) {
      end(std::move(message.error()));
      co_return;
    }
    if (message->kind == Message::Kind::kResponse) {
      const auto found =
          message->id.type() == json::Type::kInt ? waiting_.find(message->id.as_int()) : waiting_.end();
      if (found != waiting_.end()) {
        found->second->answer = std::move(*message);
        found->second->changed.notify();
      } else if (++stray_ > kMaxStrayMessages) {
        end(os::Error{
            Code::kLimitExceeded,
            fmt::format("it gave over {} answers to nothing (kMaxStrayMessages)", kMaxStrayMessages)});
      }
      co_return;
    }
    std::optional<json::Value> answer = listener_(*message);
    if (answer) static_cast<void>(co_await write(std::move(*answer)));
  }

  // What is beyond the limit is read and dropped: a talkative program must not block.
  net::Task<> read_errors() {
    const auto self = shared_from_this();
    while (true) {
      const Result<std::string> bytes = co_await errors_.read_some(kReadBytes);
      if (!bytes || bytes->empty()) break;
      error_text_ += *bytes;
      if (error_text_.size() > kKeptErrorBytes) error_text_.erase(0, error_text_.size() - kKeptErrorBytes);
    }
  }

  net::Task<> await_exit() {
    const auto self = shared_from_this();
    const os::ExitStatus status = co_await net::wait_exit(*process_);
    exit_ = status;
    exited_.notify();
  }

  // The first reason counts. Nothing for an end that was asked for.
  void end(std::optional<os::Error> why) {
    if (std::exchange(ended_, true)) return;
    failure_ = std::move(why);
    for (const auto& [id, waiting] : waiting_) waiting->changed.notify();
    input_.close();
    output_.close();
    errors_.close();
  }

  os::Error why_ended() const {
    os::Error error = failure_.value_or(os::Error{Code::kUnavailable, "the program ended"});
    if (exit_) error.message += fmt::format(" with exit code {}", exit_->code);
    const std::string said = os::to_valid_utf8(os::trim(error_text_));
    if (!said.empty()) error.hint = fmt::format("it said: {}", said);
    return error;
  }

  net::Executor executor_;
  std::unique_ptr<os::Process> process_;
  Listener listener_;
  net::FdStream input_, output_, errors_;
  net::Notifier exited_;
  net::Turn writing_;
  std::map<int64_t, std::shared_ptr<Waiting>> waiting_;
  std::string error_text_;
  std::optional<os::ExitStatus> exit_;
  std::optional<os::Error> failure_;
  bool ended_ = false;
  size_t stray_ = 0;
};

class StdioTransport final : public Transport {
 public:
  StdioTransport(const net::Executor& executor, os::Clock& clock, CommandServer server, Listener listener)
      : executor_(executor), clock_(clock), server_(std::move(server)), listener_(std::move(listener)) {}
  ~StdioTransport() override {
    if (program_) program_->kill();
  }

  net::Task<Result<Reply>> ask(Exchange exchange) override {
    SOMA_CO_TRY(start());
    const std::shared_ptr<Program> program = program_;
    co_return co_await program->ask(std::move(exchange));
  }

  net::Task<Result<>> tell(json::Value notification, net::Cancellation) override {
    const std::shared_ptr<Program> program = program_;
    if (!program || !program->running()) co_return os::fail(Code::kUnavailable, "the program does not run");
    co_return co_await program->write(std::move(notification));
  }

  void speak(std::string, std::string) override {}

  net::Task<> close(net::Cancellation) override {
    const std::shared_ptr<Program> program = std::exchange(program_, nullptr);
    if (program) co_await program->close(clock_);
  }

  bool cancels_by_message() const override { return true; }
  bool running() const override { return program_ && program_->running(); }

 private:
  Result<> start() {
    if (running()) return {};
    os::ProcessSpec spec;
    spec.arguments = server_.arguments;
    spec.environment = environment_of(server_);
    spec.working_directory = server_.working_directory;
    spec.pipe_stdin = true;
    SOMA_ASSIGN(std::unique_ptr<os::Process> process, server_.launcher->launch(spec));
    program_ = std::make_shared<Program>(executor_, std::move(process), listener_);
    program_->start();
    return {};
  }

  net::Executor executor_;
  os::Clock& clock_;
  CommandServer server_;
  Listener listener_;
  std::shared_ptr<Program> program_;
};

}  // namespace

std::unique_ptr<Transport> make_stdio_transport(const net::Executor& executor, os::Clock& clock,
                                                CommandServer server, Listener listener) {
  return std::make_unique<StdioTransport>(executor, clock, std::move(server), std::move(listener));
}

}  // namespace soma::mcp
