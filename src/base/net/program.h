// One program that answers: fed, read, waited for, and ended with all that it started.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/net/task.h"
#include "base/os/os.h"

namespace soma::net {

struct ProgramCall {
  std::vector<std::string> arguments;      // arguments[0] is looked up in PATH
  std::string input{};                     // on its stdin, which it need not read
  std::vector<std::string> environment{};  // "NAME=value"
  bool inherits = true;                    // PATH, HOME, LANG and SOMA_* of soma's own environment too
  size_t max_output_bytes = 64u << 10;
  std::string_view limit_name = "max_output_bytes";  // what the error calls that limit
};
struct ProgramEnd {
  os::ExitStatus status;
  std::string output;  // all of stdout
  std::string errors;  // the first max_output_bytes of stderr
};

// Starts the program, in soma's working directory, and returns when it has ended; what it left running in its
// process group is killed then. Errors: kNotFound and others when it does not start, kLimitExceeded for more
// than max_output_bytes on stdout, kCancelled as soon as `stop` is requested: the group is killed (SIGKILL)
// then. To be awaited on the loop of `executor`.
Task<os::Result<ProgramEnd>> run_program(Executor executor, os::Clock& clock, os::ProcessLauncher& launcher,
                                         ProgramCall call, Cancellation stop);

}  // namespace soma::net
