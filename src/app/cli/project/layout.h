// JSON as a person would lay it out: small objects and lists on one line, the rest a member a line.
//
//   {
//     "model": { "provider": "reflex", "modelId": "reflex" },
//     "tools": [{ "type": "agentcore_browser", "name": "browser" }]
//   }
#pragma once

#include <string>

#include "base/json/json.h"

namespace soma::cli {

inline constexpr size_t kLayoutColumns = 100;  // what does not fit is broken up

// The outermost container is always broken up. Ends with a line break.
std::string lay_out(const json::Value& value);

}  // namespace soma::cli
