#include "services/workflow/routes.h"

#include "services/workflow/api_route.h"
#include "services/workflow/own_api/own_routes.h"

namespace soma::workflow {

void mount(net::Router& router, Service& service) {
  mount_api(router, service);
  mount_machines(router, service);
  mount_versions(router, service);
  mount_rollouts(router, service);
  mount_executions(router, service);
}

}  // namespace soma::workflow
