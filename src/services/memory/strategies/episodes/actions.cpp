#include "services/memory/strategies/episodes/actions.h"

#include <algorithm>

#include "base/os/text.h"
#include "services/memory/strategies/topics/cues.h"
#include "services/memory/strategies/topics/open_calls.h"
#include "services/memory/strategies/topics/shift.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::episodes {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxArguments = 8;
constexpr size_t kMaxStatusBytes = 16'000;   // of an answer that is read as JSON
constexpr size_t kMaxNarratedBytes = 2'000;  // of an answer that is read for words
constexpr std::string_view kBadStatus[] = {"error",  "failed",   "failure", "timeout",
                                           "denied", "rejected", "aborted"};
constexpr std::string_view kGoodStatus[] = {"ok", "success", "succeeded", "completed", "done"};
constexpr std::string_view kBadWords[] = {
    "refuses",      "refused",       "shuts down",   "shut down",     "clams up",      "walks out",
    "storms out",   "says nothing",  "won't talk",   "will not talk", "retreats into", "ineffective",
    "unsuccessful", "no answer",     "not found",    "no results",    "nothing found", "finds nothing",
    "timed out",    "access denied", "falls silent", "stays silent",  "to no avail"};
constexpr std::string_view kGoodWords[] = {"admits",    "admitted", "reveals",   "revealed",  "confesses",
                                           "confessed", "opens up", "gives in",  "confides",  "confirms",
                                           "confirmed", "succeeds", "succeeded", "discovers", "discovered"};

std::optional<bool> by_status(std::string_view text) {
  if (text.size() > kMaxStatusBytes || !os::trim(text).starts_with('{')) return std::nullopt;
  const auto answer = json::parse(text);
  if (!answer) return std::nullopt;
  for (const std::string_view key : {"success", "succeeded", "ok"})
    if (answer->get(key).is_bool()) return answer->get(key).as_bool();
  const std::string status = os::to_lower(answer->get("status").string_or(""));
  if (topics::is_among(kBadStatus, status)) return false;
  if (topics::is_among(kGoodStatus, status)) return true;
  if (answer->get("error").is_string() && !answer->get("error").as_string().empty()) return false;
  return std::nullopt;
}

// Only when the words agree: "refuses" and "admits" in one answer say neither.
std::optional<bool> by_words(std::string_view text) {
  const std::string spaced = topics::spaced_words(os::utf8_prefix(text, kMaxNarratedBytes));
  const bool bad = topics::says(spaced, kBadWords), good = topics::says(spaced, kGoodWords);
  return bad == good ? std::nullopt : std::optional(good);
}

std::optional<bool> outcome(std::optional<bool> noted, std::string_view answer) {
  if (noted == false) return false;
  if (const auto status = by_status(answer)) return status;
  if (const auto told = by_words(answer)) return told;
  return noted;
}

// Reads turns one after the other. Answers by themselves are to the calls that wait, in their order.
class Reader {
 public:
  explicit Reader(std::span<const Turn> turns) : turns_(turns) {}

  std::vector<Action> read() {
    for (size_t at = 0; at < turns_.size(); ++at) {
      const Turn& turn = turns_[at];
      const std::optional<size_t> answered = call_answered_by(turn);
      if (answered) {
        answer(*answered, at);
      } else if (turn.call && !turn.call->name.empty()) {
        if (actions_.size() == kMaxCountedActions) break;
        actions_.push_back({turn.call->name, turn.call->arguments, turn.call->succeeded, at});
        if (topics::is_bare_call(turn)) {
          waiting_.push_back(actions_.size() - 1);
        } else {
          answer(actions_.size() - 1, at);
        }
      } else if (topics::is_person(turn.role) && !actions_.empty()) {
        judge(turn);
      }
    }
    return std::move(actions_);
  }

 private:
  // The waiting call that the turn answers: told of again with its answer, or the oldest one.
  std::optional<size_t> call_answered_by(const Turn& turn) const {
    if (turn.role != Role::kTool || topics::is_bare_call(turn) || waiting_.empty()) return std::nullopt;
    if (topics::is_bare_answer(turn)) return waiting_.front();
    const auto same = std::ranges::find_if(waiting_, [&](size_t index) {
      return actions_[index].tool == turn.call->name && actions_[index].arguments == turn.call->arguments;
    });
    return same == waiting_.end() ? std::nullopt : std::optional(*same);
  }

  void answer(size_t index, size_t at) {
    const Turn& turn = turns_[at];
    Action& action = actions_[index];
    const auto noted = turn.call && turn.call->succeeded ? turn.call->succeeded : action.worked;
    action.worked = outcome(noted, turn.text);
    action.turn = at;
    std::erase(waiting_, index);
  }

  void judge(const Turn& turn) {
    const topics::Cues cues = topics::cues(turn.text);
    std::optional<bool>& worked = actions_.back().worked;
    if (cues.complaint) worked = false;
    if (cues.thanks && !worked) worked = true;
  }

  std::span<const Turn> turns_;
  std::vector<Action> actions_;
  std::vector<size_t> waiting_;  // actions without an answer, oldest first
};

}  // namespace

std::vector<Action> actions_of(std::span<const Turn> turns) {
  return Reader(turns).read();
}

std::vector<std::pair<std::string, std::string>> short_arguments(const json::Value& arguments) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!arguments.is_object()) return out;
  for (const auto& [name, value] : arguments.as_object()) {
    if (out.size() == kMaxArguments) break;
    if (value.is_null() || value.is_array() || value.is_object()) continue;
    const std::string text = value.is_string() ? value.as_string() : json::write(value);
    if (text.empty() || text.size() > kMaxShortValueBytes || name.empty() || name.size() > kMaxNameBytes)
      continue;
    out.emplace_back(name, text);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> changed_arguments(const Action& before,
                                                                   const Action& after) {
  const auto old = short_arguments(before.arguments);
  auto changed = short_arguments(after.arguments);
  std::erase_if(changed, [&](const auto& each) { return std::ranges::find(old, each) != old.end(); });
  return changed;
}

}  // namespace soma::memory::episodes
