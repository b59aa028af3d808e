#include "services/memory/strategies/episodic.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "services/memory/strategies/episodes/boundaries.h"
#include "services/memory/strategies/episodes/record.h"
#include "services/memory/strategies/episodes/statistics.h"
#include "services/memory/strategies/progress.h"

namespace soma::memory {
namespace {

using episodes::Action;
using episodes::Extent;

// One consolidation.
class Consolidation {
 public:
  Consolidation(const Conversation& conversation, const KnownRecords& known, json::Value& notes)
      : conversation_(conversation), known_(known), notes_(notes) {}

  Consolidated run() {
    const std::span<const Turn> all = conversation_.turns;
    const size_t settled = std::min(first_unsettled(conversation_, notes_), all.size());
    const std::span<const Turn> turns = all.subspan(settled);
    const episodes::Extents found = episodes::find_episodes(turns, conversation_.at_rest);
    for (const Extent& extent : found.closed) add_episode(turns, extent);
    add_reflections();
    put_together();
    out_.wants_rest = found.open.has_value();
    settle(conversation_, settled + found.open.value_or(turns.size()), notes_);
    episodes::bound_statistics(notes_, kMaxNotesBytes);
    return std::move(out_);
  }

 private:
  void add_episode(std::span<const Turn> turns, const Extent& extent) {
    const std::span<const Turn> own = turns.subspan(extent.begin, extent.end - extent.begin);
    const Turn* next = extent.left ? &turns[extent.end] : nullptr;
    const std::vector<Action> actions = episodes::actions_of(own);
    episodes::Counted counted = episodes::count_episode(actions, notes_);
    choices_.merge(counted.choices);
    repairs_.merge(counted.repairs);
    Change change{.text = episodes::episode_text(own, actions, next)};
    change.subject = "episode/" + conversation_.session_id + "/" + own.front().source;
    for (const Turn& turn : own) change.sources.push_back(turn.source);
    add(std::move(change));
  }

  void add_reflections() {
    for (const std::string& subject : choices_) add_reflection(subject, episodes::choice_lesson);
    for (const std::string& subject : repairs_) add_reflection(subject, episodes::repair_lesson);
  }

  // Episodes and then reflections, which have their place even where the episodes are too many.
  void put_together() {
    reflections_.resize(std::min(reflections_.size(), kMaxChanges / 2));
    out_.changes.resize(std::min(out_.changes.size(), kMaxChanges - reflections_.size()));
    std::ranges::move(reflections_, std::back_inserter(out_.changes));
  }

  template <typename Lesson>
  void add_reflection(const std::string& subject, Lesson lesson) {
    const bool known = !known_.about(Place::kReflections, subject).empty();
    add({.place = Place::kReflections, .text = lesson(notes_, subject, known), .subject = subject});
  }

  // Rewrites the record of this subject, unless it says so already.
  void add(Change change) {
    if (change.text.empty()) return;
    const std::vector<Known> records = known_.about(change.place, change.subject);
    if (!records.empty()) {
      if (records.front().text == change.text) return;
      change.record_id = records.front().id;
    }
    (change.place == Place::kRecords ? out_.changes : reflections_).push_back(std::move(change));
  }

  const Conversation& conversation_;
  const KnownRecords& known_;
  json::Value& notes_;
  Consolidated out_;
  std::vector<Change> reflections_;
  std::set<std::string> choices_, repairs_;  // subjects whose counts changed
};

class Episodic final : public Strategy {
 public:
  Consolidated consolidate(const Conversation& conversation, const KnownRecords& known,
                           json::Value& notes) const override {
    return Consolidation(conversation, known, notes).run();
  }
};

}  // namespace

const Strategy& episodic_strategy() {
  static const Episodic strategy;
  return strategy;
}

}  // namespace soma::memory
