// What a memory may be: names, templates, strategies; how one is made and changed. Pure.
#pragma once

#include "services/memory/memory_types.h"

namespace soma::memory {

// Errors: kInvalidArgument naming the member.
os::Result<Memory> make_memory(NewMemory wanted, os::IdSource& ids, os::Time now);
os::Result<Memory> changed_memory(Memory memory, MemoryUpdate update, os::IdSource& ids, os::Time now);

// The namespaces that hold an actor's records and no other's: of templates with "{actorId}" what they say up
// to there, of others with "{sessionId}" what they say up to there, for each of the actor's sessions.
std::vector<std::string> name_spaces_of_actor(const Memory& memory, std::string_view actor_id,
                                              const std::vector<std::string>& session_ids);

}  // namespace soma::memory
