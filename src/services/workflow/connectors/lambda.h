// Functions: "arn:aws:lambda:…:function:NAME[:QUALIFIER]" and "arn:aws:states:::lambda:invoke". Each name is
// mapped to a URL, a program or a fixed answer by workflow.json.
#pragma once

#include "services/workflow/connector.h"
#include "services/workflow/connectors/settings.h"

namespace soma::workflow {

inline constexpr size_t kMaxFunctionOutputBytes = 6u << 20;  // as Lambda's synchronous calls

struct LambdaDependencies {
  os::Clock& clock;
  os::IdSource& ids;
  os::ProcessLauncher& launcher;
  const ConnectorSettings& settings;
};
std::unique_ptr<Connector> make_lambda_connector(LambdaDependencies dependencies);

}  // namespace soma::workflow
