// RedriveExecution's client tokens: a request that is repeated with its token answers what the first one did.
// The last ten of an execution are known for a quarter of an hour, as the service keeps them, and not after a
// restart: then the repeated request finds the execution running.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/os/os.h"

namespace soma::workflow {

inline constexpr size_t kMaxRedriveTokens = 10;  // of one execution
inline constexpr os::Duration kRedriveTokenLife = std::chrono::minutes(15);

// Thread-safe.
class RedriveTokens {
 public:
  // When the execution was redriven with this token.
  std::optional<os::Time> find(std::string_view execution_arn, std::string_view token, os::Time now) const;
  void keep(std::string_view execution_arn, std::string token, os::Time redriven);

 private:
  struct Entry {
    std::string token;
    os::Time redriven;
  };
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Entry>, std::less<>> of_execution_;  // oldest first
};

}  // namespace soma::workflow
