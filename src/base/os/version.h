// The version of this program: what it says of itself to people, to clients and in what it writes.
#pragma once

#include <string_view>

namespace soma::os {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace soma::os
