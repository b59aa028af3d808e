#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/deployment.h"
#include "app/cli/render/table.h"

namespace soma::cli {
namespace {

struct DeployArguments {
  CommonOptions common;
  std::string harness;
  bool yes = false;
  bool dry_run = false;
  bool diff = false;
};

os::Result<std::vector<ProjectHarness>> chosen(const Context& context, const DeployArguments& arguments) {
  SOMA_ASSIGN(const Project project, find_project(context.working_directory));
  if (arguments.harness.empty() && !project.harnesses.empty()) return project.harnesses;
  SOMA_ASSIGN(const ProjectHarness harness, choose_harness(project, arguments.harness));
  return std::vector<ProjectHarness>{harness};
}

// All files are checked before the first harness is sent.
os::Result<std::vector<Deployment>> deploy_all(const Context& context, const DeployArguments& arguments) {
  SOMA_ASSIGN(const std::vector<ProjectHarness> harnesses, chosen(context, arguments));
  std::vector<json::Value> bodies;
  for (const ProjectHarness& harness : harnesses) {
    SOMA_ASSIGN(json::Value body, read_deployable(harness));
    bodies.push_back(std::move(body));
  }
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  std::vector<Deployment> deployments;
  for (const json::Value& body : bodies) {
    const DeployMode mode = arguments.dry_run ? DeployMode::kDryRun : DeployMode::kApply;
    SOMA_ASSIGN(Deployment deployment, deploy(connection->url(), body, mode));
    deployments.push_back(std::move(deployment));
  }
  return deployments;
}

json::Value to_json(const Deployment& deployment) {
  json::Value changes = json::Array{};
  for (const std::string& change : deployment.differences) changes.push_back(change);
  return json::object({{"harness", deployment.name},
                       {"action", deploy_action_name(deployment.action)},
                       {"version", deployment.version},
                       {"arn", deployment.arn},
                       {"differences", std::move(changes)}});
}

int run_deploy(Context& context, const DeployArguments& arguments) {
  const auto deployments = deploy_all(context, arguments);
  if (!deployments) return report(context, deployments.error(), arguments.common.json);
  if (arguments.common.json) {
    json::Value all = json::Array{};
    for (const Deployment& deployment : *deployments) all.push_back(to_json(deployment));
    context.terminal.out_line(
        json::write(json::object({{"dryRun", arguments.dry_run}, {"deployments", std::move(all)}})));
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Deployment& deployment : *deployments) {
    std::string action(deploy_action_name(deployment.action));
    if (arguments.dry_run && deployment.action != DeployAction::kUnchanged) action = "would be " + action;
    rows.push_back({deployment.name, deployment.version, action, deployment.arn});
  }
  context.terminal.out(table({"HARNESS", "VERSION", "ACTION", "ARN"}, rows));
  if (!arguments.diff) return kExitOk;
  for (const Deployment& deployment : *deployments)
    for (const std::string& change : deployment.differences)
      context.terminal.out_line(fmt::format("{}: {}", deployment.name, change));
  return kExitOk;
}

}  // namespace

void add_deploy(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<DeployArguments>();
  CLI::App* command = root.add_subcommand("deploy", "Create or update the project's harnesses on the server");
  command->add_option("--harness", arguments->harness, "Only this one (default: all of the project)")
      ->type_name("NAME");
  command->add_flag("-y,--yes", arguments->yes,
                    "Accepted for scripts: deploying never asks, since old versions are kept");
  command->add_flag("--dry-run", arguments->dry_run, "Say what would change and change nothing");
  command->add_flag("--diff", arguments->diff, "Print what differs from the version that is deployed");
  add_json_option(*command, arguments->common.json);
  add_connection_options(*command, arguments->common.connection);
  add_example(*command, "  soma deploy --yes\n  soma deploy --dry-run --diff");
  on_call(*command, context, [&context, arguments] { return run_deploy(context, *arguments); });
}

}  // namespace soma::cli
