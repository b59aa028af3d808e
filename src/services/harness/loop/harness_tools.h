// The tool types that a configuration may name: those of core/tool, and the two that only a harness has:
//
//   inline_function   the client answers the call: the invocation ends with it, the next one brings the
//   result
//   harness           another harness answers the call, in a session of its own (sub_agent.h)
#pragma once

#include <string_view>
#include <vector>

#include "core/tool/tool.h"
#include "services/harness/config.h"

namespace soma::harness {

inline constexpr std::string_view kInlineFunctionType = "inline_function";
inline constexpr std::string_view kSubAgentType = "harness";

struct HarnessToolType {
  std::string_view type, summary;
  bool builtin;                    // as tool::ToolType's
  std::string_view config_schema;  // a JSON Schema for ToolConfig::config
  bool config_required;
};
const std::vector<HarnessToolType>& harness_tool_types();

// The server that a tool of this name belongs to, as tool_allowed() and hooks want it: "builtin", the name of
// the source of tools that it is of, or none.
std::string_view tool_server(const Config& config, std::string_view tool_name);
// The entry of the configuration that the tool is of: its own, or its source's. Null: it comes by itself.
const tool::ToolConfig* configured_tool(const Config& config, std::string_view tool_name);

// What the model sees of an inline function.
model::ToolSpec inline_function_spec(const tool::ToolConfig& config);

}  // namespace soma::harness
