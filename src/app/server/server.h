// The roof: start-up, wiring, the routes mounted, drain and shutdown. What `soma serve` runs, and what `soma
// invoke` runs in its own process when no server is there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/os/os.h"
#include "core/model/prices.h"

namespace soma::server {

inline constexpr uint16_t kDefaultPort = 8642;

struct Options {
  std::string data_directory;         // made when missing; one process at a time
  std::string address = "127.0.0.1";  // anything but loopback is refused: there is no authentication yet
  std::optional<uint16_t>
      port{};        // 0: any free port; unset: kDefaultPort, or any free port when that one is taken
  size_t loops = 0;  // 0: one for each core
  std::string console_directory{};  // the built console; empty: found beside the program (console/dist), else
                                    // no console
  std::string site_directory{};  // a static site to serve on a port of its own (examples/site), whose origin
                                 // agents may visit
  std::vector<std::string> allow_outbound;  // see net::OutboundPolicy::allow
  std::string prices_file{};                // a price table in front of the others (docs/prices.md)
  std::string task_mocks_file{};            // answers for workflows' tasks (docs/workflow-tasks.md)
  bool access_log = true;
};

// A running soma. While it runs, `<data_directory>/server.json` says {"url", "pid", "startedAt", "siteUrl"?}.
class App {
 public:
  // Errors: kUnavailable (port taken; data directory held by another process, naming its pid and URL),
  // kInvalidArgument, kCorrupt, kNotFound (no such prices_file or task_mocks_file).
  static os::Result<std::unique_ptr<App>> start(Options options);
  ~App();  // stops: drains, then closes the journal
  const std::string& url() const;
  const std::string& site_url() const;  // empty without a site
  const std::string& data_directory() const;
  // Blocks until SIGINT or SIGTERM, or until the journal has stopped itself (an error then).
  os::Result<> wait();

 private:
  struct State;
  explicit App(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// $SOMA_HOME, else $XDG_DATA_HOME/soma, else ~/.local/share/soma.
std::string default_data_directory();
// The URL of the server that runs on this data directory now (its server.json, the process alive), or
// nothing.
std::optional<std::string> running_server(const std::string& data_directory);

}  // namespace soma::server
