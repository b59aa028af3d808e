// The data directory and the server.json that a running soma leaves in it.
#pragma once

#include <cstdint>
#include <string>

#include "app/server/server.h"

namespace soma::server {

struct ServerFile {
  std::string url, site_url;
  int64_t pid = 0;
  os::Time started;
};
os::Result<> write_server_file(const std::string& data_directory, const ServerFile& file);
// Only when the process is still the one that wrote it.
std::optional<ServerFile> read_server_file(const std::string& data_directory);
// Where a soma that did not stop in good order served its site; 0 when there was none.
uint16_t former_site_port(const std::string& data_directory);
void remove_server_file(const std::string& data_directory);

}  // namespace soma::server
