// The tools of one MCP server (core/mcp/mcp.h) as a source. The types of sources differ in where the server
// is and what it is shown; the rest is here: names, limits, calls, progress.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "core/mcp/mcp.h"
#include "core/tool/tool_source.h"

namespace soma::tool {

using McpAddress = std::variant<mcp::HttpServer, mcp::CommandServer>;

struct McpServer {
  std::string name;        // of the source, in the names of its tools and in errors
  os::Duration call_time;  // at most, of one call
  // Where it is, asked before it is first reached and again while that fails: a secret that is missing now
  // may be there when the next invocation begins. Errors need not name the server.
  std::function<os::Result<McpAddress>()> address;
};
std::unique_ptr<ToolSource> make_mcp_source(McpServer server, Environment& environment);

// A session's outbound policy for one address of the configuration's. One that is written as loopback
// (localhost, 127.0.0.1, [::1]) is allowed, since whoever wrote the harness meant that server; no name of the
// network that leads there is. Null: no restriction.
std::shared_ptr<const net::OutboundPolicy> policy_for(const net::OutboundPolicy* outbound,
                                                      std::string_view url);
// Whether the address is written as loopback.
bool is_of_this_machine(std::string_view url);
// The member timeoutSeconds of a configuration, kDefaultSourceTimeoutSeconds when it is absent.
os::Duration call_time_of(const json::Value& config);

}  // namespace soma::tool
