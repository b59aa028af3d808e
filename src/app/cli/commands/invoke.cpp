#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "app/cli/commands/commands.h"
#include "app/cli/commands/invoke_request.h"
#include "app/cli/remote/api_client.h"
#include "app/cli/remote/approval_dialog.h"
#include "app/cli/remote/deployment.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;
using std::chrono::steady_clock;

// In a project, what is invoked is what its files say: a harness that is new or changed is deployed first.
Result<> deploy_if_changed(Context& context, const InvokeArguments& arguments, const std::string& url) {
  // A version or an endpoint is of what was deployed.
  if (!arguments.harness_arn.empty() || !arguments.qualifier.empty()) return {};
  const auto project = find_project(context.working_directory);
  if (!project)
    return project.error().code == os::Code::kNotFound ? Result<>() : std::unexpected(project.error());
  const auto harness = choose_harness(*project, arguments.harness);
  if (!harness) return {};  // not of this project: the server knows it, or says that it does not
  SOMA_ASSIGN(const Value body, read_deployable(*harness));
  SOMA_ASSIGN(const Deployment deployment, deploy(url, body, DeployMode::kApply));
  if (deployment.action == DeployAction::kUnchanged) return {};
  const std::string_view why = deployment.action == DeployAction::kCreated ? "new" : "its files changed";
  context.terminal.note(
      fmt::format("soma: deployed {} version {} ({})", deployment.name, deployment.version, why));
  return {};
}

Result<InvocationRequest> make_request(const InvokeArguments& arguments, const std::string& harness,
                                       const std::string& prompt, const std::string& url) {
  Value model;
  if (needs_model(arguments)) {
    SOMA_ASSIGN(const Value found, call(url, "GET", api_path("/harnesses/{}", {harness})));
    model = found.get("harness").get("model");
  }
  const auto clock = os::make_system_clock();
  const auto ids = os::make_random_ids(*clock);
  InvocationRequest request;
  request.harness = harness;
  request.session_id = arguments.session_id.empty() ? ids->uuid() : arguments.session_id;
  request.qualifier = arguments.qualifier;
  request.user_id = arguments.user_id;
  request.bearer_token = arguments.bearer_token;
  request.client_token = ids->uuid();
  SOMA_ASSIGN(request.body, invoke_body(arguments, prompt, model));
  return request;
}

// Asks about approvals where a person sits: at a terminal that is read from and written to.
std::shared_ptr<ApprovalDialog> dialog_at_terminal(Context& context, const Connection& connection,
                                                   const InvocationRequest& request) {
  if (!context.terminal.traits().error_is_terminal || ::isatty(STDIN_FILENO) != 1) return nullptr;
  return std::make_shared<ApprovalDialog>(context.terminal, STDIN_FILENO, login_name(), connection,
                                          ApprovalDialog::Session{request.harness, request.session_id});
}

Result<int> invoke(Context& context, const InvokeArguments& arguments) {
  SOMA_ASSIGN(const std::string prompt, read_prompt(arguments, STDIN_FILENO));
  // What is wrong with the request is told before anything is deployed.
  SOMA_TRY(invoke_body(arguments, prompt, json::Object{}));
  SOMA_ASSIGN(const std::string harness, harness_key(context, arguments.harness, arguments.harness_arn));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_TRY(deploy_if_changed(context, arguments, connection->url()));
  SOMA_ASSIGN(InvocationRequest request, make_request(arguments, harness, prompt, connection->url()));
  const auto started = steady_clock::now();
  const auto elapsed_ms = [started] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - started).count();
  };
  const auto renderer = make_renderer(answer_format(arguments), context.terminal, elapsed_ms);
  InvocationEnd end{.session_id = request.session_id, .invocation_id = {}, .harness = harness};
  request.approvals = dialog_at_terminal(context, *connection, request);
  SOMA_ASSIGN(const InvocationOutcome outcome, follow_invocation(*connection, std::move(request), *renderer));
  end.invocation_id = outcome.invocation_id;
  end.cancelled = outcome.cancelled;
  const int code = renderer->finish(end);
  if (context.terminal.traits().error_is_terminal && arguments.session_id.empty())
    context.terminal.note(context.terminal.dim(fmt::format("go on with: --session-id {}", end.session_id)));
  return code;
}

}  // namespace

void add_invoke(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<InvokeArguments>();
  CLI::App* command = root.add_subcommand("invoke", "Ask an agent and print its answer");
  add_invoke_options(*command, *arguments);
  add_connection_options(*command, arguments->common.connection);
  add_example(*command,
              "  soma invoke --harness browseragent --stream --prompt \"Go to example.com and describe what "
              "you see\"");
  on_call(*command, context, [&context, arguments] {
    const Result<int> code = invoke(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->common.json);
  });
}

}  // namespace soma::cli
