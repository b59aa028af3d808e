#include "core/sandbox/sandbox.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <filesystem>
#include <system_error>

#include "core/sandbox/box.h"
#include "core/sandbox/bubblewrap.h"
#include "core/sandbox/mounts.h"
#include "core/sandbox/user_namespace.h"

namespace soma::sandbox {
namespace {

constexpr size_t kMaxQueuedBytes = 256u << 10;  // of a living process's output that nobody has read yet

std::string format_seconds(os::Duration time) {
  return fmt::format("{} s", std::chrono::duration<double>(time).count());
}

// Passes on what fits and counts the rest, so that a command that floods goes on to its end.
struct OutputMeter {
  OutputSink sink;
  uint64_t limit = 0;
  uint64_t passed = 0;
  uint64_t dropped = 0;

  void take(Stream stream, std::string_view bytes) {
    std::string_view kept =
        bytes.substr(0, static_cast<size_t>(std::min<uint64_t>(bytes.size(), limit - passed)));
    passed += kept.size();
    dropped += bytes.size() - kept.size();
    if (!kept.empty() && sink) sink(stream, kept);
  }
};

// A frame that ends early (its loop is going down) takes the box with it.
class AbandonAtEnd {
 public:
  explicit AbandonAtEnd(std::shared_ptr<Box> box) : box_(std::move(box)) {}
  ~AbandonAtEnd() { box_->abandon(); }
  AbandonAtEnd(const AbandonAtEnd&) = delete;
  AbandonAtEnd& operator=(const AbandonAtEnd&) = delete;

 private:
  std::shared_ptr<Box> box_;
};

class Process final : public BoxedProcess {
 public:
  Process(std::shared_ptr<Box> box, bool has_terminal)
      : box_(std::move(box)), has_terminal_(has_terminal), queue_(std::make_shared<Queue>()) {
    auto take = [queue = queue_, box = box_.get(), has_terminal](Stream stream, std::string_view bytes) {
      queue->pieces.emplace_back(stream, std::string(bytes));
      queue->bytes += bytes.size();
      if (has_terminal) box->set_attentive(false);
    };
    auto full = [queue = queue_] { return queue->bytes >= kMaxQueuedBytes; };
    box_->run({.on_output = std::move(take), .full = std::move(full)});
    box_->set_attentive(false);
  }
  ~Process() override { box_->abandon(); }

  net::Task<os::Result<>> write(std::string_view bytes) override {
    std::shared_ptr<Box> box = box_;
    if (has_terminal_) box->set_attentive(false);
    co_return co_await box->write(bytes);
  }

  net::Task<os::Result<std::pair<Stream, std::string>>> read() override {
    std::shared_ptr<Box> box = box_;
    std::shared_ptr<Queue> queue = queue_;
    // Somebody always reads a terminal: there typing and printing say that something goes on.
    if (!has_terminal_) box->set_attentive(true);
    while (queue->pieces.empty() && !box->ended()) co_await box->changed().wait();
    box->set_attentive(false);
    if (queue->pieces.empty()) co_return os::fail(os::Code::kUnavailable, describe_end(*box));
    std::pair<Stream, std::string> piece = std::move(queue->pieces.front());
    queue->pieces.pop_front();
    queue->bytes -= piece.second.size();
    box->resume();
    co_return piece;
  }

  void kill() override { box_->kill(); }
  bool running() const override { return !box_->exited(); }
  os::Result<> resize(os::TerminalSize size) override { return box_->resize(size); }
  int exit_code() const override { return box_->exit_code(); }
  const std::vector<std::string>& exceeded() const override { return box_->exceeded(); }

 private:
  struct Queue {
    std::deque<std::pair<Stream, std::string>> pieces;
    size_t bytes = 0;
  };

  static std::string describe_end(const Box& box) {
    std::string text = fmt::format("the process has ended with exit code {}", box.exit_code());
    if (!box.exceeded().empty()) text += "; limit exceeded: " + os::join(box.exceeded(), ", ");
    return text;
  }

  std::shared_ptr<Box> box_;
  bool has_terminal_;
  std::shared_ptr<Queue> queue_;
};

class BoxSandbox final : public Sandbox {
 public:
  explicit BoxSandbox(std::shared_ptr<Host> host) : host_(std::move(host)) {}

  net::Task<os::Result<Outcome>> exec(Command command, OutputSink sink,
                                      net::Cancellation cancellation) override;

  net::Task<os::Result<std::unique_ptr<BoxedProcess>>> start(Command command) override {
    std::shared_ptr<Host> host = host_;
    const bool has_terminal = command.terminal.has_value();
    SOMA_CO_ASSIGN(std::shared_ptr<Box> box, co_await Box::start(host, std::move(command), true));
    co_return std::make_unique<Process>(std::move(box), has_terminal);
  }

  const std::string& workspace() const override { return host_->workspace; }
  const Policy& policy() const override { return host_->policy; }
  uint64_t disk_room() const override {
    const DiskGauge& disk = *host_->disk;
    return disk.limit() > disk.used() ? disk.limit() - disk.used() : 0;
  }

 private:
  std::shared_ptr<Host> host_;
};

net::Task<os::Result<Outcome>> BoxSandbox::exec(Command command, OutputSink sink,
                                                net::Cancellation cancellation) {
  std::shared_ptr<Host> host = host_;
  const Limits& policy = host->policy.limits;
  const os::Duration time = command.limits.time == os::Duration{} ? policy.time : command.limits.time;
  auto meter = std::make_shared<OutputMeter>();
  meter->sink = std::move(sink);
  meter->limit = command.limits.output_bytes == 0 ? policy.output_bytes : command.limits.output_bytes;
  const os::Time started = host->clock.now();
  Outcome outcome;
  if (cancellation.requested()) {
    outcome.cancelled = true;
    outcome.exit_code = 128 + SIGKILL;
    co_return outcome;
  }

  SOMA_CO_ASSIGN(std::shared_ptr<Box> box, co_await Box::start(host, std::move(command), false));
  AbandonAtEnd guard(box);
  box->run({.on_output = [meter](Stream stream, std::string_view bytes) { meter->take(stream, bytes); },
            .full = {}});
  net::Cancellation::Registration registration = cancellation.on_request([box] { box->changed().notify(); });
  const os::Time deadline = started + time;
  while (!box->ended()) {
    if (!outcome.timed_out && !outcome.cancelled && !box->exited()) {
      outcome.cancelled = cancellation.requested();
      outcome.timed_out = !outcome.cancelled && host->clock.now() >= deadline;
      if (outcome.timed_out || outcome.cancelled)
        box->kill(outcome.timed_out ? fmt::format("time ({})", format_seconds(time)) : "");
    }
    const os::Time wake =
        outcome.timed_out || outcome.cancelled || box->exited() ? os::Time::max() : deadline;
    if (wake == os::Time::max()) {
      co_await box->changed().wait();
    } else {
      co_await box->changed().wait_until(host->clock, wake);
    }
  }
  co_await box->settle();
  outcome.exit_code = box->exit_code();
  outcome.exceeded = box->exceeded();
  if (meter->dropped > 0)
    outcome.exceeded.push_back(fmt::format("output ({}; {} bytes dropped)", format_size(meter->limit),
                                           format_count(meter->dropped)));
  outcome.elapsed = host->clock.now() - started;
  co_return outcome;
}

// A session's folders must belong to the user that the box runs as. Done once: afterwards the folder's owner
// says so.
os::Result<> hand_over(const std::string& folder) {
  namespace fs = std::filesystem;
  struct stat info{};
  if (stat(folder.c_str(), &info) != 0) return os::fail_errno(fmt::format("look at {}", folder), errno);
  if (info.st_uid == kOutsideUser) return {};
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(folder, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (lchown(entry->path().c_str(), kOutsideUser, kOutsideUser) != 0)
      return os::fail_errno(entry->path().string(), errno);
  if (error) return os::fail_errno(fmt::format("walk {}", folder), error.value());
  if (lchown(folder.c_str(), kOutsideUser, kOutsideUser) != 0) return os::fail_errno(folder, errno);
  return {};
}

WritableFolders writable_folders(const std::string& workspace, const std::vector<Mount>& mounts) {
  WritableFolders folders{.counted = {workspace}, .shared = {}};
  for (const Mount& mount : mounts)
    if (mount.writable)
      (mount.belongs == Mount::Belongs::kSession ? folders.counted : folders.shared).push_back(mount.host);
  return folders;
}

os::Result<> check_mounts(const std::vector<Mount>& mounts) {
  for (const Mount& mount : mounts) SOMA_TRY(open_mount(mount));
  return {};
}

}  // namespace

os::Result<std::unique_ptr<Sandbox>> make_sandbox(Policy policy, std::string workspace,
                                                  const net::Executor& executor,
                                                  os::ProcessLauncher& launcher, os::Clock& clock) {
  struct stat info{};
  if (stat(workspace.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return os::fail(os::Code::kFailedPrecondition,
                    fmt::format("the workspace {} is no directory", workspace));
  SOMA_TRY(check_mounts(policy.mounts));
  if (policy.kind == Kind::kBubblewrap) {
    Availability availability = probe(launcher);
    if (!availability.available) return os::fail(os::Code::kFailedPrecondition, availability.reason);
    if (needs_own_user()) {
      SOMA_TRY(hand_over(workspace));
      for (const Mount& mount : policy.mounts)
        if (mount.writable && mount.belongs != Mount::Belongs::kHost)
          SOMA_TRY(hand_over(mount.shared.empty() ? mount.host : mount.shared));
    }
  }
  auto disk =
      std::make_shared<DiskGauge>(writable_folders(workspace, policy.mounts), policy.limits.disk_bytes);
  auto host = std::make_shared<Host>(Host{.policy = std::move(policy),
                                          .workspace = std::move(workspace),
                                          .executor = executor,
                                          .launcher = launcher,
                                          .clock = clock,
                                          .disk = std::move(disk)});
  return std::make_unique<BoxSandbox>(std::move(host));
}

}  // namespace soma::sandbox
