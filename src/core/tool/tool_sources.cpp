#include <algorithm>

#include "core/tool/agentcore_gateway.h"
#include "core/tool/remote_mcp.h"
#include "core/tool/tool_source.h"

namespace soma::tool {
namespace {

constexpr ToolSourceType kTypes[] = {
    {"remote_mcp", "the tools of an MCP server", kRemoteMcpConfig, check_remote_mcp, remote_mcp_needs_owner,
     make_remote_mcp},
    {"agentcore_gateway", "the tools of an AgentCore Gateway", kAgentCoreGatewayConfig,
     check_agentcore_gateway, agentcore_gateway_needs_owner, make_agentcore_gateway},
};

}  // namespace

std::span<const ToolSourceType> tool_source_types() {
  return kTypes;
}

const ToolSourceType* find_tool_source_type(std::string_view type) {
  const auto* const found = std::ranges::find(kTypes, type, &ToolSourceType::type);
  return found == std::end(kTypes) ? nullptr : found;
}

std::string source_tool_name(std::string_view source, std::string_view tool) {
  return std::string(source) + std::string(kSourceSeparator) + std::string(tool);
}

}  // namespace soma::tool
