// One started command and everything that belongs to it: process, streams, limits, end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/net/net.h"
#include "base/os/os.h"
#include "core/sandbox/disk_gauge.h"
#include "core/sandbox/sandbox.h"
#include "core/sandbox/usage.h"

namespace soma::sandbox {

// What the boxes of one sandbox share; outlives the sandbox while a box runs.
struct Host {
  Policy policy;
  std::string workspace;
  net::Executor executor;
  os::ProcessLauncher& launcher;
  os::Clock& clock;
  os::Fd user_namespace;  // when soma is root: made for the first box, since most sessions never start one
  std::shared_ptr<DiskGauge> disk;
};

// Lives on its host's loop, held by the tasks that serve it; ends when the process has ended and both streams
// are closed.
class Box : public std::enable_shared_from_this<Box> {
 public:
  struct Reader {
    std::function<void(Stream, std::string_view)> on_output;
    std::function<bool()> full;  // optional: true holds the process back until resume()
  };

  // The command is started, its limits are set. kInvalidArgument, kFailedPrecondition, or what the operating
  // system said.
  static net::Task<os::Result<std::shared_ptr<Box>>> start(std::shared_ptr<Host> host, Command command,
                                                           bool keep_stdin_open);
  ~Box();

  // Begins to read. Called once.
  void run(Reader reader);
  void resume();
  net::Task<os::Result<>> write(std::string_view bytes);
  os::Result<> resize(os::TerminalSize size);
  // Ends everything in the box. `limit` names why, when it was a limit.
  void kill(std::string limit = {});
  // After the end: a last look at the disk, when much was written.
  net::Task<> settle();
  // No more callbacks; kills.
  void abandon();
  // How often the limits are looked at: often while a command runs, ever more rarely while a process waits
  // for what it is told next.
  void set_attentive(bool attentive);

  bool ended() const { return exit_.has_value() && open_streams_ == 0; }
  bool exited() const { return exit_.has_value(); }
  // Valid once ended: the limits that were met are in words.
  const std::vector<std::string>& exceeded() const { return exceeded_; }
  int exit_code() const { return exit_ ? exit_->code : 0; }
  net::Notifier& changed() { return changed_; }

 private:
  Box(std::shared_ptr<const Host> host, Limits limits);
  os::Result<> launch(const Command& command, bool keep_stdin_open);
  net::Task<os::Result<>> release();  // sets the limits and lets the command go
  os::Result<> set_limits(pid_t pid) const;
  void name_limit(std::string limit);
  net::Task<> read_stream(Stream stream);
  net::Task<> write_input(std::string input);
  net::Task<> await_exit();
  net::Task<> watch();
  void look();
  net::Task<> look_at_disk();
  bool disk_is_full() const;
  bool others_disk_is_full() const;
  std::string reserve_in_words() const;
  os::Duration next_interval();

  std::shared_ptr<const Host> host_;
  Limits limits_;
  std::unique_ptr<os::Process> process_;
  std::optional<net::FdStream> input_, output_, error_, info_;  // with a terminal, output_ alone is both ways
  int controller_ = -1;                                         // output_'s descriptor when it is a terminal
  os::Fd hold_;
  os::Fd init_;  // pidfd of the box's first process
  ProcessSet processes_;
  std::string pending_input_;
  Reader reader_;
  net::Notifier changed_, resumed_output_, resumed_error_, watch_, closed_;
  std::optional<os::ExitStatus> exit_;
  std::vector<std::string> exceeded_;
  Usage usage_;
  uint64_t disk_floor_ = 0;    // what the session may hold before this command is stopped for it
  uint64_t shared_floor_ = 0;  // and what must be left free where it writes in folders of others
  os::Duration interval_{};
  int open_streams_ = 2;
  bool attentive_ = true;
  bool looking_at_disk_ = false;
  bool killed_ = false;
};

// "1 GiB", "5,242,880 bytes".
std::string format_size(uint64_t bytes);
std::string format_count(uint64_t count);

}  // namespace soma::sandbox
