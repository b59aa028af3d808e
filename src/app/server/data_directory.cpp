#include "app/server/data_directory.h"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "base/json/json.h"

namespace soma::server {
namespace {

std::string server_file(const std::string& data_directory) {
  return data_directory + "/server.json";
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::optional<json::Value> server_file_body(const std::string& data_directory) {
  const auto text = os::read_file(server_file(data_directory), 65536);
  if (!text) return std::nullopt;
  auto body = json::parse(*text);
  if (!body) return std::nullopt;
  return std::move(*body);
}

}  // namespace

std::string default_data_directory() {
  if (std::string home = environment("SOMA_HOME"); !home.empty()) return home;
  if (const std::string data = environment("XDG_DATA_HOME"); !data.empty()) return data + "/soma";
  const std::string home = environment("HOME");
  return (home.empty() ? std::string("/tmp") : home) + "/.local/share/soma";
}

os::Result<> write_server_file(const std::string& data_directory, const ServerFile& file) {
  json::Value body =
      json::object({{"url", file.url}, {"pid", file.pid}, {"startedAt", os::format_time(file.started)}});
  if (!file.site_url.empty()) body.set("siteUrl", file.site_url);
  return os::write_file_atomic(server_file(data_directory), json::write_pretty(body));
}

std::optional<ServerFile> read_server_file(const std::string& data_directory) {
  const auto body = server_file_body(data_directory);
  if (!body) return std::nullopt;
  ServerFile file{std::string(body->get("url").string_or("")),
                  std::string(body->get("siteUrl").string_or("")),
                  body->get("pid").int_or(0),
                  {}};
  if (const auto started = os::parse_time(body->get("startedAt").string_or(""))) file.started = *started;
  if (file.url.empty() || file.pid <= 0 || (::kill(static_cast<pid_t>(file.pid), 0) != 0 && errno == ESRCH))
    return std::nullopt;
  return file;
}

uint16_t former_site_port(const std::string& data_directory) {
  const auto body = server_file_body(data_directory);
  if (!body) return 0;
  const std::string_view url = body->get("siteUrl").string_or("");
  uint16_t port = 0;
  std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port);
  return port;
}

void remove_server_file(const std::string& data_directory) {
  std::filesystem::remove(server_file(data_directory));
}

std::optional<std::string> running_server(const std::string& data_directory) {
  const auto file = read_server_file(data_directory);
  if (!file) return std::nullopt;
  return file->url;
}

}  // namespace soma::server
