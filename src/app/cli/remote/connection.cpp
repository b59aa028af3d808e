#include "app/cli/remote/connection.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/net/net.h"

namespace soma::cli {
namespace {

using os::Code;
using os::Result;

// Another process that is just starting, or just ending, holds the data directory for a moment.
constexpr int kStartAttempts = 20;
constexpr auto kStartPause = std::chrono::milliseconds(100);

Result<std::string> clean_endpoint(std::string endpoint) {
  SOMA_ASSIGN(const net::Url url, net::parse_url(endpoint));
  if (url.scheme != "http" && url.scheme != "https")
    return os::fail(Code::kInvalidArgument, fmt::format("'{}' is no http address", endpoint),
                    "for example http://127.0.0.1:8642");
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options,
                                                     WhenAbsent when_absent) {
  std::unique_ptr<Connection> connection(new Connection());
  std::string endpoint = options.endpoint;
  const char* from_environment = std::getenv("SOMA_ENDPOINT");
  if (endpoint.empty() && options.data_directory.empty() && from_environment != nullptr)
    endpoint = from_environment;
  if (!endpoint.empty()) {
    SOMA_ASSIGN(connection->url_, clean_endpoint(std::move(endpoint)));
    return connection;
  }
  connection->data_directory_ =
      options.data_directory.empty() ? server::default_data_directory() : options.data_directory;

  server::Options server_options;
  server_options.data_directory = connection->data_directory_;
  server_options.port = 0;
  server_options.loops = 1;
  server_options.access_log = false;
  os::Error last;
  for (int attempt = 0; attempt < kStartAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kStartPause);
    if (auto url = server::running_server(connection->data_directory_)) {
      connection->url_ = std::move(*url);
      return connection;
    }
    if (when_absent == WhenAbsent::kFail)
      return os::fail(Code::kUnavailable, fmt::format("no server runs on {}", connection->data_directory_),
                      "start one with: soma serve");
    auto started = server::App::start(server_options);
    if (started) {
      connection->app_ = std::move(*started);
      connection->url_ = connection->app_->url();
      return connection;
    }
    last = std::move(started.error());
    if (last.code != Code::kUnavailable) break;
  }
  return std::unexpected(std::move(last));
}

bool Connection::look_again() {
  if (data_directory_.empty() || app_ != nullptr) return false;
  auto url = server::running_server(data_directory_);
  if (!url || *url == url_) return false;
  url_ = std::move(*url);
  return true;
}

}  // namespace soma::cli
