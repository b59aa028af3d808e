// What the processes of a box use, read from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace soma::sandbox {

struct Usage {
  uint64_t processes = 0;     // threads included, as the kernel counts them
  uint64_t memory_bytes = 0;  // private and shared memory of all of them, and what /tmp and /dev/shm hold
};

// Whose processes: those of a box's process namespace, or (without a box) those of a session as setsid(2)
// makes one.
struct ProcessSet {
  pid_t box_init = 0;
  pid_t session = 0;
};

// Bounded: counting ends once it is past `max_processes`, and memory is only looked at closely when a quick
// estimate, which counts shared pages once per process, is over `memory_limit`. An ended box uses nothing.
Usage measure_usage(const ProcessSet& set, uint64_t max_processes, uint64_t memory_limit);

// SIGKILL to every process of the session: for commands without a box. Those that made a session of their own
// are out of reach.
void kill_session(pid_t session);

}  // namespace soma::sandbox
