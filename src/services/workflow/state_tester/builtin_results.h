// data/service_results/ inside the program, a text for each file. The definition is made by CMake
// (src/CMakeLists.txt).
#pragma once

#include <span>
#include <string_view>

namespace soma::workflow::state_tester {

std::span<const std::string_view> builtin_results();

}  // namespace soma::workflow::state_tester
