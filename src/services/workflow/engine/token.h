// Task tokens: what a worker or a callback names its task with. Private to engine/.
#pragma once

#include "services/workflow/engine/engine.h"

namespace soma::workflow::engine {

// Says which execution and which task, and cannot be guessed. owner_of_token() in engine.h reads it.
std::string make_token(std::string_view execution_arn, TaskId task, os::IdSource& ids);

}  // namespace soma::workflow::engine
