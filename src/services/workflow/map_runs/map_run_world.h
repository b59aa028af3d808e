// What all map runs share.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "services/workflow/driver/in_flight.h"
#include "services/workflow/executions/executions.h"
#include "services/workflow/object_folder.h"

namespace soma::workflow {

// Filled before the first one begins.
struct MapRunWorld {
  os::Clock& clock;
  os::IdSource& ids;
  journal::Journal& journal;
  const ObjectFolder& objects;
  // The definition of a machine ("M") or of a distributed map of it ("M/L"); null: it is gone.
  std::function<RevisionPtr(std::string_view machine_arn, std::string_view revision_id)> revision_of;
  Executions* executions = nullptr;
  // Blocking work of map runs on other threads, which uses what is above.
  std::shared_ptr<InFlight> working = std::make_shared<InFlight>();
};

}  // namespace soma::workflow
