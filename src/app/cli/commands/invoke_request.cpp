#include "app/cli/commands/invoke_request.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "app/cli/project/project_files.h"
#include "base/json/schema.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr size_t kReadBytes = 64u << 10;

Result<std::string> read_descriptor(int descriptor) {
  std::string text;
  std::string buffer(kReadBytes, '\0');
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::fail_errno("cannot read standard input", errno);
    if (count == 0) return text;
    text.append(buffer, 0, static_cast<size_t>(count));
    if (text.size() > kMaxPromptBytes)
      return os::fail(Code::kLimitExceeded,
                      fmt::format("the prompt is longer than {} bytes", kMaxPromptBytes));
  }
}

bool has_results(const InvokeArguments& arguments) {
  return !arguments.tool_results.empty() || !arguments.tool_errors.empty();
}

Result<std::string> one_prompt(const InvokeArguments& arguments, int standard_input) {
  std::vector<std::string> given;
  for (const std::string* text : {&arguments.prompt, &arguments.prompt_file, &arguments.prompt_argument})
    if (!text->empty()) given.push_back(*text);
  if (given.size() > 1)
    return os::fail(Code::kInvalidArgument, "more than one prompt",
                    "give one of --prompt, --prompt-file, PROMPT");
  if (given.empty() && has_results(arguments)) return std::string();
  if (given.empty())
    return os::fail(Code::kInvalidArgument, "no prompt",
                    R"(give one with --prompt "…", --prompt-file FILE, or - for standard input)");
  if (given.front() == "-") return read_descriptor(standard_input);
  if (!arguments.prompt_file.empty()) return os::read_file(arguments.prompt_file, kMaxPromptBytes);
  return given.front();
}

// {"provider": …, "modelId": …}, or the API's union with one member that holds the modelId.
Value with_model_id(Value model, const std::string& model_id) {
  const bool is_union =
      !model.has("provider") && model.size() == 1 && model.as_object().front().second.is_object();
  Value& holder = is_union ? model.as_object().front().second : model;
  holder.set("modelId", model_id);
  return model;
}

Result<Value> model_override(const InvokeArguments& arguments, const Value& model) {
  if (arguments.model_provider.empty()) return with_model_id(model, arguments.model_id);
  SOMA_ASSIGN(const std::string provider, resolve_provider(arguments.model_provider));
  Value chosen = json::object({{"provider", provider}});
  if (!arguments.model_id.empty()) chosen.set("modelId", arguments.model_id);
  return chosen;
}

// ID=TEXT, ID=@FILE, or ID=@@TEXT for a text that begins with @, as a block of the message.
Result<Value> result_block(const std::string& given, std::string_view status) {
  const std::string option = status == "error" ? "--tool-error" : "--tool-result";
  const size_t equals = given.find('=');
  if (equals == std::string::npos || equals == 0)
    return os::fail(Code::kInvalidArgument, fmt::format("{} {} is not ID=TEXT", option, given),
                    fmt::format("for example {} call_1=\"yes\", or {} call_1=@answer.txt", option, option));
  std::string text = given.substr(equals + 1);
  if (text.starts_with("@@")) {
    text.erase(0, 1);
  } else if (text.starts_with('@')) {
    SOMA_ASSIGN(text, os::read_file(text.substr(1), kMaxPromptBytes));
  }
  if (!os::is_valid_utf8(text))
    return os::fail(Code::kInvalidArgument,
                    fmt::format("{} {}: no UTF-8 text", option, given.substr(0, equals)));
  const Value content = json::array({json::object({{"text", text}})});
  return json::object(
      {{"toolResult",
        json::object({{"toolUseId", given.substr(0, equals)}, {"status", status}, {"content", content}})}});
}

// The blocks of the message: results of tools first, as models want them.
Result<Value> message_content(const InvokeArguments& arguments, const std::string& prompt) {
  Value content = json::Array{};
  if (has_results(arguments) && arguments.session_id.empty())
    return os::fail(Code::kInvalidArgument, "results of tools need the session whose calls they answer",
                    "name it with --session-id");
  for (const auto& [given, status] :
       {std::pair(&arguments.tool_results, "success"), std::pair(&arguments.tool_errors, "error")})
    for (const std::string& one : *given) {
      SOMA_ASSIGN(Value block, result_block(one, status));
      const Value& id = block.get("toolResult").get("toolUseId");
      for (const Value& before : content.as_array())
        if (before.get("toolResult").get("toolUseId") == id)
          return os::fail(Code::kInvalidArgument,
                          fmt::format("the call '{}' is answered twice", id.as_string()),
                          "give each id one --tool-result or --tool-error");
      content.push_back(std::move(block));
    }
  if (!prompt.empty()) content.push_back(json::object({{"text", prompt}}));
  return content;
}

Result<Value> read_schema(const std::string& file) {
  SOMA_ASSIGN(Value schema, read_json_file(file));
  if (!schema.is_object())
    return os::fail(Code::kInvalidArgument, fmt::format("{}: an output schema is a JSON object", file),
                    R"(for example {"type": "object", "properties": {"answer": {"type": "string"}}})");
  if (const auto compiled = json::Schema::compile(schema); !compiled)
    return os::fail(compiled.error().code, fmt::format("{}: {}", file, compiled.error().message),
                    compiled.error().hint);
  return schema;
}

// A skill's source as the API has it.
Value skill_source(const std::string& given) {
  if (given.starts_with("s3://")) return json::object({{"s3", json::object({{"uri", given}})}});
  if (given.starts_with("https://")) return json::object({{"git", json::object({{"url", given}})}});
  return json::object({{"path", std::filesystem::absolute(given).lexically_normal().string()}});
}

void add_output_options(CLI::App& command, InvokeArguments& arguments) {
  command.add_flag("--stream", arguments.stream, "Print the answer as it comes")->group("Output");
  command
      .add_flag("--verbose", arguments.verbose,
                "Print every event, one JSON object a line, instead of the answer")
      ->group("Output");
  command.add_flag("--json", arguments.common.json, "Print {text, sessionId, …} as JSON when it is over")
      ->group("Output")
      ->excludes("--verbose");
}

void add_override_options(CLI::App& command, InvokeArguments& arguments) {
  const auto override_group = "For this invocation only";
  command.add_option("--model-provider", arguments.model_provider, "Another provider")
      ->type_name("NAME")
      ->group(override_group);
  command.add_option("--model-id", arguments.model_id, "Another model")
      ->type_name("ID")
      ->group(override_group);
  command.add_option("--system-prompt", arguments.system_prompt, "Another system prompt")
      ->type_name("TEXT")
      ->group(override_group);
  command
      .add_option("--allowed-tools", arguments.allowed_tools, "Only these tools (globs, separated by commas)")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(override_group);
  command
      .add_option("--skills", arguments.skills,
                  "These skills (folders, https addresses of git, s3 addresses, separated by commas)")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(override_group);
  command.add_option("--max-iterations", arguments.max_iterations, "At most so many model calls")
      ->type_name("N")
      ->group(override_group);
  command.add_option("--max-tokens", arguments.max_tokens, "At most so many output tokens")
      ->type_name("N")
      ->group(override_group);
  command.add_option("--timeout,--harness-timeout", arguments.timeout_seconds, "At most so many seconds")
      ->type_name("SECONDS")
      ->group(override_group);
  command.add_option("--max-tool-calls", arguments.max_tool_calls, "At most so many tool calls")
      ->type_name("N")
      ->group(override_group);
  command.add_option("--max-cost", arguments.max_cost_usd, "At most so many US dollars")
      ->type_name("USD")
      ->group(override_group);
  command
      .add_option("--output-schema", arguments.output_schema,
                  "The answer is JSON that fits this JSON Schema, and printed alone")
      ->type_name("FILE")
      ->group(override_group);
}

}  // namespace

void add_invoke_options(CLI::App& command, InvokeArguments& arguments) {
  command.add_option("prompt", arguments.prompt_argument, "The prompt; - reads standard input")
      ->type_name("PROMPT");
  command.add_option("--prompt", arguments.prompt, "The prompt; - reads standard input")->type_name("TEXT");
  command
      .add_option("--prompt-file", arguments.prompt_file,
                  "A file that holds the prompt; - reads standard input")
      ->type_name("FILE");
  command.add_option("--harness", arguments.harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  command.add_option("--harness-arn", arguments.harness_arn, "The harness by its ARN")
      ->type_name("ARN")
      ->excludes("--harness");
  command
      .add_option("--qualifier", arguments.qualifier,
                  "An endpoint or a version of the harness (default: DEFAULT, the newest)")
      ->type_name("NAME");
  command
      .add_option("--session-id", arguments.session_id,
                  "Go on with this session (33 to 256 characters; default: a new one)")
      ->type_name("ID");
  command.add_option("--user", arguments.user_id, "Who asks")->type_name("ID");
  add_bearer_token_option(command, arguments.bearer_token);
  command.add_option("--actor-id", arguments.actor_id, "Whose memory is used")->type_name("ID");
  command
      .add_option("--tool-result", arguments.tool_results,
                  "Answer a call that the last invocation left to you: ID=TEXT, ID=@FILE")
      ->type_name("ID=TEXT")
      ->allow_extra_args(false);
  command.add_option("--tool-error", arguments.tool_errors, "The same, for a call that failed")
      ->type_name("ID=TEXT")
      ->allow_extra_args(false);
  add_output_options(command, arguments);
  add_override_options(command, arguments);
}

Result<std::string> read_prompt(const InvokeArguments& arguments, int standard_input) {
  SOMA_ASSIGN(const std::string text, one_prompt(arguments, standard_input));
  const std::string_view trimmed = os::trim(text);
  if (text.empty() && has_results(arguments)) return std::string();
  if (trimmed.empty()) return os::fail(Code::kInvalidArgument, "the prompt is empty");
  if (!os::is_valid_utf8(trimmed)) return os::fail(Code::kInvalidArgument, "the prompt is not UTF-8 text");
  return std::string(trimmed);
}

bool needs_model(const InvokeArguments& arguments) {
  return arguments.model_provider.empty() && !arguments.model_id.empty();
}

Result<Value> invoke_body(const InvokeArguments& arguments, const std::string& prompt, const Value& model) {
  SOMA_ASSIGN(Value content, message_content(arguments, prompt));
  const Value message = json::object({{"role", "user"}, {"content", std::move(content)}});
  Value body = json::object({{"messages", json::array({message})}});
  if (!arguments.model_provider.empty() || !arguments.model_id.empty()) {
    SOMA_ASSIGN(Value chosen, model_override(arguments, model));
    body.set("model", std::move(chosen));
  }
  if (!arguments.system_prompt.empty())
    body.set("systemPrompt", json::array({json::object({{"text", arguments.system_prompt}})}));
  for (const std::string& pattern : arguments.allowed_tools) {
    if (!body.has("allowedTools")) body.set("allowedTools", json::Array{});
    body.find("allowedTools")->push_back(pattern);
  }
  for (const std::string& skill : arguments.skills) {
    if (!body.has("skills")) body.set("skills", json::Array{});
    body.find("skills")->push_back(skill_source(skill));
  }
  if (arguments.max_iterations) body.set("maxIterations", *arguments.max_iterations);
  if (arguments.max_tokens) body.set("maxTokens", *arguments.max_tokens);
  if (arguments.timeout_seconds) body.set("timeoutSeconds", *arguments.timeout_seconds);
  if (arguments.max_tool_calls) body.set("maxToolCalls", *arguments.max_tool_calls);
  if (arguments.max_cost_usd) body.set("maxCostUsd", *arguments.max_cost_usd);
  if (!arguments.output_schema.empty()) {
    SOMA_ASSIGN(Value schema, read_schema(arguments.output_schema));
    body.set("outputSchema", std::move(schema));
  }
  if (!arguments.actor_id.empty()) body.set("actorId", arguments.actor_id);
  return body;
}

AnswerFormat answer_format(const InvokeArguments& arguments) {
  if (arguments.verbose) return AnswerFormat::kEvents;
  if (arguments.common.json) return AnswerFormat::kJson;
  if (!arguments.output_schema.empty()) return AnswerFormat::kOutput;
  return arguments.stream ? AnswerFormat::kStream : AnswerFormat::kPlain;
}

}  // namespace soma::cli
