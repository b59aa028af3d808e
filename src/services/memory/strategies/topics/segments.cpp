#include "services/memory/strategies/topics/segments.h"

#include "services/memory/strategies/topics/shift.h"

namespace soma::memory::topics {

std::vector<size_t> segment_starts(std::span<const Turn> turns, const Grain& grain) {
  std::vector<size_t> starts;
  std::vector<Heard> stretch;
  size_t terms = 0;
  for (size_t at = 0; at < turns.size(); ++at) {
    Heard heard = hear(turns[at]);
    if (stretch.empty()) {
      starts.push_back(at);
    } else if (is_person(heard.role)) {
      const bool paused = heard.at - stretch.back().at > kLongPause;
      const bool enough = stretch.size() >= grain.min_turns && terms >= grain.min_terms;
      if (paused || stretch.size() >= grain.max_turns ||
          (enough && shift_score(heard, stretch) > grain.threshold)) {
        starts.push_back(at);
        stretch.clear();
        terms = 0;
      }
    }
    terms += heard.terms.size();
    stretch.push_back(std::move(heard));
  }
  return starts;
}

}  // namespace soma::memory::topics
