// RedriveExecution's client tokens: a request that is repeated with its token answers what the first one did.
//
// The last ten of an execution are known for a quarter of an hour, as the service keeps them: in a label of
// its run, written with the redrive itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/os/os.h"

namespace soma::workflow {

inline constexpr size_t kMaxRedriveTokens = 10;  // of one execution
inline constexpr os::Duration kRedriveTokenLife = std::chrono::minutes(15);

// When the execution was redriven with this token, by what the label says (empty: there is none); to the
// millisecond.
std::optional<os::Time> redriven_with(std::string_view label, std::string_view token, os::Time now);
// The label with one more token. What is out of date or too much is gone.
std::string with_redrive_token(std::string_view label, std::string_view token, os::Time redriven);

}  // namespace soma::workflow
