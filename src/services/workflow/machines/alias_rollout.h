// The traffic of an alias on its way from one version to another: where a rollout stands.
//
// It is a part of the alias, and of the machine's run: begun, moved and ended by events there, each of which
// moves the weight and says why in one. rollouts/rollouts.h watches the executions and decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "services/workflow/rollout/rollout.h"

namespace soma::workflow {

enum class RolloutStatus { kRunning, kCompleted, kRolledBack, kCancelled };
std::string_view rollout_status_name(
    RolloutStatus status);  // "running", "completed", "rolledBack", "cancelled"

struct AliasRollout {
  std::string id;  // a UUID
  uint64_t from = 0, to = 0;
  rollout::Plan plan;
  RolloutStatus status = RolloutStatus::kRunning;
  int64_t weight = 0;     // of the new version
  os::Time begun, since;  // `since`: when the weight was moved last
  std::optional<os::Time> ended{};
  std::string reason{};    // of the last decision
  json::Value evidence{};  // that it was made on (rollout::to_json)
  bool running() const { return status == RolloutStatus::kRunning; }
  // Of the same rollout at the same step.
  bool stands_as(const AliasRollout& seen) const {
    return running() && id == seen.id && weight == seen.weight;
  }
};

}  // namespace soma::workflow
