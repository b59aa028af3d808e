// What an MCP server's result is for a model.
#pragma once

#include "core/mcp/mcp.h"
#include "core/tool/tool.h"

namespace soma::tool {

inline constexpr size_t kMaxResultBlocks = 256;           // of one result; the rest is counted
inline constexpr size_t kMaxResultMediaBytes = 5u << 20;  // of all its images together

// Text and resources as text, images as images. Audio and other binary content is named, not shown.
// Structured content is JSON where the server gave nothing else: else it repeats the text.
std::vector<model::ResultContent> result_contents(const mcp::CallResult& result);

}  // namespace soma::tool
