#include "app/cli/commands/workflow/workflow.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <iterator>

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

using AddPart = void (*)(CLI::App& workflow, Context& context);
constexpr AddPart kParts[] = {add_machines, add_versions, add_executions, add_lint, add_state_test, add_run};

net::Task<Result<net::Response>> send_once(net::ClientRequest request) {
  net::HttpClient client(co_await net::this_executor());
  co_return co_await client.fetch(std::move(request));
}

Result<std::string> read_all(std::istream& in, size_t max_bytes) {
  std::string text;
  char piece[4096];
  while (in.read(piece, sizeof piece) || in.gcount() > 0) {
    text.append(piece, static_cast<size_t>(in.gcount()));
    if (text.size() > max_bytes)
      return os::fail(Code::kLimitExceeded, fmt::format("the input is larger than {} bytes", max_bytes));
  }
  return text;
}

}  // namespace

Result<Value> read_input(const std::string& text) {
  if (text.empty()) return Value(json::Object{});
  json::ParseOptions options;
  options.source = "--input";
  if (!text.starts_with('@')) return json::parse(text, options);
  const std::string path = text.substr(1);
  options.source = path;
  SOMA_ASSIGN(const std::string bytes,
              path == "-" ? read_all(std::cin, kMaxInputFileBytes) : os::read_file(path, kMaxInputFileBytes));
  return json::parse(bytes, options);
}

Result<DefinitionFile> read_definition_file(const std::string& path) {
  SOMA_ASSIGN(std::string text, os::read_file(path, kMaxDefinitionFileBytes));
  std::string name = std::filesystem::path(path).filename().string();
  return DefinitionFile{std::move(text), name.substr(0, name.find('.'))};
}

Result<ExecutionKey> execution_key(const std::string& text) {
  std::string_view rest = text;
  char between = '/';
  if (const size_t at = rest.find(":execution:"); at != std::string_view::npos) {
    rest.remove_prefix(at + 11);
    between = ':';
  }
  const size_t at = rest.find(between);
  if (at == std::string_view::npos || at == 0 || at + 1 == rest.size())
    return os::fail(Code::kInvalidArgument, fmt::format("'{}' names no execution", text),
                    "MACHINE/EXECUTION, or the execution's ARN; list them: soma workflow list MACHINE");
  return ExecutionKey{std::string(rest.substr(0, at)), std::string(rest.substr(at + 1))};
}

std::string execution_path(const ExecutionKey& key, std::string_view rest) {
  return api_path("/api/workflow/executions/{}/{}", {key.machine, key.name}) + std::string(rest);
}

Result<net::Response> send(std::string_view base_url, std::string_view method, std::string_view path,
                           const Value& body) {
  net::ClientRequest request = api_request(base_url, method, path, body);
  return net::run(send_once(std::move(request)));
}

int report_refusal(Context& context, const std::string& path, const net::Response& response, bool json) {
  const auto body = json::parse(response.body);
  const Value* diagnostics = body ? body->find("diagnostics") : nullptr;
  if (json || diagnostics == nullptr) return report(context, api_error(response.status, response.body), json);
  Terminal& terminal = context.terminal;
  for (size_t i = 0; i < diagnostics->size(); ++i) {
    const Value& one = diagnostics->at(i);
    const std::string_view severity = one.get("severity").string_or("error");
    terminal.note(fmt::format("{}:{}:{}: {} {}: {}", path, one.get("line").int_or(1),
                              one.get("column").int_or(1),
                              severity == "error" ? terminal.red(severity) : terminal.yellow(severity),
                              one.get("code").string_or(""), one.get("message").string_or("")));
  }
  return exit_code_of(Code::kInvalidArgument);
}

int print_outcome(Context& context, const Value& execution, bool json) {
  Terminal& terminal = context.terminal;
  const std::string_view status = execution.get("status").string_or("");
  if (json) {
    terminal.out_line(json::write(json::object({{"execution", execution}})));
  } else if (status == "SUCCEEDED") {
    terminal.out(json::write_pretty(execution.get("output")));
  } else {
    const std::string_view error = execution.get("error").string_or("");
    const std::string_view cause = execution.get("cause").string_or("");
    terminal.note(fmt::format("{} {}{}{}", terminal.red(status), error,
                              error.empty() || cause.empty() ? "" : ": ", cause));
  }
  return status == "SUCCEEDED" || status == "RUNNING" ? kExitOk : kExitFailed;
}

void add_workflow(CLI::App& root, Context& context) {
  CLI::App* workflow =
      root.add_subcommand("workflow", "State machines in Amazon States Language: made, run, looked at");
  workflow->require_subcommand(1, 1);
  add_example(*workflow, "  soma workflow run order.asl.json --input '{\"orderId\": \"1\"}'");
  for (const AddPart add : kParts) add(*workflow, context);
}

}  // namespace soma::cli
