// What the answers and failures of services look like, whichever connector gives them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/workflow/connector.h"

namespace soma::workflow {

ConnectorResult answer(json::Value value);
ConnectorResult failure(std::string error, std::string cause);
ConnectorResult let_go();  // soma is shutting down

// The end of a failure's sentence, as each SDK writes it.
//   optimized:  "… (Service: AWSLambda; Status Code: 404; Error Code: X; Request ID: …; Proxy: null)"
//   aws-sdk:    "… (Service: Sfn, Status Code: 400, Request ID: …)"
std::string optimized_cause(std::string_view message, std::string_view service, int status,
                            std::string_view error_code, std::string_view request_id);
std::string sdk_cause(std::string_view message, std::string_view service, int status,
                      std::string_view request_id);

// Adds "SdkHttpMetadata" and "SdkResponseMetadata": what optimized integrations tell of the HTTP exchange.
// `headers` in the order they are shown in; the length of `body` is one of them.
void add_sdk_metadata(json::Value& answer, const std::vector<std::pair<std::string, std::string>>& headers,
                      int status, std::string_view request_id);

// "Thu, 26 Nov 2026 22:37:00 GMT"
std::string http_date(os::Time time);

}  // namespace soma::workflow
