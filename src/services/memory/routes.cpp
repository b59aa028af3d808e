#include "services/memory/routes.h"

#include "services/memory/api/api_routes.h"

namespace soma::memory {

void mount(net::Router& router, Service& service, os::Clock& clock) {
  api::mount_control(router, service);
  api::mount_events(router, service);
  api::mount_records(router, service);
  api::mount_own(router, service, clock);
  api::mount_watch(router, service, clock);
}

}  // namespace soma::memory
