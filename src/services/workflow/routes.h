// The HTTP face of workflows: the Step Functions API as its SDKs speak it (POST /), and soma's own under
// /api/workflow (docs/openapi.yaml). An execution is followed as the run it is: /api/runs/{runId}/events.
#pragma once

#include "base/net/net.h"
#include "services/workflow/workflow.h"

namespace soma::workflow {

// A definition of 1 MiB, escaped as a JSON string, and what comes with it.
inline constexpr size_t kMaxApiBodyBytes = 8u << 20;

// `service` must outlive the router.
void mount(net::Router& router, Service& service);

}  // namespace soma::workflow
