#include "services/harness/loop/harness_tools.h"

#include <algorithm>

#include "core/tool/tool_source.h"
#include "services/harness/loop/sub_agent.h"

namespace soma::harness {
namespace {

constexpr std::string_view kInlineFunctionConfig = R"({
  "type": "object",
  "required": ["description", "inputSchema"],
  "additionalProperties": false,
  "properties": {
    "description": {"type": "string", "minLength": 1, "maxLength": 4096},
    "inputSchema": {"type": "object"}
  }
})";

}  // namespace

const std::vector<HarnessToolType>& harness_tool_types() {
  static const std::vector<HarnessToolType> types = [] {
    std::vector<HarnessToolType> all;
    for (const tool::ToolType& type : tool::tool_types())
      all.push_back({type.type, type.summary, type.builtin, type.config_schema, false});
    for (const tool::ToolSourceType& type : tool::tool_source_types())
      all.push_back({type.type, type.summary, false, type.config_schema, true});
    all.push_back(
        {kInlineFunctionType, "a function that the client answers", false, kInlineFunctionConfig, true});
    all.push_back(
        {kSubAgentType, "another harness, in a session of its own", false, sub_agent_config_schema(), true});
    return all;
  }();
  return types;
}

const tool::ToolConfig* configured_tool(const Config& config, std::string_view tool_name) {
  const auto own = std::ranges::find(config.tools, tool_name, &tool::ToolConfig::name);
  if (own != config.tools.end()) return &*own;
  // No source has the separator in its own name: what stands before the first one names it.
  const size_t separator = tool_name.find(tool::kSourceSeparator);
  if (separator == std::string_view::npos) return nullptr;
  const auto source =
      std::ranges::find(config.tools, tool_name.substr(0, separator), &tool::ToolConfig::name);
  const bool found = source != config.tools.end() && tool::find_tool_source_type(source->type) != nullptr;
  return found ? &*source : nullptr;
}

std::string_view tool_server(const Config& config, std::string_view tool_name) {
  const tool::ToolConfig* configured = configured_tool(config, tool_name);
  if (configured && configured->name != tool_name) return configured->name;
  const std::string_view type = configured ? std::string_view(configured->type) : tool_name;
  const auto known = std::ranges::find(harness_tool_types(), type, &HarnessToolType::type);
  return known != harness_tool_types().end() && known->builtin ? "builtin" : "";
}

model::ToolSpec inline_function_spec(const tool::ToolConfig& config) {
  return {config.name, std::string(config.config.get("description").string_or("")),
          config.config.get("inputSchema")};
}

}  // namespace soma::harness
