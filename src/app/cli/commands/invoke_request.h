// From `soma invoke`'s arguments to the request that they stand for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/invocation.h"
#include "app/cli/render/invocation_renderer.h"

namespace soma::cli {

inline constexpr size_t kMaxPromptBytes = 4u << 20;

struct InvokeArguments {
  CommonOptions common;
  std::string harness, harness_arn, prompt, prompt_file, prompt_argument, session_id, user_id, actor_id;
  std::string qualifier, bearer_token;
  std::string model_provider, model_id, system_prompt, output_schema;
  std::vector<std::string> allowed_tools, skills, tool_results, tool_errors;
  std::optional<int64_t> max_iterations, max_tokens, timeout_seconds, max_tool_calls;
  std::optional<double> max_cost_usd;
  bool stream = false;
  bool verbose = false;
};

// Binds the options to `arguments`.
void add_invoke_options(CLI::App& command, InvokeArguments& arguments);

// The prompt: --prompt, the file of --prompt-file, or standard input for "-"; "" when there is none beside
// results of tools. kInvalidArgument when there is none and no result, or more than one.
os::Result<std::string> read_prompt(const InvokeArguments& arguments, int standard_input);
// The InvokeHarness body; reads the files that --tool-result and --output-schema name. `model` is the
// harness's own model, needed when only --model-id is given.
os::Result<json::Value> invoke_body(const InvokeArguments& arguments, const std::string& prompt,
                                    const json::Value& model);
// True when invoke_body needs the harness's own model.
bool needs_model(const InvokeArguments& arguments);

AnswerFormat answer_format(const InvokeArguments& arguments);

}  // namespace soma::cli
