// The data plane of AgentCore's code interpreter: sessions, and calls of their tools.
#pragma once

#include "base/net/net.h"
#include "services/harness/code_interpreter/code_sessions.h"

namespace soma::harness {

void mount_code_interpreter(net::Router& router, CodeSessions& sessions);

}  // namespace soma::harness
