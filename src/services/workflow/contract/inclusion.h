// Whether every value that one JSON Schema accepts is accepted by another: for compatibility.cpp alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"

namespace soma::workflow::contract {

// A place where the narrow schema allows what the wide one does not.
struct Gap {
  std::string pointer;  // in the schema: "/properties/amount"
  std::string rule;     // "type", "required", "enum", "bounds", "closed", "undecided"
  std::string message;  // of the values: "allows null, which …"
};

// `$ref`s of each are followed inside its own document. Gaps in document order, at most kMaxFindings.
std::vector<Gap> gaps(const json::Value& narrow, const json::Value& wide);

}  // namespace soma::workflow::contract
