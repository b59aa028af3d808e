// `soma approvals` and `soma approvals show`.
#include "app/cli/remote/approvals.h"
#include "app/cli/commands/commands.h"
#include "app/cli/render/approval_text.h"

namespace soma::cli {
namespace {

using os::Result;

struct ApprovalsArguments {
  CommonOptions common;
  std::string id;
};

os::Time now() {
  return os::make_system_clock()->now();
}

Result<> list(Context& context, const ApprovalsArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(json::Array pending, pending_approvals(connection->url()));
  if (arguments.common.json)
    context.terminal.out_line(json::write(json::object({{"approvals", std::move(pending)}})));
  else if (pending.empty())
    context.terminal.note("soma: nothing waits for an approval");
  else
    context.terminal.out(approvals_table(pending, now()));
  return {};
}

Result<> show(Context& context, const ApprovalsArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const json::Value approval, find_approval(connection->url(), arguments.id));
  if (arguments.common.json)
    context.terminal.out_line(json::write(json::object({{"approval", approval}})));
  else
    context.terminal.out(approval_text(approval, now()));
  return {};
}

using Run = Result<> (*)(Context&, const ApprovalsArguments&);

void on_call_of(CLI::App& command, Context& context, const std::shared_ptr<ApprovalsArguments>& arguments,
                Run run) {
  add_json_option(command, arguments->common.json);
  add_connection_options(command, arguments->common.connection);
  on_call(command, context, [&context, arguments, run] {
    const Result<> done = run(context, *arguments);
    return done ? kExitOk : report(context, done.error(), arguments->common.json);
  });
}

}  // namespace

void add_approvals(CLI::App& root, Context& context) {
  CLI::App* approvals = root.add_subcommand("approvals", "Tool calls that wait for a person's approval");
  approvals->require_subcommand(0, 1);
  add_example(*approvals, "  soma approvals");
  on_call_of(*approvals, context, std::make_shared<ApprovalsArguments>(), list);

  auto arguments = std::make_shared<ApprovalsArguments>();
  CLI::App* command = approvals->add_subcommand("show", "One approval with all of its arguments");
  command->add_option("id", arguments->id, "The approval's id, or how it begins")
      ->required()
      ->type_name("ID");
  add_example(*command, "  soma approvals show apr_0192f0c46a1e");
  on_call_of(*command, context, arguments, show);
}

}  // namespace soma::cli
