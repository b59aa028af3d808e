// The tools of this folder, for the table in tools.cpp.
#pragma once

#include "core/tool/tool.h"

namespace soma::tool {

os::Result<std::unique_ptr<Tool>> make_shell_tool(const ToolConfig& config, Environment& environment);
os::Result<std::unique_ptr<Tool>> make_file_operations_tool(const ToolConfig& config,
                                                            Environment& environment);
os::Result<std::unique_ptr<Tool>> make_code_interpreter_tool(const ToolConfig& config,
                                                             Environment& environment);

inline constexpr int64_t kDefaultTimeoutSeconds = 300;
inline constexpr int64_t kMaxTimeoutSeconds = 3600;

// The time a call may take: what it asks for, and no longer than its invocation has left.
os::Duration call_time(const json::Value& input, const Context& context, os::Clock& clock);

// A literal of this program; a mistake in it stops the program at once.
json::Value parse_literal(std::string_view text);

}  // namespace soma::tool
