// Words of a command line as one string for a POSIX shell.
#pragma once

#include <string>
#include <vector>

namespace soma::cli {

// One word is taken as it is, so that `soma exec -- "ls | wc -l"` is a pipeline; of several each is quoted
// where it needs to be.
std::string shell_command(const std::vector<std::string>& words);

}  // namespace soma::cli
