// Text of a configuration that names secrets without holding them: "Bearer ${secret:JIRA}". A text that is
// one reference as a whole needs no braces: "env:TOKEN".
#pragma once

#include <string>
#include <string_view>

#include "core/tool/tool_source.h"

namespace soma::tool {

// Whether the text names a secret: env:NAME, secret:NAME, or an ARN.
bool names_secret(std::string_view text);
// Whether a value of this name (a header, a variable) is by its name one to keep secret.
bool is_secret_name(std::string_view name);
// The text with the secrets' values in place of their names. Errors are of `read`, or kInvalidArgument for
// "${" without its end; they never repeat a value.
os::Result<std::string> with_secrets(std::string_view text, const ReadSecret& read);

}  // namespace soma::tool
