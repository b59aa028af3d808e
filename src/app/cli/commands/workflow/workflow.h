// `soma workflow …`: one file for each subject, one line in kParts (workflow.cpp) for each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/api_client.h"

namespace soma::cli {

inline constexpr size_t kMaxDefinitionFileBytes = 2u << 20;
inline constexpr size_t kMaxInputFileBytes = 1u << 20;

void add_machines(CLI::App& workflow, Context& context);    // create update list describe delete
void add_versions(CLI::App& workflow, Context& context);    // publish alias
void add_rollouts(CLI::App& workflow, Context& context);    // rollout start status cancel
void add_contracts(CLI::App& workflow, Context& context);   // contract diff
void add_executions(CLI::App& workflow, Context& context);  // start stop redrive history logs
void add_lint(CLI::App& workflow, Context& context);        // lint
void add_state_test(CLI::App& workflow, Context& context);  // test
void add_run(CLI::App& workflow, Context& context);         // run

// An input as it was given: JSON text, or "@file" ("@-": stdin); empty: {}. Checked to be JSON.
os::Result<json::Value> read_input(const std::string& text);
// A definition's text, with the last step of its path's name ("orders.asl.json" is "orders").
struct DefinitionFile {
  std::string text, name;
};
os::Result<DefinitionFile> read_definition_file(const std::string& path);
// A contract's JSON, checked to be one; what is wrong is told with line and column.
os::Result<json::Value> read_contract_file(const std::string& path);

// "MACHINE/EXECUTION", or an execution's ARN.
struct ExecutionKey {
  std::string machine, name;
};
os::Result<ExecutionKey> execution_key(const std::string& text);
std::string execution_path(const ExecutionKey& key, std::string_view rest = "");

// Prints what a definition was refused for, a line each, when the server said so; else reports the error.
int report_refusal(Context& context, const std::string& path, const net::Response& response, bool json);
// The whole answer, for those who look into errors.
os::Result<net::Response> send(std::string_view base_url, std::string_view method, std::string_view path,
                               const json::Value& body);

// "additive, 2 findings" and a line for each of a comparison's findings; nothing of null.
void print_comparison(Context& context, const json::Value& comparison);

// The end of an execution: its output on stdout, or why it failed on stderr. The exit code.
int print_outcome(Context& context, const json::Value& execution, bool json);

}  // namespace soma::cli
