// One program of this machine, run to its end: fed, read, waited for, and ended with all that it started.
#pragma once

#include <string>
#include <vector>

#include "base/net/net.h"
#include "base/os/os.h"

namespace soma::harness {

struct ProgramRun {
  std::vector<std::string> arguments;    // arguments[0] is looked up in PATH
  std::vector<std::string> environment;  // the whole of it, "NAME=value"
  std::string input{};                   // stdin, which it need not read
  size_t max_output_bytes = 64u << 10;   // of stdout; of stderr as much is kept
};
struct ProgramEnd {
  os::ExitStatus status;
  std::string output;  // all of stdout
  std::string errors;  // the first max_output_bytes of stderr
};

// Returns when it has ended; what it left running in its process group is killed then. Soma's working
// directory is its own. Errors: kNotFound and others when it does not start, kLimitExceeded for more than
// max_output_bytes on stdout, kCancelled as soon as `stop` is requested: the group is killed (SIGKILL) then.
// To be awaited on the loop of `executor`.
net::Task<os::Result<ProgramEnd>> run_program(net::Executor executor, os::Clock& clock,
                                              os::ProcessLauncher& launcher, ProgramRun program,
                                              net::Cancellation stop);

}  // namespace soma::harness
