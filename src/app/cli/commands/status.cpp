#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/api_client.h"
#include "app/cli/remote/deployment.h"
#include "app/cli/render/table.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

struct HarnessState {
  std::string name, version, state;
};

// How each harness of the project stands to the server. Files that are wrong are a state too, not an error.
Result<std::vector<HarnessState>> project_states(const Context& context, const std::string& url) {
  const auto project = find_project(context.working_directory);
  std::vector<HarnessState> states;
  if (!project) return states;
  for (const ProjectHarness& harness : project->harnesses) {
    const auto body = read_deployable(harness);
    if (!body) {
      states.push_back({harness.name, "", "not valid: soma validate says why"});
      continue;
    }
    SOMA_ASSIGN(const Deployment planned, deploy(url, *body, DeployMode::kDryRun));
    const std::string_view state = planned.action == DeployAction::kCreated ? "not deployed"
                                   : planned.action == DeployAction::kUpdated
                                       ? "changed since it was deployed"
                                       : "deployed";
    states.push_back({harness.name, planned.version, std::string(state)});
  }
  return states;
}

std::string uptime(int64_t ms) {
  const int64_t seconds = ms / 1'000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3'600) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h {} min", seconds / 3'600, seconds % 3'600 / 60);
}

void print_status(Terminal& terminal, const std::string& url, const Value& status) {
  const Value& sandbox = status.get("sandbox");
  std::string isolation(sandbox.get("kind").string_or("?"));
  if (!sandbox.get("available").bool_or(true))
    isolation += fmt::format(", not available: {}", sandbox.get("reason").string_or("no reason given"));
  std::vector<std::vector<std::string>> rows = {
      {"version", std::string(status.get("version").string_or("?"))},
      {"process", fmt::format("{}, up {}", status.get("pid").int_or(0),
                              uptime(static_cast<int64_t>(status.get("uptimeMs").double_or(0))))},
      {"data", std::string(status.get("dataDirectory").string_or("?"))},
      {"sandbox", isolation},
      {"harnesses", std::to_string(status.get("harnesses").int_or(0))},
      {"sessions", fmt::format("{} active", status.get("sessions").get("active").int_or(0))}};
  if (status.get("siteUrl").is_string()) rows.push_back({"site", status.get("siteUrl").as_string()});
  terminal.out(table({"server", url}, rows));
}

Result<> status(Context& context, const CommonOptions& common) {
  SOMA_ASSIGN(const auto connection, Connection::open(common.connection, WhenAbsent::kFail));
  SOMA_ASSIGN(Value answer, call(connection->url(), "GET", "/api/status"));
  SOMA_ASSIGN(const std::vector<HarnessState> states, project_states(context, connection->url()));
  if (common.json) {
    Value project = json::Array{};
    for (const HarnessState& state : states)
      project.push_back(
          json::object({{"harness", state.name}, {"version", state.version}, {"state", state.state}}));
    answer.set("url", connection->url());
    answer.set("project", std::move(project));
    context.terminal.out_line(json::write(answer));
    return {};
  }
  print_status(context.terminal, connection->url(), answer);
  if (states.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  for (const HarnessState& state : states) rows.push_back({state.name, state.version, state.state});
  context.terminal.out("\n" + table({"HARNESS", "VERSION", "STATE"}, rows));
  return {};
}

}  // namespace

void add_status(CLI::App& root, Context& context) {
  auto common = std::make_shared<CommonOptions>();
  CLI::App* command = root.add_subcommand("status", "How the server is, and how this project stands to it");
  add_json_option(*command, common->json);
  add_connection_options(*command, common->connection);
  add_example(*command, "  soma status");
  on_call(*command, context, [&context, common] {
    const auto done = status(context, *common);
    return done ? kExitOk : report(context, done.error(), common->json);
  });
}

}  // namespace soma::cli
