// Child processes: posix_spawn and pidfd.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/os/result.h"

namespace soma::os {

// Owns one file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// {read end, write end}, both close-on-exec.
Result<std::pair<Fd, Fd>> make_pipe();

struct ProcessSpec {
  std::vector<std::string> arguments;          // arguments[0] is looked up in PATH
  std::vector<std::string> environment;        // "NAME=value"; the whole environment, nothing is inherited
  std::string working_directory;               // empty: the parent's
  bool pipe_stdin = false;                     // else /dev/null
  bool pipe_output = true;                     // stdout and stderr as two pipes; else both go to /dev/null
  bool inherit_stderr = false;                 // stderr goes where the parent's goes
  std::vector<std::pair<int, int>> inherit{};  // {parent's descriptor, number in the child}
  bool new_session = true;                     // setsid: signals reach the whole group by kill_group
  // The path of a terminal (pseudo_terminal.h): it is stdin, stdout and stderr, no pipe is made, and with
  // new_session it is the child's controlling terminal.
  std::string terminal{};
};

struct ExitStatus {
  int code = 0;    // exit code, or 128 + signal
  int signal = 0;  // 0 when it exited by itself
};

// A started child. Destroying a Process kills the group (SIGKILL) and reaps it.
class Process {
 public:
  virtual ~Process() = default;
  virtual pid_t pid() const = 0;
  virtual int pidfd() const = 0;  // becomes readable when the child has ended
  virtual Fd& stdin_fd() = 0;     // write end; close it to send end-of-file
  virtual Fd& stdout_fd() = 0;
  virtual Fd& stderr_fd() = 0;
  virtual void kill_group(int signal) = 0;
  // Reaps without blocking: nothing while it still runs.
  virtual std::optional<ExitStatus> poll_exit() = 0;
  virtual ExitStatus wait() = 0;  // blocks
};

class ProcessLauncher {
 public:
  virtual ~ProcessLauncher() = default;
  virtual Result<std::unique_ptr<Process>> launch(const ProcessSpec& spec) = 0;
};

std::unique_ptr<ProcessLauncher> make_process_launcher();

// The program's full path in PATH, or nothing.
std::optional<std::string> find_program(const std::string& name);

}  // namespace soma::os
