// The control plane's routes of harness endpoints: /harnesses/{harnessId}/endpoints and below.
#pragma once

#include "base/net/net.h"
#include "services/harness/harness.h"

namespace soma::harness {

// `service` must outlive the router.
void mount_endpoints(net::Router& router, Service& service);

}  // namespace soma::harness
