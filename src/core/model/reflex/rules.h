// The phrases that reflex knows, in the order they are tried. Private to core/model/reflex.
#pragma once

#include <span>
#include <string_view>

#include "core/model/reflex/intent.h"

namespace soma::model::reflex {

struct Rule {
  Act act;
  std::string_view pattern;
  std::string_view example;  // a clause that this rule, and none above it, understands: run by a test
};
std::span<const Rule> rules();

}  // namespace soma::model::reflex
