// "17 * (3 + 4) / 2": exact enough without a tool. Private to core/model/reflex.
#pragma once

#include <optional>
#include <string_view>

namespace soma::model::reflex {

// + - * x / % ^ ** and parentheses, in double precision; nothing when it is no expression, divides by zero or
// nests too deep.
std::optional<double> evaluate(std::string_view expression);

}  // namespace soma::model::reflex
