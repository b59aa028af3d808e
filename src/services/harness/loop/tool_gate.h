// What of the model's calls may run now: in front of every tool's run() stand, in this order, the check of
// the call itself, the limit on calls, the policy, the hooks, and where the policy asks, a person's approval.
//
// One turn may come here several times: after a restart, after an approval was answered, after the client has
// sent its results. Each time the calls without a result are looked at in the model's order; what was decided
// is in the history and is not decided again.
#pragma once

#include <vector>

#include "services/harness/loop/hook_calls.h"

namespace soma::harness {

struct Refusal {
  PendingTool call;
  std::string why_not;  // "invalid", "limit", "policy", "hook", "approval", "unknown": the event's notRun
  std::string text;     // for the model
};

struct Gate {
  std::vector<PendingTool> runnable;         // each has its Permit (permit_for) or was begun before
  std::vector<Refusal> refused;              // to be given these results
  std::vector<PendingTool> client_answered;  // inline functions with the client's answer
  std::vector<std::string> handed_over;      // ids of inline functions that the client is to answer
  bool waiting = false;                      // an approval is pending
};

// Looks at every call of the turn that has no result; asks the hooks about those that are new and records the
// approvals that are needed. Calls behind an inline function wait for its answer, as in the managed service.
// Errors: the journal's, kCancelled when the invocation was told to stop.
net::Task<os::Result<Gate>> pass_gate(InvocationContext& context, Recorder& recorder);

// Whether the call may run: asked again by whoever is about to run it.
std::optional<Permit> permit_to_run(const InvocationContext& context, const PendingTool& call);

}  // namespace soma::harness
