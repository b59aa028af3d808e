// What `soma serve` and `soma dev` have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/commands/commands.h"
#include "app/server/server.h"

namespace soma::cli {

struct ServeArguments {
  std::string address = "127.0.0.1", data_directory, site, console, prices, task_mocks, log_format = "text",
              log_level = "info";
  std::optional<uint16_t> port;
  std::vector<std::string> allow;
  bool json = false;
};

void add_serve_options(CLI::App& command, ServeArguments& arguments);
server::Options server_options(const ServeArguments& arguments);
void apply_log_options(const ServeArguments& arguments);
// What is where, on stdout: lines for people, or with --json one line {"url", "siteUrl"?, "pid",
// "dataDirectory"}.
void print_places(Terminal& terminal, const server::App& app, bool json);

}  // namespace soma::cli
