// InvokeAgentRuntimeCommandShell: a terminal in the session's sandbox, over a WebSocket
// (shell/shell_frames.h).
#pragma once

#include "base/net/net.h"
#include "services/harness/harness.h"

namespace soma::harness {

void mount_shell(net::Router& router, Service& service);

}  // namespace soma::harness
