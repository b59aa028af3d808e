// What the process's exit code says. Documented in docs/cli.md.
#pragma once

#include <string_view>

#include "base/os/os.h"

namespace soma::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;       // the agent or the command failed
inline constexpr int kExitUsage = 2;        // the command line, a file or a request is wrong
inline constexpr int kExitNotFound = 3;     // no such harness, session, file or project
inline constexpr int kExitUnavailable = 4;  // no server, or it went away and did not come back
inline constexpr int kExitLimit = 5;        // a limit or a deadline was met
inline constexpr int kExitRefused = 6;  // not allowed, or not in a state for it (busy session, no sandbox)
inline constexpr int kExitPending = 7;  // the invocation ended with calls for the client to answer
inline constexpr int kExitInterrupted = 130;

// `soma exec` gives the command's own exit code; these two are its own (as timeout(1) and container tools
// have them).
inline constexpr int kExitExecTimeout = 124;
inline constexpr int kExitExecFailed = 125;

int exit_code_of(os::Code code);
// For the last stop reason of an invocation: "end_turn" is 0, a limit's is 5, a hook's is 6, the others
// are 1.
int exit_code_of_stop_reason(std::string_view stop_reason);

}  // namespace soma::cli
