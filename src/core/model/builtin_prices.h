// data/prices.json inside the program. The definition is made by CMake (src/CMakeLists.txt).
#pragma once

#include <string_view>

namespace soma::model {

std::string_view builtin_prices_text();

}  // namespace soma::model
