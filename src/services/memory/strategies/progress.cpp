#include "services/memory/strategies/progress.h"

#include <algorithm>
#include <span>

namespace soma::memory {

size_t first_unsettled(const Conversation& conversation, const json::Value& notes) {
  const json::Value& session = notes.get("sessions").get(conversation.session_id);
  const std::string_view source = session.get("settled").string_or("");
  if (source.empty()) return 0;
  const auto& turns = conversation.turns;
  const auto found = std::ranges::find(turns, source, &Turn::source);
  if (found != turns.end())
    return static_cast<size_t>(found - turns.begin()) + static_cast<size_t>(session.get("turns").int_or(1));
  const int64_t at = session.get("at").int_or(0);
  const auto later =
      std::ranges::find_if(turns, [at](const Turn& turn) { return turn.at.time_since_epoch().count() > at; });
  return static_cast<size_t>(later - turns.begin());
}

void settle(const Conversation& conversation, size_t count, json::Value& notes) {
  if (count == 0) return;
  const Turn& last = conversation.turns[count - 1];
  const auto same_source =
      std::ranges::count(std::span(conversation.turns).first(count), last.source, &Turn::source);
  if (!notes.is_object()) notes = json::object({});
  if (!notes.get("sessions").is_object()) notes.set("sessions", json::object({}));
  json::Value& sessions = *notes.find("sessions");
  sessions.erase(conversation.session_id);
  sessions.set(conversation.session_id, json::object({{"settled", last.source},
                                                      {"turns", same_source},
                                                      {"at", last.at.time_since_epoch().count()}}));
  json::Object& all = sessions.as_object();
  if (all.size() > kMaxSessionsInNotes)
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() - kMaxSessionsInNotes));
}

}  // namespace soma::memory
