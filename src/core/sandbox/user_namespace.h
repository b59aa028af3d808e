// The user that a box runs as when soma itself runs as root.
#pragma once

#include <sys/types.h>

#include <array>

#include "base/os/os.h"

namespace soma::sandbox {

inline constexpr uid_t kInsideUser = 1000;  // uid and gid inside every box
inline constexpr uid_t kOutsideUser =
    65'533;  // what that is on the host when soma is root; reserved by Debian's policy, nobody's

// True when soma is root: boxes then need make_user_namespace().
bool needs_own_user();

// A user namespace in which kInsideUser is kOutsideUser of the host, so that nothing in a box is ever the
// host's root: /proc/sys, for one, is writable to the host's root without any capability. The host's root is
// mapped to an unused number, which lets bubblewrap (which has the namespace's capabilities until it starts
// the command) reach a workspace below a directory that only root may enter.
//
// bubblewrap itself must be started as kOutsideUser too (put kAsOutsideUser before it): the kernel tells the
// box of soma's death through bubblewrap, and only lets it when both are the same user. The namespace belongs
// to that user, so bubblewrap may enter it.
os::Result<os::Fd> make_user_namespace();
inline constexpr std::array<const char*, 6> kAsOutsideUser = {"setpriv", "--reuid", "65533",
                                                              "--regid", "65533",   "--clear-groups"};

}  // namespace soma::sandbox
