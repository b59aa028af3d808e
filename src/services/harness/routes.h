// The harness's HTTP face: the AgentCore routes and soma's own (docs/openapi.yaml).
#pragma once

#include "base/net/net.h"
#include "services/harness/harness.h"

namespace soma::harness {

inline constexpr size_t kMaxInvokeBodyBytes = 16u << 20;
inline constexpr size_t kMaxConfigBodyBytes = 1u << 20;

// `service` and `dependencies` must outlive the router.
void mount(net::Router& router, Service& service, const Dependencies& dependencies);

}  // namespace soma::harness
