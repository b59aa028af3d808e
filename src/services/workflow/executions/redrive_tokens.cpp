#include "services/workflow/executions/redrive_tokens.h"

namespace soma::workflow {

std::optional<os::Time> RedriveTokens::find(std::string_view execution_arn, std::string_view token,
                                            os::Time now) const {
  const std::lock_guard lock(mutex_);
  const auto found = of_execution_.find(execution_arn);
  if (found == of_execution_.end()) return std::nullopt;
  for (const Entry& entry : found->second)
    if (entry.token == token && now - entry.redriven < kRedriveTokenLife) return entry.redriven;
  return std::nullopt;
}

void RedriveTokens::keep(std::string_view execution_arn, std::string token, os::Time redriven) {
  const std::lock_guard lock(mutex_);
  std::erase_if(of_execution_, [&](const auto& execution) {
    return redriven - execution.second.back().redriven >= kRedriveTokenLife;
  });
  std::deque<Entry>& entries = of_execution_[std::string(execution_arn)];
  entries.push_back({std::move(token), redriven});
  if (entries.size() > kMaxRedriveTokens) entries.pop_front();
}

}  // namespace soma::workflow
