// The system calls that a box may not make, as a program for the kernel.
#pragma once

#include "base/os/os.h"

namespace soma::sandbox {

// A fresh read-only descriptor of the compiled filter (bubblewrap reads it to its end, so each box needs its
// own). The filter is compiled once per process. Thread-safe.
os::Result<os::Fd> open_seccomp_filter();

}  // namespace soma::sandbox
