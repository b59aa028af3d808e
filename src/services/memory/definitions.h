// What a memory may be: names, templates, strategies; how one is made and changed. Pure.
#pragma once

#include "services/memory/memory_types.h"

namespace soma::memory {

// Errors: kInvalidArgument naming the member.
os::Result<Memory> make_memory(NewMemory wanted, os::IdSource& ids, os::Time now);
os::Result<Memory> changed_memory(Memory memory, MemoryUpdate update, os::IdSource& ids, os::Time now);

os::Result<> check_actor_id(std::string_view id);
os::Result<> check_session_id(std::string_view id);
os::Result<> check_name_space(std::string_view name_space);

// The namespaces that hold an actor's records and no other's: those of templates with "{actorId}", cut off
// after it.
std::vector<std::string> name_spaces_of_actor(const Memory& memory, std::string_view actor_id);

}  // namespace soma::memory
