// soma trace: every execution that one request set off, as a tree, with the leaf that failed.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/api_client.h"
#include "app/cli/render/figures.h"
#include "app/cli/render/one_line.h"
#include "app/cli/render/table.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr size_t kMaxTraced = 1'000;
constexpr size_t kMaxCountedHistories =
    200;  // retries are counted from histories; past these they are not shown
constexpr size_t kMaxCauseBytes = 200;

struct TraceArguments {
  CommonOptions common;
  std::string correlation;
};

std::string text(const Value& object, std::string_view key) {
  return std::string(object.get(key).string_or(""));
}

// One execution and those that it started, oldest first.
struct Node {
  Value execution;
  std::optional<int64_t> retries;
  std::vector<size_t> children;
};

struct Trace {
  std::vector<Node> nodes;
  std::vector<size_t> roots;
  std::set<size_t> failing;  // failed, and none of its children did
};

// Tasks that were scheduled again: more than there were visits of Task states.
Result<int64_t> count_retries(const std::string& url, const Value& execution) {
  const std::string path = api_path("/api/workflow/executions/{}/{}/history",
                                    {text(execution, "machine"), text(execution, "name")});
  SOMA_ASSIGN(const json::Array events, call_list(url, path, "events", 25'000));
  int64_t scheduled = 0, entered = 0;
  for (const Value& event : events) {
    const std::string_view type = event.get("type").string_or("");
    scheduled += type == "TaskScheduled" || type == "LambdaFunctionScheduled" || type == "ActivityScheduled";
    entered += type == "TaskStateEntered";
  }
  return std::max<int64_t>(0, scheduled - entered);
}

bool failed(const Value& execution) {
  const std::string_view status = execution.get("status").string_or("");
  return status == "FAILED" || status == "TIMED_OUT" || status == "ABORTED";
}

Result<Trace> read_trace(const std::string& url, const std::string& correlation) {
  const std::string path = with_query("/api/workflow/executions", {{"correlationId", correlation}});
  SOMA_ASSIGN(json::Array listed, call_list(url, path, "executions", kMaxTraced));
  std::ranges::sort(listed, {}, [](const Value& one) { return text(one, "startedAt"); });
  Trace trace;
  std::map<std::string, size_t> by_arn;
  for (const Value& entry : listed) {
    const std::string one =
        api_path("/api/workflow/executions/{}/{}", {text(entry, "machine"), text(entry, "name")});
    SOMA_ASSIGN(const Value found, call(url, "GET", one));
    Node node{found.get("execution"), std::nullopt, {}};
    if (trace.nodes.size() < kMaxCountedHistories) {
      SOMA_ASSIGN(node.retries, count_retries(url, entry));
    }
    by_arn[text(entry, "arn")] = trace.nodes.size();
    trace.nodes.push_back(std::move(node));
  }
  for (size_t i = 0; i < trace.nodes.size(); ++i) {
    const auto parent = by_arn.find(text(trace.nodes[i].execution, "parentArn"));
    (parent == by_arn.end() ? trace.roots : trace.nodes[parent->second].children).push_back(i);
  }
  for (size_t i = 0; i < trace.nodes.size(); ++i)
    if (failed(trace.nodes[i].execution) && std::ranges::none_of(trace.nodes[i].children, [&](size_t child) {
          return failed(trace.nodes[child].execution);
        }))
      trace.failing.insert(i);
  return trace;
}

// "PROD → 3", "3", or nothing: what was started, and what ran.
std::string version_of(const Value& execution) {
  const auto last = [](const std::string& arn) { return arn.substr(arn.rfind(':') + 1); };
  const std::string alias = text(execution, "aliasArn"), version = text(execution, "versionArn");
  if (alias.empty()) return version.empty() ? "-" : last(version);
  return fmt::format("{} → {}", last(alias), version.empty() ? "?" : last(version));
}

std::string duration_of(const Value& execution, os::Time now) {
  const auto from = os::parse_time(text(execution, "startedAt"));
  const auto to = execution.has("stoppedAt") ? os::parse_time(text(execution, "stoppedAt")) : now;
  return from && to ? short_time(*to - *from) : "";
}

using Rows = std::vector<std::vector<std::string>>;

void add_rows(const Trace& trace, size_t at, const std::string& before, const std::string& below,
              os::Time now, Rows& rows) {
  const Node& node = trace.nodes[at];
  const std::string mark = trace.failing.contains(at) ? " ✗" : "";
  rows.push_back({before + text(node.execution, "machine") + mark, text(node.execution, "status"),
                  version_of(node.execution), node.retries ? std::to_string(*node.retries) : "?",
                  duration_of(node.execution, now), text(node.execution, "name")});
  for (size_t i = 0; i < node.children.size(); ++i) {
    const bool last = i + 1 == node.children.size();
    add_rows(trace, node.children[i], below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "), now,
             rows);
  }
}

Value node_json(const Trace& trace, size_t at) {
  const Node& node = trace.nodes[at];
  Value children = json::Array{};
  for (const size_t child : node.children) children.push_back(node_json(trace, child));
  Value out = json::object({{"execution", node.execution}, {"failingLeaf", trace.failing.contains(at)}});
  if (node.retries) out.set("retries", *node.retries);
  out.set("children", std::move(children));
  return out;
}

Result<int> trace(Context& context, const TraceArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Trace found, read_trace(connection->url(), arguments.correlation));
  if (found.nodes.empty())
    return os::fail(Code::kNotFound,
                    fmt::format("no execution has the correlation id '{}'", arguments.correlation),
                    "it is in every execution: soma workflow describe MACHINE/EXECUTION");
  Terminal& terminal = context.terminal;
  if (arguments.common.json) {
    Value roots = json::Array{};
    for (const size_t root : found.roots) roots.push_back(node_json(found, root));
    terminal.out_line(
        json::write(json::object({{"correlationId", arguments.correlation}, {"roots", std::move(roots)}})));
    return kExitOk;
  }
  Rows rows;
  const os::Time now = os::make_system_clock()->now();
  for (const size_t root : found.roots) add_rows(found, root, "", "", now, rows);
  terminal.out(table({"WORKFLOW", "STATUS", "VERSION", "RETRIES", "TOOK", "EXECUTION"}, rows));
  for (const size_t leaf : found.failing) {
    const Value& execution = found.nodes[leaf].execution;
    terminal.out_line(fmt::format("✗ {}: {}{}{}", text(execution, "machine"), text(execution, "error"),
                                  text(execution, "cause").empty() ? "" : ": ",
                                  one_line(text(execution, "cause"), kMaxCauseBytes)));
  }
  return kExitOk;
}

}  // namespace

void add_trace(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<TraceArguments>();
  CLI::App* command =
      root.add_subcommand("trace", "Every execution that one request set off, as a tree, with what failed");
  command->add_option("correlation-id", arguments->correlation, "The correlation id")
      ->required()
      ->type_name("ID");
  add_json_option(*command, arguments->common.json);
  add_connection_options(*command, arguments->common.connection);
  add_example(*command, "  soma trace corr-100045");
  on_call(*command, context, [&context, arguments] {
    const Result<int> code = trace(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->common.json);
  });
}

}  // namespace soma::cli
