// `soma approve` and `soma deny`.
#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/approvals.h"
#include "app/cli/render/approval_text.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

struct AnswerArguments {
  CommonOptions common;
  ApprovalDecision decision;
  std::string id;
  bool yes = false;
};

std::string_view verb(const AnswerArguments& arguments) {
  return arguments.decision.approve ? "approve" : "deny";
}

// Shows exactly what is answered, and asks.
Result<> ask(Context& context, const AnswerArguments& arguments, const Value& approval) {
  return confirm(context,
                 {.shown = approval_text(approval, os::make_system_clock()->now()),
                  .text = fmt::format("{} it?", verb(arguments)),
                  .unasked = fmt::format("there is no terminal to ask whether to {} this", verb(arguments)),
                  .hint = fmt::format("look at it with: soma approvals show {0}; then: soma {1} {0} --yes",
                                      arguments.id, verb(arguments))});
}

Result<> answer(Context& context, AnswerArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value approval, find_approval(connection->url(), arguments.id));
  if (approval.has("decision")) return std::unexpected(answered_already(approval));
  if (!arguments.yes) SOMA_TRY(ask(context, arguments, approval));
  if (arguments.decision.by.empty()) arguments.decision.by = login_name();
  const std::string path = answer_path(std::string(approval.get("harnessId").string_or("")),
                                       std::string(approval.get("sessionId").string_or("")), approval);
  SOMA_ASSIGN(const Value answered,
              call(connection->url(), "POST", path, answer_body(approval, arguments.decision)));
  if (arguments.common.json)
    context.terminal.out_line(json::write(answered));
  else
    context.terminal.out_line(fmt::format("{} {}: {}", arguments.decision.approve ? "approved" : "denied",
                                          approval.get("approvalId").string_or(""),
                                          approval.get("tool").string_or("")));
  if (connection->in_process())
    context.terminal.note("soma: no server runs; the invocation goes on with the next one: soma serve");
  return {};
}

void add_answer(CLI::App& root, Context& context, bool approve, const std::string& what) {
  auto arguments = std::make_shared<AnswerArguments>();
  arguments->decision.approve = approve;
  const std::string name(verb(*arguments));
  CLI::App* command = root.add_subcommand(name, what);
  command->add_option("id", arguments->id, "The approval's id, or how it begins (soma approvals)")
      ->required()
      ->type_name("ID");
  command->add_option("--reason", arguments->decision.reason, "Why; the model reads it when it was denied")
      ->type_name("TEXT");
  command->add_option("--by", arguments->decision.by, "Who answers (default: your login name)")
      ->type_name("NAME");
  command->add_flag("-y,--yes", arguments->yes, "Do not ask; for scripts");
  add_json_option(*command, arguments->common.json);
  add_connection_options(*command, arguments->common.connection);
  add_example(*command, fmt::format("  soma {} apr_0192f0c46a1e", name));
  on_call(*command, context, [&context, arguments] {
    const Result<> done = answer(context, *arguments);
    return done ? kExitOk : report(context, done.error(), arguments->common.json);
  });
}

}  // namespace

void add_approve(CLI::App& root, Context& context) {
  add_answer(root, context, true, "Let a tool call run that waits for your approval");
}

void add_deny(CLI::App& root, Context& context) {
  add_answer(root, context, false, "Refuse a tool call that waits for your approval");
}

}  // namespace soma::cli
