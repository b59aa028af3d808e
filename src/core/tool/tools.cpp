#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/json/schema.h"
#include "core/tool/browser/browser_tool.h"
#include "core/tool/builtin_tools.h"
#include "core/tool/tool.h"

namespace soma::tool {
namespace {

constexpr std::string_view kNoConfig =
    R"({"type": "object", "properties": {}, "additionalProperties": false})";
constexpr size_t kMaxNameBytes = 64;  // what every model API takes

constexpr ToolType kTypes[] = {
    {"shell", true, "a command in the session's sandbox", kNoConfig, make_shell_tool},
    {"file_operations", true, "view, create, change, list and search the session's files", kNoConfig,
     make_file_operations_tool},
    {"agentcore_code_interpreter", false, "Python, JavaScript and bash with state", kNoConfig,
     make_code_interpreter_tool},
    {"agentcore_browser", false, "a real browser", kNoConfig, make_browser_tool},
};

os::Result<const ToolType*> find_type(std::string_view type) {
  std::vector<std::string_view> names;
  for (const ToolType& known : kTypes) {
    if (known.type == type) return &known;
    names.push_back(known.type);
  }
  std::string_view near = os::nearest(type, names);
  return os::fail(os::Code::kInvalidArgument, fmt::format("there is no tool of the type \"{}\"", type),
                  near.empty() ? fmt::format("known types: {}", fmt::join(names, ", "))
                               : fmt::format("did you mean \"{}\"?", near));
}

os::Result<> check_name(const std::string& name) {
  auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  };
  if (!name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, allowed)) return {};
  return os::fail(os::Code::kInvalidArgument, fmt::format("\"{}\" is no name for a tool", name),
                  "1 to 64 letters, digits, underscores or hyphens");
}

}  // namespace

std::span<const ToolType> tool_types() {
  return kTypes;
}

os::Result<std::unique_ptr<Tool>> make_tool(const ToolConfig& config, Environment& environment) {
  SOMA_ASSIGN(const ToolType* type, find_type(config.type));
  SOMA_TRY(check_name(config.name));
  json::Value schema_text = parse_literal(type->config_schema);
  SOMA_ASSIGN(json::Schema schema, json::Schema::compile(schema_text));
  std::vector<json::Violation> violations =
      schema.validate(config.config.is_null() ? json::object({}) : config.config);
  if (!violations.empty())
    return std::unexpected(
        json::violations_error(violations, {}, "the configuration of tool " + config.name));
  return type->make(config, environment);
}

json::Value parse_literal(std::string_view text) {
  os::Result<json::Value> value = json::parse(text);
  if (value) return std::move(*value);
  os::log(os::Level::kError, "tool.literal.broken", {{"error", value.error().to_string()}});
  std::abort();
}

os::Duration call_time(const json::Value& input, const Context& context, os::Clock& clock) {
  os::Duration asked = std::chrono::seconds(input.get("timeout").int_or(kDefaultTimeoutSeconds));
  os::Duration left = context.deadline - clock.now();
  return std::max<os::Duration>(std::min(asked, left), std::chrono::milliseconds(1));
}

}  // namespace soma::tool
