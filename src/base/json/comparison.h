// Comparisons that schemas need and JSON itself does not. Private to base/json.
#pragma once

#include "base/json/json.h"

namespace soma::json {

// Below 0, 0 or above 0; integers compare exactly.
int compare_numbers(const Value& left, const Value& right);
bool is_multiple(const Value& value, const Value& of);
// Whether two elements are the same JSON value.
bool has_equal_elements(const Array& array);

}  // namespace soma::json
