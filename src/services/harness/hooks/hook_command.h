// One program of a hook.
#pragma once

#include <string>
#include <vector>

#include "services/harness/program.h"

namespace soma::harness {

inline constexpr size_t kMaxHookAnswerBytes = 64u << 10;

// run_program() with `input` on its stdin. It gets PATH, HOME, LANG and SOMA_* of soma's own environment,
// nothing else. kLimitExceeded for more than kMaxHookAnswerBytes on stdout.
net::Task<os::Result<ProgramEnd>> run_hook_command(net::Executor executor, os::Clock& clock,
                                                   os::ProcessLauncher& launcher,
                                                   std::vector<std::string> arguments, std::string input,
                                                   net::Cancellation stop);

}  // namespace soma::harness
