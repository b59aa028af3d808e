// The journal's tables. Grammar and invariants: docs/journal-format.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace soma::journal {

inline constexpr uint32_t kApplicationId = 0x736f6d6a;  // "somj"

// One SQL text per schema version.
std::vector<std::string> migrations();

}  // namespace soma::journal
