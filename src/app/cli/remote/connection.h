// Where requests go: a server that is running, or one started in this process on the same data.
#pragma once

#include <memory>
#include <string>

#include "app/server/server.h"
#include "base/os/os.h"

namespace soma::cli {

struct ConnectionOptions {
  std::string
      endpoint{};  // "http://127.0.0.1:8642"; empty: $SOMA_ENDPOINT, else the server of the data directory
  std::string data_directory{};  // empty: server::default_data_directory()
};

enum class WhenAbsent { kStartHere, kFail };

// Owns the server that it started; that one stops with the Connection.
class Connection {
 public:
  // Errors: kUnavailable when there is no server and none may be or can be started.
  static os::Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options,
                                                      WhenAbsent when_absent);
  // To a URL that is known, for tests.
  explicit Connection(std::string url) : url_(std::move(url)) {}

  const std::string& url() const { return url_; }
  bool in_process() const { return app_ != nullptr; }
  // Looks again where the server of the data directory is: one that was restarted may have another port. True
  // when it moved.
  bool look_again();

 private:
  Connection() = default;

  std::string url_;
  std::string data_directory_;  // empty when the endpoint was given
  std::unique_ptr<server::App> app_;
};

}  // namespace soma::cli
