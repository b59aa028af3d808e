#include "services/memory/strategies/topics/segments.h"

#include "services/memory/strategies/topics/open_calls.h"
#include "services/memory/strategies/topics/shift.h"

namespace soma::memory::topics {

std::vector<size_t> segment_starts(std::span<const Turn> turns, const Grain& grain) {
  std::vector<size_t> starts;
  std::vector<Heard> stretch;
  size_t terms = 0;
  OpenCalls calls;
  const auto begins_one = [&](const Heard& heard) {
    if (stretch.size() >= grain.max_turns * 2 && !calls.any()) return true;
    if (!is_person(heard.role)) return false;
    if (heard.at - stretch.back().at > kLongPause || stretch.size() >= grain.max_turns) return true;
    const bool enough = stretch.size() >= grain.min_turns && terms >= grain.min_terms;
    return enough && shift_score(heard, stretch) > grain.threshold;
  };
  for (size_t at = 0; at < turns.size(); ++at) {
    Heard heard = hear(turns[at]);
    if (stretch.empty() || begins_one(heard)) {
      starts.push_back(at);
      stretch.clear();
      terms = 0;
    }
    calls.hear(turns[at]);
    terms += heard.terms.size();
    stretch.push_back(std::move(heard));
  }
  return starts;
}

}  // namespace soma::memory::topics
