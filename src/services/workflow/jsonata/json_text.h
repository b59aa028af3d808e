// Values as JSON: text for $string and messages, json::Value for the result. Private to jsonata/.
#pragma once

#include <string>

#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {

// JSON.stringify: numbers of 15 significant digits, functions as "", undefined as null in an array and left
// out of an object. pretty: two spaces for each level. Fails with D2014 past `max_bytes`, U1001 too deep.
std::string json_text(Memory& memory, Value value, bool pretty, size_t max_bytes);
// For messages: never fails, at most `max_bytes` and "…".
std::string shortened_json_text(Value value, size_t max_bytes);

// What leaves the evaluation. Functions inside are "" and undefined is null, or left out of an object, as in
// json_text(); Infinity and NaN are null. Fails with U1001 too deep.
json::Value to_json(Memory& memory, Value value);

}  // namespace soma::workflow::jsonata
