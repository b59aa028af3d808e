// Approvals as a person reads them.
#pragma once

#include <string>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::cli {

inline constexpr size_t kMaxArgumentsBytes = 60;  // of the arguments in the table; longer is cut with …

// ID, HARNESS, SESSION, TOOL, ARGUMENTS, AGE, EXPIRES; a line each.
std::string approvals_table(const json::Array& approvals, os::Time now);
// All of one approval, its arguments laid out, a member a line.
std::string approval_text(const json::Value& approval, os::Time now);

// The arguments of an approval alone, laid out, without a line break at the end.
std::string approval_arguments(const json::Value& approval);

}  // namespace soma::cli
