#include "services/memory/strategies/strategies.h"

#include "services/memory/strategies/episodic.h"
#include "services/memory/strategies/preference.h"
#include "services/memory/strategies/semantic.h"
#include "services/memory/strategies/summary.h"

namespace soma::memory {
namespace {

struct Entry {
  StrategyType type;
  std::string_view name;
  const Strategy& (*make)();
};
constexpr Entry kStrategies[] = {
    {StrategyType::kSemantic, "SEMANTIC", semantic_strategy},
    {StrategyType::kSummarization, "SUMMARIZATION", summary_strategy},
    {StrategyType::kUserPreference, "USER_PREFERENCE", preference_strategy},
    {StrategyType::kEpisodic, "EPISODIC", episodic_strategy},
};

const Entry& entry(StrategyType type) {
  return kStrategies[static_cast<size_t>(type)];
}

}  // namespace

std::string_view to_string(StrategyType type) {
  return entry(type).name;
}

std::optional<StrategyType> parse_strategy_type(std::string_view text) {
  for (const Entry& each : kStrategies)
    if (each.name == text) return each.type;
  return std::nullopt;
}

const Strategy& strategy(StrategyType type) {
  return entry(type).make();
}

}  // namespace soma::memory
