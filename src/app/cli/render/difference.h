// What changed between two JSON values, in lines.
#pragma once

#include <string>
#include <vector>

#include "base/json/json.h"

namespace soma::cli {

// "+ tools[1]: {…}", "- maxTokens: 100", "~ model.modelId: "a" → "b"". Members in the order of `after`,
// removed ones last.
std::vector<std::string> differences(const json::Value& before, const json::Value& after);

}  // namespace soma::cli
