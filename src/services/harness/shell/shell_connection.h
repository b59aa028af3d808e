// A client's hold on a shell: made by Service::open_shell, used on its caller's loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "services/harness/shell/shell.h"

namespace soma::harness {

// Destroying it detaches: the shell goes on until its session ends.
class ShellConnection {
 public:
  struct Place {
    std::string session_id;
    net::Executor session;  // its loop
    // Called on the session's loop after this connection is gone.
    std::function<void()> on_detached;
  };
  ShellConnection(Place place, std::shared_ptr<Shell> shell, std::shared_ptr<ShellFeed::View> view,
                  bool reconnected);
  ~ShellConnection();
  ShellConnection(const ShellConnection&) = delete;
  ShellConnection& operator=(const ShellConnection&) = delete;

  const std::string& session_id() const { return place_.session_id; }
  const std::string& shell_id() const { return shell_->id(); }
  bool reconnected() const { return reconnected_; }  // the shell was there before
  uint64_t dropped_bytes() const { return view_->dropped_bytes(); }

  // One task at a time. After a detach() elsewhere, kDetached.
  net::Task<ShellNews> next() { return view_->next(); }
  // Returns when the terminal has taken the keys. kCancelled or kUnavailable when the shell has ended.
  net::Task<os::Result<>> type(std::string keys);
  net::Task<os::Result<>> resize(os::TerminalSize size);
  // Ends the shell.
  net::Task<> end();
  // Wakes next().
  void detach();

 private:
  Place place_;
  std::shared_ptr<Shell> shell_;
  std::shared_ptr<ShellFeed::View> view_;
  bool reconnected_;
};

}  // namespace soma::harness
