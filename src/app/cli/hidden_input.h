// A value that is not to be seen: typed at a terminal that shows nothing, or read from a pipe.
#pragma once

#include <string>

#include "base/os/os.h"

namespace soma::cli {

// One line from the terminal `descriptor`, without its end; what is typed is not shown, the terminal is as
// before afterwards. Backspace removes a character, Ctrl-U all of them. kCancelled at Ctrl-C, and at Ctrl-D
// with nothing typed; kLimitExceeded past `max_bytes`.
os::Result<std::string> read_hidden_line(int descriptor, size_t max_bytes);

// Everything to the end; kLimitExceeded past `max_bytes`.
os::Result<std::string> read_to_end(int descriptor, size_t max_bytes);

}  // namespace soma::cli
