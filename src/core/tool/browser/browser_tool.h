// The `agentcore_browser` tool: real Chromium, driven by the DevTools protocol. One isolated browser context
// per tool.
#pragma once

#include "core/tool/tool.h"

namespace soma::tool {

// Chromium is started at the first call and shared by all tools of the process. Never fails for a missing
// browser: the first call does, in words that say what to install.
os::Result<std::unique_ptr<Tool>> make_browser_tool(const ToolConfig& config, Environment& environment);

}  // namespace soma::tool
