// Executions that executions start:
// "arn:aws:states:::states:startExecution[.sync|.sync:2|.waitForTaskToken]", and the Step Functions API as
// tasks: "arn:aws:states:::aws-sdk:sfn:ACTION".
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "services/workflow/connector.h"
#include "services/workflow/executions/executions.h"

namespace soma::workflow {

// How these connectors reach the service that they are part of: filled in when it exists, before it starts.
struct StatesBackend {
  Executions* executions = nullptr;
  // The machine, version or alias that an ARN names, for an execution of this name.
  std::function<Answered<Target>(std::string_view arn, std::string_view execution_name)> resolve{};
  // An operation of the API ("SendTaskSuccess") with its parameters as on the wire.
  std::function<net::Task<Answered<json::Value>>(std::string operation, json::Value parameters,
                                                 net::Cancellation gone)>
      call{};
};

std::unique_ptr<Connector> make_states_connector(os::Clock& clock, os::IdSource& ids,
                                                 const StatesBackend& backend);
std::unique_ptr<Connector> make_sfn_connector(os::IdSource& ids, const StatesBackend& backend);

}  // namespace soma::workflow
