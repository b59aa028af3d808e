// The functions that a JSONPath may end with: "$.prices.sum()". Internal to query/.
#pragma once

#include <expected>
#include <string>

#include "services/workflow/query/path_program.h"

namespace soma::workflow::query {

// The error is the message alone.
std::expected<json::Value, std::string> apply_function(const Step& function, const json::Value& value);

}  // namespace soma::workflow::query
