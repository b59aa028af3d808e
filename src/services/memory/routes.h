// The HTTP face of memories: the API of Amazon Bedrock AgentCore Memory (control plane 2023-06-05, data plane
// 2024-02-28), and soma's own below /api/memories.
#pragma once

#include "base/net/net.h"
#include "services/memory/memory.h"

namespace soma::memory {

void mount(net::Router& router, Service& service, os::Clock& clock);

}  // namespace soma::memory
