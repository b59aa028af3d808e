// soma workflow rollout start, status, cancel.
#include <fmt/format.h>

#include <optional>

#include "app/cli/commands/workflow/workflow.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

constexpr size_t kMaxPlanBytes = 64u << 10;

struct RolloutArguments {
  CommonOptions common;
  std::string machine, alias, plan, type;
  int64_t to = 0;
  std::optional<int64_t> percentage{}, interval{}, min_ended{};
  bool allow_breaking = false;
};

std::string path_of(const RolloutArguments& arguments) {
  return api_path("/api/workflow/machines/{}/aliases/{}/rollout", {arguments.machine, arguments.alias});
}

// The file's plan, with what the options say over it.
Result<Value> plan_of(const RolloutArguments& arguments) {
  Value plan = json::object({{"type", "CANARY"}});
  if (!arguments.plan.empty()) {
    SOMA_ASSIGN(const std::string text, os::read_file(arguments.plan, kMaxPlanBytes));
    json::ParseOptions options;
    options.source = arguments.plan;
    SOMA_ASSIGN(plan, json::parse(text, options));
  }
  if (!arguments.type.empty()) plan.set("type", arguments.type);
  if (arguments.percentage) plan.set("percentage", *arguments.percentage);
  if (arguments.interval) plan.set("intervalSeconds", *arguments.interval);
  if (arguments.min_ended) plan.set("minEnded", *arguments.min_ended);
  return plan;
}

// "PaymentProcessing:PROD 1 → 2: running, 10% to version 2", and why, and on what.
void print_rollout(Context& context, const RolloutArguments& arguments, const Value& rollout) {
  Terminal& terminal = context.terminal;
  const int64_t to = rollout.get("to").int_or(0);
  terminal.out_line(fmt::format("{}:{} {} → {}: {}, {}% to version {}", arguments.machine, arguments.alias,
                                rollout.get("from").int_or(0), to, rollout.get("status").string_or(""),
                                rollout.get("weight").int_or(0), to));
  if (const std::string_view reason = rollout.get("reason").string_or(""); !reason.empty())
    terminal.out_line(fmt::format("  {}", reason));
  const Value& seen = rollout.has("seen") ? rollout.get("seen") : rollout.get("evidence");
  if (!seen.is_object()) return;
  const auto arm = [&](std::string_view name, std::string_view prefix) {
    const auto number = [&](std::string_view what) {
      return seen.get(fmt::format("{}{}", prefix, what)).int_or(0);
    };
    terminal.out_line(fmt::format("  {} {} ended, {} failed, p95 {} ms", name, number("Ended"),
                                  number("Failed"), number("P95Ms")));
  };
  arm("old:", "old");
  arm("new:", "new");
}

int print(Context& context, const RolloutArguments& arguments, const Value& answer) {
  const Value& rollout = answer.has("alias") ? answer.get("alias").get("rollout") : answer.get("rollout");
  if (arguments.common.json)
    context.terminal.out_line(json::write(answer));
  else
    print_rollout(context, arguments, rollout);
  return kExitOk;
}

Result<int> begin(Context& context, const RolloutArguments& arguments) {
  SOMA_ASSIGN(Value plan, plan_of(arguments));
  Value body = json::object({{"version", arguments.to}, {"plan", std::move(plan)}});
  if (arguments.allow_breaking) body.set("allowBreaking", true);
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value answer, call(connection->url(), "POST", path_of(arguments), body));
  return print(context, arguments, answer);
}

Result<int> status(Context& context, const RolloutArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value answer, call(connection->url(), "GET", path_of(arguments)));
  return print(context, arguments, answer);
}

Result<int> cancel(Context& context, const RolloutArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value answer, call(connection->url(), "DELETE", path_of(arguments)));
  return print(context, arguments, answer);
}

CLI::App* add_command(CLI::App& group, const std::shared_ptr<RolloutArguments>& arguments,
                      const std::string& name, const std::string& what) {
  CLI::App* command = group.add_subcommand(name, what);
  command->add_option("machine", arguments->machine, "The machine")->required()->type_name("NAME");
  command->add_option("alias", arguments->alias, "The alias")->required()->type_name("ALIAS");
  return command;
}

}  // namespace

void add_rollouts(CLI::App& workflow, Context& context) {
  CLI::App* group =
      workflow.add_subcommand("rollout", "Move an alias to another version step by step, or back");
  group->require_subcommand(1, 1);

  auto arguments = std::make_shared<RolloutArguments>();
  CLI::App* command = add_command(*group, arguments, "start", "Begin to move an alias to another version");
  command->add_option("--to", arguments->to, "The version")->required()->type_name("VERSION");
  command->add_option("--type", arguments->type, "CANARY (default), LINEAR or ALL_AT_ONCE")
      ->type_name("TYPE");
  command->add_option("--percentage", arguments->percentage, "Of each step (10)")->type_name("N");
  command->add_option("--interval", arguments->interval, "Seconds between two steps, at least (300)")
      ->type_name("SECONDS");
  command->add_option("--min-ended", arguments->min_ended, "Executions before a version is judged (30)")
      ->type_name("N");
  command->add_option("--plan", arguments->plan, "The whole plan, as JSON")->type_name("FILE");
  command->add_flag("--allow-breaking", arguments->allow_breaking,
                    "Though the version's contract breaks that of the one before");
  add_example(*command, "  soma workflow rollout start order PROD --to 4 --percentage 10 --interval 300");
  on_server_call(*command, context, arguments, begin);

  arguments = std::make_shared<RolloutArguments>();
  command = add_command(*group, arguments, "status", "Where a rollout stands, and what it has seen");
  add_example(*command, "  soma workflow rollout status order PROD");
  on_server_call(*command, context, arguments, status);

  arguments = std::make_shared<RolloutArguments>();
  command =
      add_command(*group, arguments, "cancel", "End a rollout: the old version has all of the traffic again");
  add_example(*command, "  soma workflow rollout cancel order PROD");
  on_server_call(*command, context, arguments, cancel);
}

}  // namespace soma::cli
