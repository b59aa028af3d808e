// What a cassette's "expect" says of its replay: a list of objects with exactly one member each, the kind and
// its value.
//
//   {"exact": true}                    nothing differs from the recording (false: something does)
//   {"answerContains": "text"}         of the last invocation's answer, as are the next three
//   {"answerEquals": "text"}
//   {"answerMatches": "RE2"}           anywhere in it
//   {"answerJson": {JSON Schema}}      the answer is JSON and fits
//   {"toolCalled": "name"}             or {"name", "times"?, "arguments"?: {key: glob}}; without times: at
//   least once
//   {"toolNotCalled": "name"}
//   {"toolsInOrder": ["name", …]}      all calls of the session, in this order, and no other
//   {"stopReason": "end_turn"}         of the last invocation
//   {"costUnder": dollars}  {"tokensUnder": n}  {"turnsUnder": n}      of the whole session
#pragma once

#include <string>
#include <vector>

#include "base/json/json.h"
#include "services/harness/cassette/cassette_replay.h"

namespace soma::harness {

inline constexpr size_t kMaxExpectations = 1'000;        // of one cassette
inline constexpr size_t kMaxExpectationTextBytes = 400;  // of what a failure prints, each side

struct Expectation {
  std::string kind;
  json::Value value;
};
// Errors: kInvalidArgument with the pointer inside the list, and the nearest kind for one that does not
// exist.
os::Result<std::vector<Expectation>> expectations_from_json(const json::Array& list);

// Those of the cassette; of one that says nothing, that its replay is exact.
os::Result<std::vector<Expectation>> expectations_of(const Cassette& cassette);

struct ExpectationFailure {
  std::string expectation;  // as it stands in the file: {"answerContains":"x"}
  std::string expected, actual;
};
// Those that do not hold, in the order of the list.
std::vector<ExpectationFailure> check_expectations(const std::vector<Expectation>& expectations,
                                                   const ReplayReport& report);

// What a new cassette expects: the same as was recorded, in every particular.
json::Array default_expectations(const Cassette& cassette);

}  // namespace soma::harness
