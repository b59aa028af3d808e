// What memory does for an invocation: before the model is asked, what is known is looked up
// (memory.recalled); at the end, what was said becomes an event (memory.kept), which memory's strategies make
// records of.
//
// Both are events of the run, so a resumed invocation does neither twice; the event in memory carries the
// invocation's id as its token, so a kill between the two does not double it. A memory that fails is told
// (memory.failed) and fails nothing else: the conversation itself is in the session's journal.
#pragma once

#include "services/harness/loop/invocation.h"
#include "services/harness/loop/recorder.h"

namespace soma::harness {

inline constexpr size_t kMaxRecalledBytes = 16u << 10;  // of what the model is told from memory
inline constexpr size_t kMaxKeptResultBytes = 2'000;    // of a tool's result
inline constexpr size_t kMaxKeptArgumentBytes = 2'000;  // of a tool's arguments
inline constexpr std::string_view kDefaultActor = "default";

// Errors: the journal's alone.
net::Task<os::Result<>> recall_memories(InvocationContext& context, Recorder& recorder);
net::Task<os::Result<>> keep_memories(InvocationContext& context, Recorder& recorder);

// Whose memory a request is about: who it says, where it may say so; else who signed in; else who the
// configuration says. Somebody who signed in has their own memory alone: kPermissionDenied for another's.
os::Result<std::string> actor_of(const InvokeRequest& request, const Config& config);

// The memory that a harness uses: the configured one, or its own, which is made when there is none yet.
net::Task<os::Result<memory::Memory>> memory_of(memory::Service& memories, const MemoryUse& use,
                                                std::string harness_name, std::string harness_arn);
// A harness's own memory goes with it. Nothing when it has none.
net::Task<os::Result<>> remove_managed_memory(memory::Service& memories, std::string harness_arn);

}  // namespace soma::harness
