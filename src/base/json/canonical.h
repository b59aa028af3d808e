// One text for equal values: what is hashed, signed or compared does not depend on the order in which members
// were written.
#pragma once

#include <string>
#include <string_view>

#include "base/json/json.h"

namespace soma::json {

// The compact text with the members of every object in RFC 8785's order. Numbers stand as write() has them:
// the integer 1 and the double 1.0 are two values here and have two texts.
std::string canonical_text(const Value& value);

// RFC 8785's order of member names: by their UTF-16 code units. Of two UTF-8 texts.
bool canonical_less(std::string_view left, std::string_view right);

}  // namespace soma::json
