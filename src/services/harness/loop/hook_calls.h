// The loop's side of lifecycle hooks: each is in the journal before it is called, and so is what it said.
#pragma once

#include "services/harness/loop/invocation.h"
#include "services/harness/loop/recorder.h"

namespace soma::harness {

// Asks, in the order of the configuration, the invocation's hooks of this type that were not asked yet. A
// deny before the invocation sets running.hook_stop and ends the asking; after it, it is only reported.
// Errors: the journal's, kCancelled when the invocation was told to stop meanwhile.
net::Task<os::Result<>> ask_invocation_hooks(InvocationContext& context, Recorder& recorder, HookType type,
                                             json::Value hook_context);

// The same for the hooks about one call; `tool_use_id` names a call of running.tools. A deny before the call
// sets its refusal, one after it running.hook_stop. The call's turn may be complete, and the call gone, on
// return.
net::Task<os::Result<>> ask_tool_hooks(InvocationContext& context, Recorder& recorder, HookType type,
                                       std::string tool_use_id);

}  // namespace soma::harness
