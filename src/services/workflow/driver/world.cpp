#include "services/workflow/driver/world.h"

#include "services/workflow/driver/residents.h"

namespace soma::workflow {

void World::ended(const std::string& run, const ExecutionStart& start) const {
  residents->ended(run);
  if (with.on_end) with.on_end(run, start);
}

}  // namespace soma::workflow
