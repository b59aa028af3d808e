// The Chromium process: found, started with flags for an unattended machine, ended with soma.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/tool/browser/cdp.h"

namespace soma::tool::browser {

// A directory of the browser's own below the temporary directory, removed when this is destroyed. What a
// killed soma left behind is removed by the next one: a directory whose lock nobody holds has no owner.
class ProfileDirectory {
 public:
  static os::Result<std::unique_ptr<ProfileDirectory>> make();
  ~ProfileDirectory();
  const std::string& path() const { return path_; }

 private:
  ProfileDirectory(std::string path, os::Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  os::Fd lock_;
};

// The program: $SOMA_CHROMIUM, else the first of the usual names in PATH. kFailedPrecondition with what to
// install.
os::Result<std::string> find_chromium();
// Which addresses do not go through a proxy: none, loopback addresses neither.
inline constexpr std::string_view kProxyBypass = "<-loopback>";

// Of its windows, and where everything that it loads goes through (empty: each context says it itself).
struct ChromiumOptions {
  int width = 1280, height = 900;  // in pixels
  std::string proxy_server{};      // "socks5://127.0.0.1:1080"
};
std::vector<std::string> chromium_arguments(const std::string& program, const std::string& profile,
                                            bool as_root, const ChromiumOptions& options = {});

// One running Chromium. Thread-safe. Destroying it ends the process group and removes the profile.
class Chromium {
 public:
  // Returns before the browser is up: the first call waits for it.
  static os::Result<std::shared_ptr<Chromium>> launch(os::ProcessLauncher& launcher,
                                                      const net::Executor& loop,
                                                      const ChromiumOptions& options = {});
  ~Chromium();
  const std::shared_ptr<Connection>& connection() const { return connection_; }
  pid_t pid() const { return process_->pid(); }
  // The last the browser wrote to stderr: why it did not start.
  std::string last_words() const;

 private:
  struct Tail;
  Chromium(std::unique_ptr<ProfileDirectory> profile, std::unique_ptr<os::Process> process,
           std::shared_ptr<Connection> connection, std::shared_ptr<Tail> tail);
  static net::Task<> drain(net::FdStream stream, std::shared_ptr<Tail> tail);

  std::unique_ptr<ProfileDirectory> profile_;
  std::unique_ptr<os::Process> process_;
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<Tail> tail_;
};

}  // namespace soma::tool::browser
