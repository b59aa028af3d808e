// The `memory` member of harness.json, of what was typed at `soma add memory`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::cli {

struct MemoryUseWords {
  std::vector<std::string> strategies{};  // of a memory of the harness's own
  std::optional<int64_t> expiry_days{};   // the same
  std::string arn{}, actor{};             // of one that exists
  std::optional<int64_t> messages_count{};
  std::vector<std::string> retrievals{};  // "TEMPLATE[:TOP-K[:SCORE]]"
};

// kInvalidArgument for words of both kinds, and for what cannot be read.
os::Result<json::Value> memory_use(const MemoryUseWords& words);

}  // namespace soma::cli
