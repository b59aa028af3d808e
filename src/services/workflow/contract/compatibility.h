// Whether a contract may take another one's place without its callers noticing.
//
// The idea: an input is contravariant (whatever the old contract accepted, the new one must accept), an
// output covariant (whatever the new contract answers, the old one must have allowed). Both are one question
// about two JSON Schemas, "is every value of the narrow one a value of the wide one?", asked in opposite
// directions. It is answered keyword by keyword, and where it cannot be shown the answer is no: a gate errs
// on the safe side.
//
// Beyond that two things are allowed that a strict reading forbids: an answer may get new optional members
// (callers read what they know), and an enum that is declared open may get new values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/contract/contract.h"

namespace soma::workflow::contract {

inline constexpr size_t kMaxFindings = 100;
inline constexpr size_t kMaxComparisonDepth = 100;  // of schemas inside each other, references followed

enum class Verdict {
  kCompatible,  // callers cannot tell the difference, or are promised more
  kAdditive,    // new optional members, new values of open enums
  kBreaking,
};
std::string_view verdict_name(Verdict verdict);  // "compatible", …

struct Finding {
  Verdict verdict = Verdict::kBreaking;
  std::string pointer;  // into the contract: "/input/properties/amount"
  std::string rule;     // "required-added", "type-narrowed", "enum-widened", …
  std::string message;  // what changed and whom it hurts
};

struct Comparison {
  Verdict verdict = Verdict::kCompatible;  // the worst of the findings
  std::vector<Finding> findings;           // in the order of the contract, at most kMaxFindings
};

Comparison compare(const Contract& before, const Contract& after);
json::Value to_json(const Comparison& comparison);

}  // namespace soma::workflow::contract
