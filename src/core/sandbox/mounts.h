// Mounts, opened so that a box cannot lead them elsewhere.
#pragma once

#include "base/os/os.h"
#include "core/sandbox/sandbox.h"

namespace soma::sandbox {

// A mount's folder, O_PATH. kPermissionDenied: a link stands on the way (Mount::shared); kNotFound.
os::Result<os::Fd> open_mount(const Mount& mount);

}  // namespace soma::sandbox
