// GET /api/sessions/{harness}/{sessionId}/cassette: the session as a cassette's text, with the expectations
// that hold of it now. Query: environment=true keeps the values of environmentVariables.
#pragma once

#include "base/net/net.h"
#include "services/harness/harness.h"

namespace soma::harness {

// `service` and `dependencies` must outlive the router.
void mount_cassette(net::Router& router, Service& service, const Dependencies& dependencies);

}  // namespace soma::harness
