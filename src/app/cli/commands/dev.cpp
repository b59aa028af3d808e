// `soma dev`: the server, and the project's harnesses deployed again whenever their files change.
#include <fmt/format.h>

#include <thread>

#include "app/cli/commands/serve_options.h"
#include "app/cli/project/watch.h"
#include "app/cli/remote/deployment.h"

namespace soma::cli {
namespace {

using os::Result;

// The folders whose files say what the project's harnesses are.
std::vector<std::filesystem::path> folders_of(const Project& project) {
  std::vector<std::filesystem::path> folders{project.file.parent_path()};
  for (const ProjectHarness& harness : project.harnesses) folders.push_back(harness.directory);
  return folders;
}

// A file that is wrong is said and waited for: the next save may be right.
void deploy_project(Terminal& terminal, const Project& project, const std::string& url) {
  for (const ProjectHarness& harness : project.harnesses) {
    const auto body = read_deployable(harness);
    const auto deployed =
        body ? deploy(url, *body, DeployMode::kApply) : Result<Deployment>(std::unexpected(body.error()));
    if (!deployed) {
      terminal.note(fmt::format("{} {}", terminal.red("soma:"), deployed.error().message));
      if (!deployed.error().hint.empty()) terminal.note(fmt::format("      {}", deployed.error().hint));
    } else if (deployed->action != DeployAction::kUnchanged) {
      terminal.note(fmt::format("{} {} version {}", deploy_action_name(deployed->action), deployed->name,
                                deployed->version));
      for (const std::string& change : deployed->differences)
        terminal.note(terminal.dim(fmt::format("  {}", change)));
    }
  }
}

// Watches before it reads: what is saved while it deploys is a change that wait() returns for.
Result<> deploy_watched(Terminal& terminal, FolderWatch& watch, const Project& project,
                        const std::string& url) {
  SOMA_TRY(watch.watch(folders_of(project)));
  deploy_project(terminal, project, url);
  return {};
}

// A project that was deployed and is watched; until the watch is stopped.
void redeploy_on_change(Terminal& terminal, FolderWatch& watch, Project project, const std::string& url) {
  Result<> watched;
  for (;;) {
    const auto changed = watched ? watch.wait() : Result<bool>(std::unexpected(watched.error()));
    if (!changed) terminal.note(fmt::format("soma: {}", changed.error().message));
    if (!changed || !*changed) return;
    auto read = read_project(project.root);
    if (!read) {
      terminal.note(fmt::format("{} {}", terminal.red("soma:"), read.error().message));
      continue;
    }
    project = std::move(*read);
    watched = deploy_watched(terminal, watch, project, url);
  }
}

Result<> dev(Context& context, const ServeArguments& arguments) {
  SOMA_ASSIGN(const Project project, find_project(context.working_directory));
  apply_log_options(arguments);
  SOMA_ASSIGN(FolderWatch watch, FolderWatch::open());
  const server::Options options = server_options(arguments);
  Terminal& terminal = context.terminal;
  if (const auto url = server::running_server(options.data_directory)) {
    terminal.note(fmt::format("soma: a server runs already: {}/", *url));
    SOMA_TRY(deploy_watched(terminal, watch, project, *url));
    redeploy_on_change(terminal, watch, project, *url);  // until Ctrl-C
    return {};
  }
  SOMA_ASSIGN(const auto app, server::App::start(options));
  print_places(terminal, *app, arguments.json);
  SOMA_TRY(deploy_watched(terminal, watch, project, app->url()));
  std::thread watcher([&] { redeploy_on_change(terminal, watch, project, app->url()); });
  const auto ended = app->wait();
  watch.stop();
  watcher.join();
  return ended;
}

}  // namespace

void add_dev(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ServeArguments>();
  arguments->log_level = "warning";
  CLI::App* command =
      root.add_subcommand("dev", "Run the server and deploy this project again whenever its files change");
  add_serve_options(*command, *arguments);
  add_example(*command, "  soma dev");
  on_call(*command, context, [&context, arguments] {
    const auto done = dev(context, *arguments);
    return done ? kExitOk : report(context, done.error(), arguments->json);
  });
}

}  // namespace soma::cli
