// What a person types: a line that is seen, a value that is not (typed at a terminal that shows nothing, or
// read from a pipe).
#pragma once

#include <string>

#include "base/os/os.h"

namespace soma::cli {

// One line from the terminal `descriptor`, without its end; what is typed is not shown, the terminal is as
// before afterwards. Backspace removes a character, Ctrl-U all of them. kCancelled at Ctrl-C, and at Ctrl-D
// with nothing typed; kLimitExceeded past `max_bytes`.
os::Result<std::string> read_hidden_line(int descriptor, size_t max_bytes);

// One line as the terminal `descriptor` hands it over, shown while it is typed, without its end. kCancelled
// at the end of the input; kLimitExceeded past `max_bytes`.
os::Result<std::string> read_line(int descriptor, size_t max_bytes);

// Everything to the end; kLimitExceeded past `max_bytes`.
os::Result<std::string> read_to_end(int descriptor, size_t max_bytes);

}  // namespace soma::cli
