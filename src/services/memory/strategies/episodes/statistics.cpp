#include "services/memory/strategies/episodes/statistics.h"

#include <algorithm>
#include <utility>

#include "base/os/text.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::episodes {
namespace {

constexpr size_t kMaxToolBytes = 64;

json::Value& member(json::Value& parent, std::string_view key) {
  if (json::Value* found = parent.find(key); found != nullptr && found->is_object()) return *found;
  return parent.set(key, json::object({}));
}

int64_t calls_of(const json::Value& triple) {
  return triple.at(1).int_or(0);
}
int64_t last_of(const json::Value& triple) {
  return triple.at(2).int_or(0);
}

void add(json::Value& parent, std::string_view key, bool well, int64_t episode) {
  const json::Value& old = parent.get(key);
  json::Value next = json::array({old.at(0).int_or(0) + (well ? 1 : 0), calls_of(old) + 1, episode});
  parent.set(key, std::move(next));
}

using Use = std::pair<int64_t, int64_t>;  // calls, last episode

Use use_of_values(const json::Value& values) {
  Use use;
  if (!values.is_object()) return use;
  for (const auto& [value, triple] : values.as_object()) {
    use.first += calls_of(triple);
    use.second = std::max(use.second, last_of(triple));
  }
  return use;
}
Use use_of_choice(const json::Value& choice) {
  return use_of_values(choice.get("values"));
}
Use use_of_triple(const json::Value& triple) {
  return {calls_of(triple), last_of(triple)};
}
Use use_of_repair(const json::Value& repair) {
  return use_of_triple(repair.get("counts"));
}

// Drops the least used members, of equal ones the longest untouched, until there are at most `limit`.
template <typename UseOf>
void keep_most_used(json::Value& of, size_t limit, UseOf use_of) {
  if (!of.is_object()) return;
  json::Object& members = of.as_object();
  while (members.size() > limit)
    members.erase(
        std::ranges::min_element(members, {}, [&](const json::Member& each) { return use_of(each.second); }));
}

void count_choices(const Action& action, int64_t episode, json::Value& choices,
                   std::set<std::string>& subjects) {
  const std::string tool = topics::condensed(action.tool, kMaxToolBytes);
  for (const auto& [argument, value] : short_arguments(action.arguments)) {
    const std::string subject = tool + "/" + argument;
    json::Value& choice = member(choices, subject);
    choice.set("tool", tool);
    choice.set("argument", argument);
    json::Value& values = member(choice, "values");
    add(values, value, *action.worked, episode);
    keep_most_used(values, kMaxValues, use_of_triple);
    subjects.insert(subject);
  }
}

// How a failed call and the next one differ, in words; empty when not in one thing.
std::pair<std::string, std::string> difference(const Action& failed, const Action& next) {
  const std::string before = topics::condensed(failed.tool, kMaxToolBytes);
  const std::string after = topics::condensed(next.tool, kMaxToolBytes);
  if (before != after) return {before, after};
  const auto changed = changed_arguments(failed, next);
  const auto old = changed_arguments(next, failed);
  if (changed.size() != 1 || old.size() != 1 || changed.front().first != old.front().first) return {};
  const std::string argument = " " + changed.front().first + "=";
  return {before + argument + old.front().second, after + argument + changed.front().second};
}

void count_repair(const Action& failed, const Action& next, int64_t episode, json::Value& repairs,
                  std::set<std::string>& subjects) {
  const auto [from, to] = difference(failed, next);
  if (from.empty()) return;
  const std::string subject = from + " -> " + to;
  json::Value& repair = member(repairs, subject);
  repair.set("from", from);
  repair.set("to", to);
  add(repair, "counts", *next.worked, episode);
  subjects.insert(subject);
}

}  // namespace

Counted count_episode(std::span<const Action> actions, json::Value& notes) {
  Counted counted;
  if (!notes.is_object()) notes = json::object({});
  const int64_t episode = notes.get("episodes").int_or(0) + 1;
  notes.set("episodes", episode);
  member(notes, "choices");
  member(notes, "repairs");
  json::Value& choices = *notes.find("choices");
  json::Value& repairs = *notes.find("repairs");
  for (size_t at = 0; at < actions.size(); ++at) {
    if (!actions[at].worked) continue;
    count_choices(actions[at], episode, choices, counted.choices);
    if (at > 0 && actions[at - 1].worked == false)
      count_repair(actions[at - 1], actions[at], episode, repairs, counted.repairs);
  }
  keep_most_used(choices, kMaxChoices, use_of_choice);
  keep_most_used(repairs, kMaxRepairs, use_of_repair);
  return counted;
}

void bound_statistics(json::Value& notes, size_t max_bytes) {
  for (size_t limit = kMaxChoices; limit > 0 && json::write(notes).size() > max_bytes; limit /= 2) {
    if (json::Value* choices = notes.find("choices")) keep_most_used(*choices, limit / 2, use_of_choice);
    if (json::Value* repairs = notes.find("repairs")) keep_most_used(*repairs, limit / 2, use_of_repair);
  }
}

}  // namespace soma::memory::episodes
