// Money and time in a few characters.
#pragma once

#include <string>

#include "base/os/os.h"

namespace soma::cli {

// "$1.25", "$0.0123", "$0.000042", "$0" for nothing.
std::string dollars(double usd);
// "3.2s", "45s", "12m", "3h", "2d".
std::string short_time(os::Duration duration);

}  // namespace soma::cli
