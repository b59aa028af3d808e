#include "services/memory/strategies/episodes/boundaries.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "services/memory/strategies/topics/open_calls.h"
#include "services/memory/strategies/topics/segments.h"
#include "services/memory/strategies/topics/shift.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::episodes {
namespace {

using topics::Heard;

constexpr size_t kTellingTerms = 3;       // a statement with so many begins an episode
constexpr size_t kShortThanksWords = 14;  // thanks that say little else end one

using Terms = std::set<std::string, std::less<>>;

size_t known(std::span<const std::string> terms, const Terms& in) {
  return static_cast<size_t>(
      std::ranges::count_if(terms, [&](const std::string& term) { return in.contains(term); }));
}

bool asks(const Heard& turn) {
  return turn.cues.request || turn.cues.question;
}

bool begins_one(const Turn& turn, const Heard& heard) {
  if (turn.call && !turn.call->name.empty()) return true;
  if (!topics::is_person(turn.role)) return false;
  const bool courtesy = heard.cues.thanks || heard.cues.farewell || heard.cues.greeting;
  return heard.cues.complaint || (!heard.asking_terms.empty() && asks(heard)) ||
         (!courtesy && heard.terms.size() >= kTellingTerms);
}

bool closes(const Heard& turn) {
  if (turn.cues.dismissal || turn.cues.done || turn.cues.farewell) return !turn.cues.question;
  return turn.cues.thanks && !asks(turn) && turn.words <= kShortThanksWords;
}

// What an open episode knows.
class Open {
 public:
  Open(size_t begin, const Turn& turn, Heard heard) : begin_(begin) { add(turn, std::move(heard)); }

  size_t begin() const { return begin_; }
  size_t turns() const { return turns_.size(); }
  void add(const Turn& turn, Heard heard) {
    said_.insert(heard.terms.begin(), heard.terms.end());
    if (topics::is_person(turn.role)) {
      wanted_.insert(heard.terms.begin(), heard.terms.end());
    } else {
      answered_ = true;
    }
    if (turn.call && turn.call->arguments.is_object())
      std::ranges::move(topics::distinct_terms(json::write(turn.call->arguments)),
                        std::inserter(wanted_, wanted_.end()));
    turns_.push_back(std::move(heard));
  }

  // Does a person's turn leave this episode behind?
  bool ends_before(const Heard& turn) const {
    if (turn.at - turns_.back().at > topics::kLongPause || turns_.size() >= kMaxEpisodeTurns) return true;
    if (!answered_ || turn.cues.complaint) return false;
    if (turn.cues.changes_subject) return true;
    if (turns_.back().cues.ends_asking) return false;
    return wants_something_else(turn) || topics::shift_score(turn, turns_) > topics::kTopics.threshold;
  }

 private:
  bool wants_something_else(const Heard& turn) const {
    if (turn.asking_terms.empty() || !asks(turn) || turn.cues.asks_back) return false;
    // A request repeats a verb or a name and still wants another thing; what answers mentioned may be asked
    // for next. A question in words that fell before is about what was said.
    if (turn.cues.request && !turn.cues.question)
      return known(turn.asking_terms, wanted_) * 2 < turn.asking_terms.size();
    return known(turn.asking_terms, wanted_) == 0 && known(turn.asking_terms, said_) == 0;
  }

  size_t begin_;
  std::vector<Heard> turns_;
  Terms said_;    // of all turns
  Terms wanted_;  // of persons' turns and of tools' arguments
  bool answered_ = false;
};

}  // namespace

Extents find_episodes(std::span<const Turn> turns, bool at_rest) {
  Extents out;
  std::optional<Open> open;
  topics::OpenCalls calls;
  for (size_t at = 0; at < turns.size(); ++at) {
    Heard heard = topics::hear(turns[at]);
    const bool person = topics::is_person(heard.role);
    const bool too_long = open && open->turns() >= kMaxEpisodeTurns * 2 && !calls.any();
    if (open && (too_long || (person && !closes(heard) && open->ends_before(heard)))) {
      out.closed.push_back({open->begin(), at, true});
      open.reset();
    }
    if (open && person && closes(heard)) {
      out.closed.push_back({open->begin(), at + 1});
      open.reset();
    } else if (open) {
      open->add(turns[at], std::move(heard));
    } else if (begins_one(turns[at], heard)) {
      open.emplace(at, turns[at], std::move(heard));
    }
    calls.hear(turns[at]);
  }
  if (open && at_rest) {
    out.closed.push_back({open->begin(), turns.size()});
  } else if (open) {
    out.open = open->begin();
  }
  return out;
}

}  // namespace soma::memory::episodes
