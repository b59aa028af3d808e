// The JSON Schema of a harness configuration, as text.
#pragma once

#include <string_view>

namespace soma::harness {

std::string_view config_schema_text();

}  // namespace soma::harness
