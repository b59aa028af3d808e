// A box starts in two steps. bubblewrap makes it and holds the command back; soma hears the box's first
// process id, sets the limits that processes inherit (prlimit), and only then lets the command go. So there
// is no moment at which it runs unlimited, and no helper program to start in between.
//
// The kernel limits what it can per process (file size, descriptors) or per user namespace (process number).
// The rest belongs to all processes together, for which a delegated cgroup would be needed; a look every
// kAttention at what they use takes its place.
#include "core/sandbox/box.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "core/sandbox/bubblewrap.h"
#include "core/sandbox/mounts.h"
#include "core/sandbox/user_namespace.h"

namespace soma::sandbox {
namespace {

constexpr size_t kReadBytes = 64u << 10;
constexpr size_t kMaxInfoBytes = 4096;
constexpr os::Duration kFirstLook = std::chrono::milliseconds(20);
constexpr os::Duration kNearLimit = std::chrono::milliseconds(20);  // past a quarter of a limit
constexpr os::Duration kAttention = std::chrono::milliseconds(100);
constexpr os::Duration kIdle = std::chrono::seconds(2);
constexpr os::Duration kDrainGrace =
    std::chrono::seconds(2);  // for streams to close after the process has ended
// The kernel's own stop lies above the named limit: a bomb that is only refused its forks dies down unseen,
// and nobody could say why.
constexpr uint64_t kProcessHeadroom = 1024;
constexpr rlim_t kMaxDescriptors = 4096;
constexpr uint64_t kOthersNoise = 16u << 20;  // of a nearly full disk that fills while a command runs
constexpr int kFileTooLarge = 128 + SIGXFSZ;

// The kernel lets root set another user's limits only with CAP_SYS_RESOURCE, which a container's root may
// lack, but lets everybody set those of processes of the same real user. So this thread is that user
// meanwhile: the bare system calls change one thread, and its effective user stays what it was.
class AsBoxUser {
 public:
  AsBoxUser() : changed_(needs_own_user()) {
    if (changed_) become(kOutsideUser, kOutsideUser);
  }
  ~AsBoxUser() {
    if (changed_) become(0, 0);
  }
  AsBoxUser(const AsBoxUser&) = delete;
  AsBoxUser& operator=(const AsBoxUser&) = delete;

 private:
  static void become(uid_t user, gid_t group) {
    syscall(SYS_setregid, group, -1);
    syscall(SYS_setreuid, user, -1);
  }

  bool changed_;
};

os::Result<> limit_resource(pid_t pid, __rlimit_resource resource, uint64_t most) {
  rlimit old{};
  if (prlimit(pid, resource, nullptr, &old) == 0) {
    const rlim_t value = std::min<rlim_t>(most, old.rlim_max);
    const rlimit wanted{.rlim_cur = value, .rlim_max = value};
    if (prlimit(pid, resource, &wanted, nullptr) == 0) return {};
  }
  if (errno == ESRCH) return {};  // it has ended already, and its exit says why
  return os::fail_errno("set the limits of a command", errno);
}

// Should the host run out of memory all the same, the kernel takes a box before soma.
void prefer_as_victim(pid_t pid) {
  os::Fd file(open(fmt::format("/proc/{}/oom_score_adj", pid).c_str(), O_WRONLY | O_CLOEXEC));
  if (file.valid()) static_cast<void>(::write(file.get(), "1000", 4));
}

pid_t child_pid(std::string_view info) {
  constexpr std::string_view kKey = "\"child-pid\":";
  size_t at = info.find(kKey);
  if (at == std::string_view::npos) return 0;
  info.remove_prefix(at + kKey.size());
  info.remove_prefix(std::min(info.find_first_not_of(' '), info.size()));
  pid_t pid = 0;
  std::from_chars(info.data(), info.data() + info.size(), pid);
  return pid;
}

template <class T>
void take_policy(T& field, const T& policy) {
  if (field == T{}) field = policy;
}

Limits merge(Limits limits, const Limits& policy) {
  take_policy(limits.time, policy.time);
  take_policy(limits.memory_bytes, policy.memory_bytes);
  take_policy(limits.processes, policy.processes);
  take_policy(limits.output_bytes, policy.output_bytes);
  take_policy(limits.disk_bytes, policy.disk_bytes);
  take_policy(limits.reserved_bytes, policy.reserved_bytes);
  return limits;
}

os::Result<> check(const Command& command) {
  if (command.arguments.empty() || command.arguments[0].empty())
    return os::fail(os::Code::kInvalidArgument, "a command needs a program to run");
  for (const std::string& argument : command.arguments)
    if (argument.find('\0') != std::string::npos)
      return os::fail(os::Code::kInvalidArgument, "a command's argument holds a NUL character");
  if (command.working_directory.find('\0') != std::string::npos)
    return os::fail(os::Code::kInvalidArgument, "the working directory holds a NUL character");
  return {};
}

// /workspace and what is below, as the host names it.
std::string host_path(const std::string& workspace, const std::string& inside) {
  constexpr std::string_view kMount = "/workspace";
  if (inside == kMount || inside.starts_with("/workspace/")) return workspace + inside.substr(kMount.size());
  return inside.starts_with('/') ? inside : workspace + "/" + inside;
}

os::Result<os::ProcessSpec> plain_spec(const Host& host, const Command& command) {
  os::ProcessSpec spec;
  spec.arguments = command.arguments;
  spec.environment.push_back(owner_mark(host.policy.owner));
  for (const auto& [name, value] : base_environment(host.workspace))
    spec.environment.push_back(name + "=" + value);
  for (const auto* more : {&host.policy.environment, &command.environment})
    for (const auto& [name, value] : *more) spec.environment.push_back(name + "=" + value);
  spec.working_directory = host_path(host.workspace, command.working_directory);
  return spec;
}

// Compares what is mounted with what was meant, once nobody can exchange it any more: bubblewrap binds paths.
constexpr const char* kCheckMounts = R"sh(while [ "$1" != -- ]; do
  if [ "$(/usr/bin/stat -c %d:%i "$1")" != "$2" ]; then
    echo "soma: another folder than the one that was meant would have been $1" >&2
    exit 126
  fi
  shift 2
done
shift
exec "$@")sh";

// The command, and in front of it the check of those mounts whose path boxes can change.
os::Result<std::vector<std::string>> checked_arguments(const Policy& policy, const Command& command) {
  std::vector<std::string> checked;
  for (const Mount& mount : policy.mounts) {
    if (mount.shared.empty()) continue;
    SOMA_ASSIGN(const os::Fd folder, open_mount(mount));
    struct stat info{};
    if (fstat(folder.get(), &info) != 0) return os::fail_errno(mount.host, errno);
    checked.push_back(mount.inside);
    checked.push_back(fmt::format("{}:{}", info.st_dev, info.st_ino));
  }
  if (checked.empty()) return command.arguments;
  checked.insert(checked.begin(), {"/bin/sh", "-c", kCheckMounts, "sh"});
  checked.emplace_back("--");
  checked.insert(checked.end(), command.arguments.begin(), command.arguments.end());
  return checked;
}

os::Result<BoxSpec> boxed_spec(const Host& host, const Command& command, uint64_t memory_bytes) {
  BoxPlan plan{.workspace = host.workspace,
               .mounts = host.policy.mounts,
               .network = host.policy.network,
               .memory_bytes = memory_bytes,
               .environment = base_environment("/workspace"),
               .working_directory = command.working_directory,
               .hold = true,
               .user_namespace = host.user_namespace.get(),
               .owner = host.policy.owner,
               .own_terminal = command.terminal.has_value()};
  if (!plan.working_directory.starts_with('/'))
    plan.working_directory = "/workspace/" + plan.working_directory;
  for (const auto* more : {&host.policy.environment, &command.environment})
    plan.environment.insert(plan.environment.end(), more->begin(), more->end());
  SOMA_ASSIGN(const std::vector<std::string> arguments, checked_arguments(host.policy, command));
  return make_box_spec(plan, arguments);
}

}  // namespace

std::string format_count(uint64_t count) {
  std::string digits = std::to_string(count);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string format_size(uint64_t bytes) {
  constexpr std::array<std::pair<uint64_t, const char*>, 3> kUnits = {
      {{1ull << 30, "GiB"}, {1ull << 20, "MiB"}, {1ull << 10, "KiB"}}};
  for (auto [size, unit] : kUnits)
    if (bytes >= size && bytes % size == 0) return fmt::format("{} {}", bytes / size, unit);
  return format_count(bytes) + " bytes";
}

Box::Box(std::shared_ptr<const Host> host, Limits limits)
    : host_(std::move(host)),
      limits_(limits),
      changed_(host_->executor),
      resumed_output_(host_->executor),
      resumed_error_(host_->executor),
      watch_(host_->executor),
      closed_(host_->executor),
      interval_(kFirstLook) {
  const DiskGauge& disk = *host_->disk;
  disk_floor_ = std::max(limits_.disk_bytes, disk.measured() ? disk.used() : 0);
  const uint64_t free_now = disk.shared_free_bytes();
  shared_floor_ = std::min(limits_.reserved_bytes, free_now - std::min(free_now, kOthersNoise));
}

Box::~Box() {
  kill();
}

net::Task<os::Result<std::shared_ptr<Box>>> Box::start(std::shared_ptr<Host> host, Command command,
                                                       bool keep_stdin_open) {
  SOMA_CO_TRY(check(command));
  if (host->policy.kind != Kind::kNone && needs_own_user() && !host->user_namespace.valid()) {
    SOMA_CO_ASSIGN(host->user_namespace, make_user_namespace());
  }
  if (!host->disk->measured()) co_await DiskGauge::measure(host->disk, host->clock.now());
  std::shared_ptr<Box> box(new Box(host, merge(command.limits, host->policy.limits)));
  SOMA_CO_TRY(box->launch(command, keep_stdin_open));
  SOMA_CO_TRY(co_await box->release());
  co_return box;
}

os::Result<> Box::launch(const Command& command, bool keep_stdin_open) {
  os::ProcessSpec spec;
  std::vector<os::Fd> keep;
  os::Fd info;
  if (host_->policy.kind == Kind::kNone) {
    SOMA_ASSIGN(spec, plain_spec(*host_, command));
  } else {
    SOMA_ASSIGN(BoxSpec boxed, boxed_spec(*host_, command, limits_.memory_bytes));
    spec = std::move(boxed.process);
    keep = std::move(boxed.keep);
    SOMA_ASSIGN(auto info_pipe, os::make_pipe());
    SOMA_ASSIGN(auto hold_pipe, os::make_pipe());
    spec.inherit.emplace_back(info_pipe.second.get(), kInfoFd);
    spec.inherit.emplace_back(hold_pipe.first.get(), kHoldFd);
    info = std::move(info_pipe.first);
    hold_ = std::move(hold_pipe.second);
    keep.push_back(std::move(info_pipe.second));
    keep.push_back(std::move(hold_pipe.first));
  }
  os::PseudoTerminal terminal;
  if (command.terminal) {
    SOMA_ASSIGN(terminal, os::open_pseudo_terminal(*command.terminal));
    spec.terminal = terminal.path;
  }
  spec.pipe_stdin = keep_stdin_open || !command.input.empty();
  SOMA_ASSIGN(process_, host_->launcher.launch(spec));
  if (command.terminal) {
    controller_ = terminal.controller.get();
    output_.emplace(host_->executor, std::move(terminal.controller));
    open_streams_ = 1;
  } else {
    if (spec.pipe_stdin) input_.emplace(host_->executor, std::move(process_->stdin_fd()));
    output_.emplace(host_->executor, std::move(process_->stdout_fd()));
    error_.emplace(host_->executor, std::move(process_->stderr_fd()));
  }
  if (info.valid()) info_.emplace(host_->executor, std::move(info));
  pending_input_ = command.input;
  return {};
}

os::Result<> Box::set_limits(pid_t pid) const {
  prefer_as_victim(pid);
  const bool boxed = host_->policy.kind != Kind::kNone;
  std::optional<AsBoxUser> user;
  if (boxed) user.emplace();
  SOMA_TRY(limit_resource(pid, RLIMIT_CORE, 0));
  SOMA_TRY(limit_resource(pid, RLIMIT_NOFILE, kMaxDescriptors));
  SOMA_TRY(limit_resource(pid, RLIMIT_FSIZE, std::max(limits_.disk_bytes, limits_.memory_bytes)));
  // Without a namespace of its own the number would count all of the user's processes.
  if (boxed) SOMA_TRY(limit_resource(pid, RLIMIT_NPROC, limits_.processes + kProcessHeadroom));
  return {};
}

net::Task<os::Result<>> Box::release() {
  if (host_->policy.kind == Kind::kNone) {
    processes_.session = process_->pid();
    co_return set_limits(process_->pid());
  }
  std::string info;
  while (info.find('}') == std::string::npos && info.size() < kMaxInfoBytes) {
    SOMA_CO_ASSIGN(std::string piece, co_await info_->read_some(kMaxInfoBytes));
    if (piece.empty()) break;
    info += piece;
  }
  info_.reset();
  processes_.box_init = child_pid(info);
  if (processes_.box_init == 0) {
    net::FdStream& messages = error_ ? *error_ : *output_;
    SOMA_CO_ASSIGN(std::string said, co_await messages.read_some(kMaxInfoBytes));
    co_return os::fail(os::Code::kFailedPrecondition,
                       fmt::format("the sandbox did not start: {}", os::trim(said)));
  }
  init_ = os::Fd(static_cast<int>(syscall(SYS_pidfd_open, processes_.box_init, 0)));
  SOMA_CO_TRY(set_limits(processes_.box_init));
  static_cast<void>(::write(hold_.get(), "g", 1));
  hold_.reset();
  co_return os::Result<>();
}

void Box::run(Reader reader) {
  reader_ = std::move(reader);
  std::shared_ptr<Box> self = shared_from_this();
  net::spawn(host_->executor, read_stream(Stream::kStdout), "sandbox.stdout");
  if (error_) net::spawn(host_->executor, read_stream(Stream::kStderr), "sandbox.stderr");
  net::spawn(host_->executor, await_exit(), "sandbox.exit");
  net::spawn(host_->executor, watch(), "sandbox.watch");
  if (!pending_input_.empty())
    net::spawn(host_->executor, write_input(std::move(pending_input_)), "sandbox.stdin");
}

void Box::resume() {
  resumed_output_.notify();
  resumed_error_.notify();
}

net::Task<> Box::read_stream(Stream stream) {
  std::shared_ptr<Box> self = shared_from_this();
  net::FdStream& source = stream == Stream::kStdout ? *output_ : *error_;
  net::Notifier& resumed = stream == Stream::kStdout ? resumed_output_ : resumed_error_;
  for (;;) {
    os::Result<std::string> bytes = co_await source.read_some(kReadBytes);
    if (!bytes || bytes->empty()) break;
    if (reader_.on_output) reader_.on_output(stream, *bytes);
    changed_.notify();
    while (reader_.full && reader_.full()) co_await resumed.wait();
  }
  controller_ = -1;
  source.close();
  --open_streams_;
  closed_.notify();
  changed_.notify();
}

net::Task<os::Result<>> Box::write(std::string_view bytes) {
  std::shared_ptr<Box> self = shared_from_this();
  if (controller_ >= 0) co_return co_await output_->write_all(bytes);
  if (!input_) co_return os::fail(os::Code::kFailedPrecondition, "the process was started without an input");
  co_return co_await input_->write_all(bytes);
}

os::Result<> Box::resize(os::TerminalSize size) {
  if (controller_ < 0)
    return os::fail(os::Code::kFailedPrecondition, "the process was started without a terminal");
  return os::resize_terminal(controller_, size);
}

// A command that does not read its input is no error of ours.
net::Task<> Box::write_input(std::string input) {
  std::shared_ptr<Box> self = shared_from_this();
  static_cast<void>(co_await input_->write_all(input));
  input_->close();
}

net::Task<> Box::await_exit() {
  std::shared_ptr<Box> self = shared_from_this();
  os::ExitStatus status = co_await net::wait_exit(*process_);
  kill();  // without a box, its children would live on
  if (status.code == kFileTooLarge) name_limit(fmt::format("disk ({})", format_size(limits_.disk_bytes)));
  exit_ = status;
  watch_.notify();
  changed_.notify();
  os::Time until = host_->clock.now() + kDrainGrace;
  while (open_streams_ > 0 && co_await closed_.wait_until(host_->clock, until)) {
  }
  controller_ = -1;
  for (auto* stream : {&input_, &output_, &error_})
    if (*stream) (*stream)->close();
}

void Box::name_limit(std::string limit) {
  if (std::ranges::find(exceeded_, limit) == exceeded_.end()) exceeded_.push_back(std::move(limit));
}

void Box::kill(std::string limit) {
  if (!limit.empty() && !exit_) name_limit(std::move(limit));
  if (!process_ || std::exchange(killed_, true)) return;
  process_->kill_group(SIGKILL);
  // The first process takes the whole process namespace with it.
  if (init_.valid()) syscall(SYS_pidfd_send_signal, init_.get(), SIGKILL, nullptr, 0);
  if (processes_.session != 0) kill_session(processes_.session);
}

void Box::abandon() {
  reader_ = {};
  kill();
  resume();
}

void Box::set_attentive(bool attentive) {
  attentive_ = attentive;
  interval_ = attentive ? kFirstLook : kAttention;
  watch_.notify();
}

os::Duration Box::next_interval() {
  bool near = usage_.memory_bytes > limits_.memory_bytes / 4 || usage_.processes > limits_.processes / 4;
  interval_ = near ? kNearLimit : std::min(interval_ * 2, attentive_ ? kAttention : kIdle);
  return interval_;
}

net::Task<> Box::watch() {
  std::shared_ptr<Box> self = shared_from_this();
  os::Time next = host_->clock.now() + kFirstLook;
  while (!exit_) {
    if (co_await watch_.wait_until(host_->clock, next)) {
      // Sooner, and never later: what goes on all the time must not put the look off.
      next = std::min(next, host_->clock.now() + interval_);
      continue;
    }
    look();
    next = host_->clock.now() + next_interval();
  }
}

void Box::look() {
  usage_ = measure_usage(processes_, limits_.processes, limits_.memory_bytes);
  if (usage_.processes > limits_.processes)
    return kill(fmt::format("processes ({})", format_count(limits_.processes)));
  if (usage_.memory_bytes > limits_.memory_bytes)
    return kill(fmt::format("memory ({})", format_size(limits_.memory_bytes)));
  if (others_disk_is_full()) return kill(reserve_in_words());
  if (looking_at_disk_ || !host_->disk->due(host_->clock.now())) return;
  looking_at_disk_ = true;
  net::spawn(host_->executor, look_at_disk(), "sandbox.disk");
}

net::Task<> Box::look_at_disk() {
  std::shared_ptr<Box> self = shared_from_this();
  co_await DiskGauge::measure(host_->disk, host_->clock.now());
  looking_at_disk_ = false;
  if (disk_is_full()) kill(fmt::format("disk ({})", format_size(limits_.disk_bytes)));
}

net::Task<> Box::settle() {
  std::shared_ptr<Box> self = shared_from_this();
  if (host_->disk->suspicious()) co_await DiskGauge::measure(host_->disk, host_->clock.now());
  if (disk_is_full()) name_limit(fmt::format("disk ({})", format_size(limits_.disk_bytes)));
  if (others_disk_is_full()) name_limit(reserve_in_words());
}

// What was too full before may be cleaned up: only growing counts.
bool Box::disk_is_full() const {
  return host_->disk->used() > disk_floor_;
}

bool Box::others_disk_is_full() const {
  return host_->disk->shared_free_bytes() < shared_floor_;
}

std::string Box::reserve_in_words() const {
  return fmt::format("disk ({} must stay free)", format_size(limits_.reserved_bytes));
}

}  // namespace soma::sandbox
