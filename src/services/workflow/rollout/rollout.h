// How traffic moves from one version to the next: the decisions of a rollout, as a pure function of what was
// seen.
//
// A rollout moves an alias's weight from the old version to the new one in steps, and looks at both arms
// before each: the share of failed executions (Fisher's exact test, one-sided: are there more failures among
// the new ones than chance explains?) and the 95th percentile of their durations. A breach gives the old
// version its full weight back at once. Kinds are those of CloudFormation's alias deployment preference.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::workflow::rollout {

inline constexpr size_t kMaxSamples = 10'000;  // durations kept of one arm; the newest

enum class Kind { kAllAtOnce, kCanary, kLinear };

struct Plan {
  Kind kind = Kind::kCanary;
  int64_t step_percent = 10;                        // canary: the one step before 100; linear: each step
  os::Duration interval = std::chrono::minutes(5);  // between two steps, at least
  uint64_t min_ended = 30;                          // of each arm, before it is judged
  double significance = 0.01;                       // of Fisher's test
  double max_p95_ratio = 1.5;                       // new to old
  os::Duration p95_slack = std::chrono::milliseconds(100);  // differences below it are noise
};
// {"type": "CANARY", "percentage": 10, "intervalSeconds": 300, "minEnded": 30, "significance": 0.01,
//  "maxP95Ratio": 1.5, "p95SlackMs": 100}
os::Result<Plan> read_plan(const json::Value& value, std::string_view text = "",
                           std::string_view source = "");
json::Value to_json(const Plan& plan);

// What was seen of one version under the alias since the rollout began.
struct Arm {
  uint64_t version = 0;
  uint64_t succeeded = 0, failed = 0;
  std::vector<os::Duration> durations{};  // of ended executions, at most kMaxSamples
  uint64_t ended() const { return succeeded + failed; }
  void add(bool success, os::Duration duration);
};

struct Evidence {
  uint64_t old_ended = 0, old_failed = 0, new_ended = 0, new_failed = 0;
  double p_value = 1;  // that so many failures of the new arm are chance
  os::Duration old_p95{}, new_p95{};
};
Evidence evidence_of(const Arm& before, const Arm& after);
json::Value to_json(const Evidence& evidence);

enum class Action { kHold, kAdvance, kComplete, kRollBack };
std::string_view action_name(Action action);  // "hold", "advance", "complete", "rollback"

struct Decision {
  Action action = Action::kHold;
  int64_t weight = 0;  // of the new version from now on
  std::string reason;  // for people
  Evidence evidence;
};

// `weight` is the new version's now; `since` how long it has been so.
Decision decide(const Plan& plan, int64_t weight, os::Duration since, const Arm& before, const Arm& after);

// The weight that a rollout begins with.
int64_t first_weight(const Plan& plan);

// P(at least `new_failed` failures in the new arm | the totals), hypergeometric.
double fisher_exact(uint64_t old_ended, uint64_t old_failed, uint64_t new_ended, uint64_t new_failed);
// Nearest-rank percentile; zero of nothing.
os::Duration percentile(std::vector<os::Duration> durations, double share);

}  // namespace soma::workflow::rollout
