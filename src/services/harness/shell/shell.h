// An interactive shell in a session's sandbox: a process with a terminal, what it printed, and who looks at
// it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/sandbox/sandbox.h"
#include "services/harness/shell/shell_feed.h"

namespace soma::harness {

// Of one session: with a client attached, and all together. A client that goes away leaves its shell behind,
// so when there are too many of those, the one that was left first makes room.
inline constexpr size_t kMaxShells = 10, kMaxKeptShells = 32;

// Belongs to its session's loop.
class Shell {
 public:
  // Interactive bash. Errors as Sandbox::start.
  static net::Task<os::Result<std::shared_ptr<Shell>>> start(std::string id, sandbox::Sandbox& sandbox,
                                                             const net::Executor& executor,
                                                             os::TerminalSize size, os::Time now);
  Shell(std::string id, std::unique_ptr<sandbox::BoxedProcess> process, const net::Executor& executor,
        os::Time now);

  const std::string& id() const { return id_; }
  os::Time started() const { return started_; }
  const std::shared_ptr<ShellFeed>& feed() const { return feed_; }
  const sandbox::BoxedProcess& process() const { return *process_; }

  // Passes on what it prints; returns when it has ended. Called once.
  static net::Task<> run(std::shared_ptr<Shell> shell);
  // Kills it. Whoever is attached is told why.
  void end(ShellEnd why);
  static net::Task<os::Result<>> type(std::shared_ptr<Shell> shell, std::string keys);
  os::Result<> resize(os::TerminalSize size) { return process_->resize(size); }

 private:
  std::string id_;
  std::unique_ptr<sandbox::BoxedProcess> process_;
  std::shared_ptr<ShellFeed> feed_;
  os::Time started_;
};

// The shells of one session that have not ended.
class Shells {
 public:
  std::shared_ptr<Shell> find(std::string_view id) const;
  void add(std::shared_ptr<Shell> shell) { shells_.push_back(std::move(shell)); }
  void remove(const std::shared_ptr<Shell>& shell) { std::erase(shells_, shell); }
  // Nobody is attached to it any more. False when it has ended.
  bool leave(const std::shared_ptr<Shell>& shell);
  // Ends the shell that was left first, when there are kMaxKeptShells.
  void make_room();
  void end_all(const ShellEnd& why);
  bool empty() const { return shells_.empty(); }
  size_t attached() const;  // how many have a client

 private:
  std::vector<std::shared_ptr<Shell>> shells_;  // those that were left stand in that order
};

}  // namespace soma::harness
