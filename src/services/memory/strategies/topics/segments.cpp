#include "services/memory/strategies/topics/segments.h"

#include "services/memory/strategies/topics/shift.h"

namespace soma::memory::topics {

bool answers_call(const Turn& before, const Turn& turn) {
  if (turn.role != Role::kTool) return false;
  return !turn.call || (before.call && before.role != Role::kTool);
}

std::vector<size_t> segment_starts(std::span<const Turn> turns, const Grain& grain) {
  std::vector<size_t> starts;
  std::vector<Heard> stretch;
  size_t terms = 0;
  const auto begins_one = [&](const Turn& turn, const Turn& before, const Heard& heard) {
    if (stretch.size() >= grain.max_turns * 2) return !answers_call(before, turn);
    if (!is_person(turn.role)) return false;
    if (heard.at - stretch.back().at > kLongPause || stretch.size() >= grain.max_turns) return true;
    const bool enough = stretch.size() >= grain.min_turns && terms >= grain.min_terms;
    return enough && shift_score(heard, stretch) > grain.threshold;
  };
  for (size_t at = 0; at < turns.size(); ++at) {
    Heard heard = hear(turns[at]);
    if (stretch.empty() || begins_one(turns[at], turns[at - 1], heard)) {
      starts.push_back(at);
      stretch.clear();
      terms = 0;
    }
    terms += heard.terms.size();
    stretch.push_back(std::move(heard));
  }
  return starts;
}

}  // namespace soma::memory::topics
