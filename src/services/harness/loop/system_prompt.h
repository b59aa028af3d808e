// What the model is told before the conversation. It is made anew for each call, and no compaction touches
// it.
#pragma once

#include <string>
#include <vector>

#include "services/harness/session/events.h"

namespace soma::harness {

// The configuration's own, then the skills, then what the answer must look like.
std::vector<std::string> system_prompt(const RunningInvocation& running);

}  // namespace soma::harness
