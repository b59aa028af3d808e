#include "core/tool/interpreter.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "core/tool/code_interpreter_driver.h"

namespace soma::tool {
namespace {

constexpr Language kLanguages[] = {
    {"python", "python3", "-c", kPythonDriver},
    {"javascript", "node", "-e", kJavaScriptDriver},
    {"bash", "bash", "-c", kBashDriver},
};
constexpr std::array<const char*, 3> kProgramDirectories = {"/usr/local/bin", "/usr/bin",
                                                            "/bin"};  // the same in the box
constexpr size_t kTokenLength = 32;
constexpr size_t kMaxStatusBytes = 64;

bool is_installed(std::string_view program) {
  for (const char* directory : kProgramDirectories)
    if (std::filesystem::exists(fmt::format("{}/{}", directory, program))) return true;
  return false;
}

// Ends the process when the time is up or the caller gives up, while the call waits for its output.
struct Guard {
  Guard(const net::Executor& executor, std::shared_ptr<sandbox::BoxedProcess> guarded)
      : wake(executor), process(std::move(guarded)) {}
  net::Notifier wake;
  std::shared_ptr<sandbox::BoxedProcess> process;
  bool over = false;
  bool timed_out = false;
  bool cancelled = false;
};

net::Task<> watch(std::shared_ptr<Guard> guard, os::Clock& clock, os::Time deadline,
                  net::Cancellation cancellation) {
  while (!guard->over && !guard->timed_out && !guard->cancelled) {
    guard->timed_out = !co_await guard->wake.wait_until(clock, deadline) && !guard->over;
    guard->cancelled = !guard->timed_out && !guard->over && cancellation.requested();
  }
  if (guard->timed_out || guard->cancelled) guard->process->kill();
}

// The call is over, however its frame ends.
class GuardEnd {
 public:
  explicit GuardEnd(std::shared_ptr<Guard> guard) : guard_(std::move(guard)) {}
  ~GuardEnd() {
    guard_->over = true;
    guard_->wake.notify();
  }
  GuardEnd(const GuardEnd&) = delete;
  GuardEnd& operator=(const GuardEnd&) = delete;

 private:
  std::shared_ptr<Guard> guard_;
};

}  // namespace

const Language* find_language(std::string_view name) {
  for (const Language& language : kLanguages)
    if (language.name == name) return &language;
  return nullptr;
}

net::Task<os::Result<>> Interpreter::start() {
  if (!is_installed(language_.program))
    co_return os::fail(os::Code::kFailedPrecondition,
                       fmt::format("{} is not installed where the sandbox can see it", language_.program),
                       fmt::format("install it below {}", fmt::join(kProgramDirectories, " or ")));
  sandbox::Command command;
  command.arguments = {std::string(language_.program), std::string(language_.flag),
                       std::string(language_.driver)};
  SOMA_CO_ASSIGN(std::unique_ptr<sandbox::BoxedProcess> process, co_await sandbox_.start(std::move(command)));
  process_ = std::move(process);
  co_return os::Result<>();
}

net::Task<os::Result<CellEnd>> Interpreter::run(std::string code, os::Time deadline,
                                                net::Cancellation cancellation, sandbox::OutputSink output) {
  std::shared_ptr<sandbox::BoxedProcess> process = process_;
  auto guard = std::make_shared<Guard>(executor_, process);
  GuardEnd guard_end(guard);
  net::spawn(executor_, watch(guard, clock_, deadline, cancellation), "interpreter.guard");
  net::Cancellation::Registration registration = cancellation.on_request([guard] { guard->wake.notify(); });

  std::string token = ids_.token(kTokenLength);
  MarkerScanner out(std::string(1, '\0') + token + " ");
  MarkerScanner err(std::string(1, '\0') + token);
  std::string request = token + '\0' + code + '\0';
  static_cast<void>(co_await process->write(request));  // a process that has ended says so when read
  while (!out.done() || !err.done()) {
    auto piece = co_await process->read();
    if (!piece) {
      output(sandbox::Stream::kStdout, out.rest());
      output(sandbox::Stream::kStderr, err.rest());
      process_.reset();
      if (guard->timed_out) co_return CellEnd{CellEnd::How::kTimedOut};
      if (guard->cancelled) co_return CellEnd{CellEnd::How::kCancelled};
      co_return CellEnd{CellEnd::How::kDied, piece.error().message};
    }
    MarkerScanner& scanner = piece->first == sandbox::Stream::kStdout ? out : err;
    output(piece->first, scanner.add(piece->second));
  }
  co_return CellEnd{CellEnd::How::kDone, out.status()};
}

std::string MarkerScanner::add(std::string_view bytes) {
  if (status_) return std::string(bytes);  // something in the background goes on printing
  held_ += bytes;
  std::string output;
  if (!found_) {
    size_t at = held_.find(marker_);
    found_ = at != std::string::npos;
    if (found_) {
      output = held_.substr(0, at);
      held_.erase(0, at + marker_.size());
    } else {
      size_t kept = std::min(held_.size(), marker_.size() - 1);
      while (kept > 0 && !marker_.starts_with(std::string_view(held_).substr(held_.size() - kept))) --kept;
      output = held_.substr(0, held_.size() - kept);
      held_.erase(0, held_.size() - kept);
    }
  }
  if (!found_) return output;
  size_t end = held_.find('\n');
  if (end == std::string::npos && held_.size() < kMaxStatusBytes) return output;
  status_ = held_.substr(0, end);
  if (end != std::string::npos) output += held_.substr(end + 1);
  held_.clear();
  return output;
}

}  // namespace soma::tool
