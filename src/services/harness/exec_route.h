// InvokeAgentRuntimeCommand: a command in the session's sandbox, without a model, streamed as it runs.
#pragma once

#include "base/net/net.h"
#include "services/harness/harness.h"

namespace soma::harness {

net::Task<> answer_exec(Service& service, const Dependencies& dependencies, net::Request& request,
                        net::Reply& reply);

}  // namespace soma::harness
