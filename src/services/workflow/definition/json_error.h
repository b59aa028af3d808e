// A text that is no JSON, in the words of the service's parser.
#pragma once

#include <string_view>

#include "services/workflow/definition/definition.h"

namespace soma::workflow {

// INVALID_JSON_DESCRIPTION for what json::parse() says of `text`: "Unrecognized token 'nul': was expecting
// …\n at [Source: (String)"…"; line: 1, column: 4]".
Diagnostic json_diagnostic(std::string_view text, const os::Error& error);

}  // namespace soma::workflow
