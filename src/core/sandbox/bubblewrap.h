// How a box is described to bubblewrap.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/os/os.h"
#include "core/sandbox/sandbox.h"

namespace soma::sandbox {

// What a box is made of. The descriptors' numbers in the child are fixed, so that the description is plain
// text.
struct BoxPlan {
  std::string workspace;  // host path; empty for a box without one (the probe)
  std::vector<Mount> mounts{};
  bool network = false;
  uint64_t memory_bytes = 0;  // bounds /tmp and /dev/shm, which are memory
  std::vector<std::pair<std::string, std::string>> environment;
  std::string working_directory;
  bool hold =
      false;  // the command waits until its limits are set (kHoldFd), and its process id is told (kInfoFd)
  int user_namespace = -1;  // soma's descriptor, or -1: bubblewrap makes one
  std::string owner;        // of bubblewrap itself; the command does not see it
  bool own_terminal =
      false;  // bubblewrap runs on a terminal that was made for this box, and the command keeps it
};

inline constexpr int kInfoFd =
    20;  // bubblewrap writes {"child-pid": N, …}: the box's first process, as the host numbers it
inline constexpr int kHoldFd = 21;  // the command starts when a byte can be read here

// A spec that runs `arguments` in the box. The descriptors it lends must stay open until the launch: `keep`
// owns them.
struct BoxSpec {
  os::ProcessSpec process;
  std::vector<os::Fd> keep;
};
os::Result<BoxSpec> make_box_spec(const BoxPlan& plan, const std::vector<std::string>& arguments);

// The ways out where bubblewrap cannot run.
inline constexpr std::string_view kRemedies =
    "install bubblewrap and let programs make user namespaces (sysctl kernel.unprivileged_userns_clone=1, on "
    "Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), or write `sandbox: none` in the configuration "
    "to "
    "run tools without isolation";

// The environment entry that says whose a process is.
std::string owner_mark(std::string_view owner);

// The variables that every command gets, before the policy's own.
std::vector<std::pair<std::string, std::string>> base_environment(const std::string& home);

}  // namespace soma::sandbox
