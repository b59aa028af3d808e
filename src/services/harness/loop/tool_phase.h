// The part of the loop that runs the tool calls of one model turn, in parallel where that is safe.
#pragma once

#include "services/harness/loop/invocation.h"
#include "services/harness/loop/recorder.h"

namespace soma::harness {

enum class TurnState {
  kDone,        // every call has its result, and the results message is in the history
  kWaiting,     // an approval is pending, and nothing else can be done
  kHandedOver,  // the client is to answer inline functions: the invocation ends here
  kStopped,     // a hook stopped the invocation: running.hook_stop
};

// Does what can be done of the calls of history.running->tools. Intents are durable before the first tool
// starts. Errors: the journal's, or kCancelled for a shutdown.
net::Task<os::Result<TurnState>> run_tools(InvocationContext& context, Recorder& recorder);

}  // namespace soma::harness
