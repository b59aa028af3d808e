// One program of a hook: fed, read, waited for, and ended with all that it started.
#pragma once

#include <string>
#include <vector>

#include "base/net/net.h"
#include "base/os/os.h"

namespace soma::harness {

inline constexpr size_t kMaxHookAnswerBytes = 64u << 10;

struct HookCommandEnd {
  os::ExitStatus status;
  std::string output;  // all of stdout
  std::string errors;  // the first kMaxHookAnswerBytes of stderr
};

// Starts the program with `input` on its stdin, which it need not read, and returns when it has ended; what
// it left running in its process group is killed then. It gets PATH, HOME, LANG and SOMA_* of soma's own
// environment, nothing else, and soma's working directory. Errors: kNotFound and others when it does not
// start, kLimitExceeded for more than kMaxHookAnswerBytes on stdout, kCancelled as soon as `stop` is
// requested: the group is killed (SIGKILL) then. To be awaited on the loop of `executor`.
net::Task<os::Result<HookCommandEnd>> run_hook_command(net::Executor executor, os::Clock& clock,
                                                       os::ProcessLauncher& launcher,
                                                       std::vector<std::string> arguments, std::string input,
                                                       net::Cancellation stop);

}  // namespace soma::harness
