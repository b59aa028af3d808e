// "arn:aws:states:::http:invoke": one request to a web API. Source: "Call third-party APIs in Step Functions
// workflows" in the developer guide.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "services/workflow/connector.h"
#include "services/workflow/connectors/settings.h"

namespace soma::workflow {

inline constexpr os::Duration kHttpTimeout = std::chrono::seconds(60);

struct HttpDependencies {
  os::Clock& clock;
  const net::OutboundPolicy& outbound;
  const ConnectorSettings& settings;
  // The value of "env:NAME" or "secret:NAME".
  std::function<os::Result<std::string>(const std::string& reference)> read_secret;
};
std::unique_ptr<Connector> make_http_connector(HttpDependencies dependencies);

// Names and values of a form, percent-encoded. `arrays`: INDICES ("a[0]=x"), REPEAT ("a=x&a=y"), COMMAS
// ("a=x,y"), BRACKETS ("a[]=x") or NONE ("a=[x,y]" as JSON).
std::string encode_form(const json::Value& object, std::string_view arrays);

}  // namespace soma::workflow
