// The connectors that soma brings along. To add one: its file here, and its line in builtin.cpp.
#pragma once

#include "services/workflow/connectors/http.h"
#include "services/workflow/connectors/lambda.h"
#include "services/workflow/connectors/s3.h"
#include "services/workflow/connectors/states.h"

namespace soma::workflow {

// Everything outlives the connectors. `states` may be filled in later.
struct BuiltinDependencies {
  os::Clock& clock;
  os::IdSource& ids;
  os::ProcessLauncher& launcher;
  const net::OutboundPolicy& outbound;
  const ConnectorSettings& settings;
  const ObjectFolder& objects;
  const StatesBackend& states;
  std::function<os::Result<std::string>(const std::string& reference)> read_secret;
};
void add_builtin_connectors(Connectors& connectors, const BuiltinDependencies& with);

}  // namespace soma::workflow
