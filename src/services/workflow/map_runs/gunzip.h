// Data that was compressed by gzip (RFC 1952).
#pragma once

#include <string>
#include <string_view>

#include "base/os/result.h"

namespace soma::workflow {

bool is_gzip(std::string_view bytes);

// All members, one after the other. kInvalidArgument: not gzip, or damaged. kLimitExceeded: more than
// `max_bytes` come out.
os::Result<std::string> gunzip(std::string_view bytes, size_t max_bytes);

}  // namespace soma::workflow
