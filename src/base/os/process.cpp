// Child processes by posix_spawn (glibc makes them with CLONE_VFORK: no copy of a large server's page tables)
// and a pidfd to wait on in an event loop.
//
// An ended child is looked at with WNOWAIT and reaped only in ~Process. Until then its number cannot be given
// to a stranger, so kill_group() is safe at any time, and still reaches grandchildren that outlived the
// child.
#include "base/os/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/os/text.h"

namespace soma::os {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

ExitStatus to_exit_status(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {.code = info.si_status, .signal = 0};
  return {.code = 128 + info.si_status, .signal = info.si_status};
}

class PosixProcess final : public Process {
 public:
  PosixProcess(pid_t pid, bool leads_group) : pid_(pid), leads_group_(leads_group) {
    // The child is ours and not reaped: its number cannot have changed hands.
    pidfd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));  // close-on-exec by itself
  }

  ~PosixProcess() override {
    kill_group(SIGKILL);
    if (leads_group_) kill(pid_, SIGKILL);  // a child that left the group
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) < 0 && errno == EINTR) {
    }
  }

  PosixProcess(const PosixProcess&) = delete;
  PosixProcess& operator=(const PosixProcess&) = delete;

  pid_t pid() const override { return pid_; }
  int pidfd() const override { return pidfd_.get(); }
  Fd& stdin_fd() override { return stdin_; }
  Fd& stdout_fd() override { return stdout_; }
  Fd& stderr_fd() override { return stderr_; }

  void kill_group(int signal) override { kill(leads_group_ ? -pid_ : pid_, signal); }

  std::optional<ExitStatus> poll_exit() override { return look(WNOHANG); }

  ExitStatus wait() override { return look(0).value_or(ExitStatus{}); }

 private:
  std::optional<ExitStatus> look(int flags) {
    if (exit_) return exit_;
    siginfo_t info{};
    int result;
    do {
      result = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | flags);
    } while (result < 0 && errno == EINTR);
    if (result == 0 && info.si_pid == pid_) exit_ = to_exit_status(info);
    return exit_;
  }

  pid_t pid_;
  bool leads_group_;
  Fd pidfd_;
  Fd stdin_, stdout_, stderr_;
  std::optional<ExitStatus> exit_;
};

// posix_spawn's two bags of settings. A failed step is kept and reported once, by error().
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void place(int source, int target) { note(posix_spawn_file_actions_adddup2(&actions_, source, target)); }
  // A session leader without a controlling terminal gets the one it opens first (tty_ioctl(4), "Controlling
  // terminal"); POSIX_SPAWN_SETSID comes before the file actions.
  void open_terminal(const std::string& path) {
    note(posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, path.c_str(), O_RDWR, 0));
    place(STDIN_FILENO, STDOUT_FILENO);
    place(STDIN_FILENO, STDERR_FILENO);
  }
  void change_directory(const std::string& path) {
    note(posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()));
  }
  // Closes all others: also what our own parent left open in us, without close-on-exec.
  void close_others(const std::vector<std::pair<Fd, int>>& places) {
    int end = STDERR_FILENO + 1;
    for (const auto& [source, target] : places) end = std::max(end, target + 1);
    for (int fd = STDERR_FILENO + 1; fd < end; ++fd) {
      bool placed = std::ranges::any_of(places, [fd](const auto& place) { return place.second == fd; });
      if (!placed) note(posix_spawn_file_actions_addclose(&actions_, fd));
    }
    note(posix_spawn_file_actions_addclosefrom_np(&actions_, end));
  }
  // Default signals, none blocked: what soma does with signals is no business of the child's.
  void set_attributes(bool new_session) {
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    note(posix_spawnattr_setsigdefault(&attributes_, &all));
    note(posix_spawnattr_setsigmask(&attributes_, &none));
    int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (new_session ? POSIX_SPAWN_SETSID : 0);
    note(posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)));
  }
  int error() const { return error_; }
  int spawn(pid_t& pid, const std::string& program, char* const* arguments, char* const* environment) {
    return posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments, environment);
  }

 private:
  void note(int result) {
    if (error_ == 0) error_ = result;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int error_ = 0;
};

std::vector<char*> to_pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Result<Fd> open_null() {
  Fd fd(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!fd.valid()) return fail_errno("open /dev/null", errno);
  return fd;
}

// A duplicate numbered `lowest` or above, close-on-exec.
Result<Fd> duplicate_above(int fd, int lowest) {
  Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, lowest));
  if (!copy.valid()) return fail_errno("duplicate a descriptor", errno);
  return copy;
}

// The child's descriptors, and the parent's ends of its pipes.
struct Wiring {
  std::vector<std::pair<Fd, int>> places;  // {source, number in the child}
  Fd stdin_end, stdout_end, stderr_end;

  Result<> pipe_to(int target, bool child_reads, Fd& parent_end) {
    SOMA_ASSIGN(auto ends, make_pipe());
    parent_end = std::move(child_reads ? ends.second : ends.first);
    places.emplace_back(std::move(child_reads ? ends.first : ends.second), target);
    return {};
  }

  Result<> null_to(int target) {
    SOMA_ASSIGN(Fd null, open_null());
    places.emplace_back(std::move(null), target);
    return {};
  }

  Result<> copy_to(int source, int target) {
    SOMA_ASSIGN(Fd copy, duplicate_above(source, 0));
    places.emplace_back(std::move(copy), target);
    return {};
  }
};

Result<> wire_streams(const ProcessSpec& spec, Wiring& wiring) {
  SOMA_TRY(spec.pipe_stdin ? wiring.pipe_to(STDIN_FILENO, true, wiring.stdin_end)
                           : wiring.null_to(STDIN_FILENO));
  SOMA_TRY(spec.pipe_output ? wiring.pipe_to(STDOUT_FILENO, false, wiring.stdout_end)
                            : wiring.null_to(STDOUT_FILENO));
  if (spec.inherit_stderr) {
    SOMA_TRY(wiring.copy_to(STDERR_FILENO, STDERR_FILENO));
  } else {
    SOMA_TRY(spec.pipe_output ? wiring.pipe_to(STDERR_FILENO, false, wiring.stderr_end)
                              : wiring.null_to(STDERR_FILENO));
  }
  return {};
}

Result<Wiring> wire(const ProcessSpec& spec) {
  Wiring wiring;
  if (spec.terminal.empty()) SOMA_TRY(wire_streams(spec, wiring));
  for (auto [source, target] : spec.inherit) SOMA_TRY(wiring.copy_to(source, target));
  // The child places them one after another: no source may have a number that an earlier step overwrites.
  int lowest = STDERR_FILENO + 1;
  for (const auto& [source, target] : wiring.places) lowest = std::max(lowest, target + 1);
  for (auto& [source, target] : wiring.places) {
    SOMA_ASSIGN(source, duplicate_above(source.get(), lowest));
  }
  return wiring;
}

class PosixProcessLauncher final : public ProcessLauncher {
 public:
  Result<std::unique_ptr<Process>> launch(const ProcessSpec& spec) override {
    if (spec.arguments.empty()) return fail(Code::kInvalidArgument, "a process needs a program to run");
    auto program = find_program(spec.arguments[0]);
    if (!program) {
      return fail(Code::kNotFound, "the program '" + spec.arguments[0] + "' is not there",
                  "install it, or add its directory to PATH");
    }
    SOMA_ASSIGN(Wiring wiring, wire(spec));
    SpawnPlan plan;
    if (!spec.terminal.empty()) plan.open_terminal(spec.terminal);
    for (const auto& [source, target] : wiring.places) plan.place(source.get(), target);
    plan.close_others(wiring.places);
    if (!spec.working_directory.empty()) plan.change_directory(spec.working_directory);
    plan.set_attributes(spec.new_session);
    if (plan.error() != 0) return fail_errno("prepare " + *program, plan.error());

    pid_t pid = -1;
    int error_number =
        plan.spawn(pid, *program, to_pointers(spec.arguments).data(), to_pointers(spec.environment).data());
    if (error_number != 0) {
      std::string where = spec.working_directory.empty() ? "" : " in " + spec.working_directory;
      return fail_errno("start " + *program + where, error_number);
    }
    auto process = std::make_unique<PosixProcess>(pid, spec.new_session);
    if (process->pidfd() < 0) return fail_errno("watch " + *program, errno);
    process->stdin_fd() = std::move(wiring.stdin_end);
    process->stdout_fd() = std::move(wiring.stdout_end);
    process->stderr_fd() = std::move(wiring.stderr_end);
    return process;
  }
};

bool is_executable_file(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

Result<std::pair<Fd, Fd>> make_pipe() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) < 0) return fail_errno("make a pipe", errno);
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

std::unique_ptr<ProcessLauncher> make_process_launcher() {
  return std::make_unique<PosixProcessLauncher>();
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string::npos) {
    return is_executable_file(name) ? std::optional(name) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  for (std::string_view directory : split(path != nullptr ? path : kDefaultPath, ':')) {
    std::string candidate(directory.empty() ? "." : directory);
    candidate += '/';
    candidate += name;
    if (is_executable_file(candidate)) return candidate;
  }
  return std::nullopt;
}

}  // namespace soma::os
