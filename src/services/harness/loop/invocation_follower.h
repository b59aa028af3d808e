// An invocation followed to its end through the journal, by whoever asked for it: another agent, a workflow.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "services/harness/harness.h"

namespace soma::harness {

struct FollowedEnd {
  json::Value finished;  // the body of invocation.finished (session/events.h)
  std::string answer;    // the last thing that the model said, as text
};
// Events besides those that make the end are given to `other` (optional), in order.
// kCancelled when the journal closes, or when `cancellation` is requested for `leave`: the invocation goes on
// then. Any other cancellation is the caller's to pass on (Service::cancel), and the end comes with it.
net::Task<os::Result<FollowedEnd>> follow_to_end(journal::Journal& journal, net::Executor executor,
                                                 Invocation invocation,
                                                 std::function<os::Result<>(const journal::Event&)> other,
                                                 std::string_view leave, net::Cancellation cancellation);

}  // namespace soma::harness
