// "17 * (3 + 4) / 2": exact enough without a tool. Private to core/model/reflex.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace soma::model::reflex {

// + - * x / % ^ ** and parentheses, in double precision; nothing when it is no expression, divides by zero or
// nests too deep.
std::optional<double> evaluate(std::string_view expression);

struct Sum {
  std::string shown;       // as it was written: "17% of 2,340"
  std::string expression;  // for evaluate(): "17*2340/100"
  std::string language;    // "python" when the text wants it computed by code
};
// A sum in words or signs: "what is 12*(3+4)", "compute 17% of 2,340 with python", "the square root of 2".
std::optional<Sum> read_arithmetic(std::string_view text);

}  // namespace soma::model::reflex
