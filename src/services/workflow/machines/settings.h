// What a machine is configured with besides its definition, in the API's shape: checked, and with every
// default filled in. Null asks for the default.
//
// A log group is a file here (log_sink.h). Tracing is kept and shown, and sends nothing anywhere; soma
// encrypts with no key of a customer, which it therefore refuses.
#pragma once

#include <functional>
#include <string_view>

#include "base/json/json.h"
#include "services/workflow/errors.h"

namespace soma::workflow {

// InvalidArn unless it begins as one: whose role it is means nothing here.
Answered<> check_role(std::string_view arn);
// InvalidLoggingConfiguration: a level needs exactly one destination, which must exist (`log_group_exists`,
// when it is set).
Answered<json::Value> logging_settings(const json::Value& given,
                                       const std::function<bool(std::string_view)>& log_group_exists);
json::Value tracing_settings(const json::Value& given);
Answered<json::Value> encryption_settings(const json::Value& given);

}  // namespace soma::workflow
