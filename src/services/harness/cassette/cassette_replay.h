// Plays a cassette: the harness of this program runs the session again, on a data directory of its own that
// is gone afterwards, with a model and tools that answer what the cassette says. No network, no sandbox, no
// process, no key; time stands still and ids are seeded, so that a replay takes the time of its computing
// alone.
//
// What is compared: every request's messages with those that were recorded, the kinds of events the loop
// wrote, and how each invocation ended. What is not: text cut into pieces, times, latencies, ids.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/harness/cassette/cassette.h"
#include "services/harness/config.h"

namespace soma::harness {

inline constexpr size_t kMaxMismatches = 100;         // of one replay; more are counted
inline constexpr size_t kMaxMismatchTextBytes = 600;  // of what was expected, and of what came

// Where a replay left the recording. Both numbers count from 1; turn 0 is the invocation as a whole.
struct Mismatch {
  size_t invocation = 0, turn = 0;
  std::string what;
  std::string expected{}, actual{};  // bounded; the equal beginning of long texts is left out
};
std::string place_of(const Mismatch& mismatch);  // "invocation 2, turn 1"

struct ReplayedTool {
  std::string name;
  json::Value input;
  bool error = false;
};

struct ReplayedInvocation {
  std::string stop_reason, answer;
  size_t turns = 0;
  model::Usage usage{};
  std::optional<double> cost_usd{};
  std::string error{};                // what the model failed with, when that ended it
  std::vector<ReplayedTool> tools{};  // in the order of the model's calls
};

struct ReplayReport {
  std::vector<ReplayedInvocation> invocations;
  std::vector<Mismatch> mismatches;
  size_t mismatches_left_out = 0;
  bool exact() const { return mismatches.empty(); }
};
json::Value to_json(const ReplayReport& report);

struct ReplayOptions {
  // Instead of every recorded configuration: a changed prompt or list of tools against recorded traffic.
  // System prompts are not compared, messages are; a recorded tool that it does not offer is a mismatch.
  std::optional<Config> config{};
};

// Blocks until the last invocation has ended. Errors: kInvalidArgument (an invocation that the harness
// refuses), kUnsupported (a configuration that a later invocation cannot come to), the file system's.
os::Result<ReplayReport> replay(const Cassette& cassette, const ReplayOptions& options = {});

}  // namespace soma::harness
