// `x-mcp-header`: arguments of a tool that its server wants mirrored into HTTP headers, since 2026-07-28
// (specification, "Custom Headers from Tool Parameters").
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json/json.h"

namespace soma::mcp {

struct MirroredArgument {
  std::string header;             // "Mcp-Param-Region"
  std::vector<std::string> path;  // of properties, from the arguments' root
};

// kInvalidArgument naming what is wrong with an annotation: such a tool must not be used.
os::Result<std::vector<MirroredArgument>> mirrored_arguments(const json::Value& input_schema);
// The headers of one call; an argument that is absent or null has none.
std::vector<std::pair<std::string, std::string>> mirrored_headers(
    const std::vector<MirroredArgument>& mirrored, const json::Value& arguments);

}  // namespace soma::mcp
