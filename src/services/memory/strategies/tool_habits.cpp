#include "services/memory/strategies/tool_habits.h"

#include <algorithm>
#include <map>

#include "base/json/json.h"

namespace soma::memory {
namespace {

constexpr std::string_view kMember = "tool_choices";

bool is_countable(std::string_view text, size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes && std::ranges::none_of(text, [](unsigned char c) {
    return c < 0x20 || c == '"' || c == '\\' || c >= 0x7f;
  });
}

int64_t sum_of(const json::Value& counts) {
  int64_t sum = 0;
  if (counts.is_object())
    for (const auto& [value, count] : counts.as_object()) sum += count.int_or(0);
  return sum;
}

// Makes room for one more member: the one with the least weight goes.
template <typename Weight>
void make_room(json::Value& object, std::string_view key, size_t limit, const Weight& weight) {
  if (!object.is_object() || object.has(key) || object.size() < limit) return;
  const auto& members = object.as_object();
  const auto least = std::ranges::min_element(
      members, {}, [&](const json::Member& member) { return weight(member.second); });
  object.erase(std::string(least->first));
}

json::Value& object_in(json::Value& parent, std::string_view key) {
  json::Value* const found = parent.find(key);
  if (found != nullptr && found->is_object()) return *found;
  return parent.set(key, json::Value(json::Object{}));
}

}  // namespace

std::vector<Habit> count_habits(const Conversation& conversation, json::Value& notes) {
  if (!notes.is_object()) notes = json::Value(json::Object{});
  json::Value& all = object_in(notes, kMember);
  std::map<std::string, Habit> chosen;  // by "<tool>.<argument>=<value>"
  for (size_t at = conversation.first_new; at < conversation.turns.size(); ++at) {
    const Turn& turn = conversation.turns[at];
    if (!turn.call || !turn.call->arguments.is_object()) continue;
    for (const auto& [argument, value] : turn.call->arguments.as_object()) {
      const std::string name = turn.call->name + "." + argument;
      if (!value.is_string() || !is_countable(name, kMaxHabitNameBytes) ||
          !is_countable(value.as_string(), kMaxHabitValueBytes))
        continue;
      make_room(all, name, kMaxHabitArguments, sum_of);
      json::Value& counts = object_in(all, name);
      make_room(counts, value.as_string(), kMaxHabitValues,
                [](const json::Value& count) { return count.int_or(0); });
      const int64_t count = counts.get(value.as_string()).int_or(0) + 1;
      counts.set(value.as_string(), count);
      Habit& habit = chosen[name + "=" + value.as_string()];
      habit.tool = turn.call->name, habit.argument = argument, habit.value = value.as_string();
      habit.count = count;
      habit.sources.push_back(turn.source);
    }
  }
  std::vector<Habit> habits;
  for (auto& [key, habit] : chosen) {
    habit.of = sum_of(all.get(habit.tool + "." + habit.argument));
    const bool often = static_cast<double>(habit.count) >= kLeastHabitShare * static_cast<double>(habit.of);
    if (habit.count >= kLeastHabitCount && often) habits.push_back(std::move(habit));
  }
  return habits;
}

}  // namespace soma::memory
