#include "services/memory/api/own_wire.h"

#include "services/memory/api/wire.h"

namespace soma::memory::api {

using json::Value;

Value own_event_json(std::string_view memory, const Event& event) {
  Value body = event_json(memory, event, true, Times::kText);
  body.set("expiresAt", os::format_time(event.expires));
  body.set("remember", event.remember);
  body.set("change", event.change);
  return body;
}

Value own_record_json(const Record& record) {
  Value body = record_json(record, Times::kText);
  body.set("change", record.change);
  return body;
}

Value turn_json(const FoundTurn& turn) {
  return json::object({{"eventId", turn.event_id},
                       {"sessionId", turn.session_id},
                       {"messageIndex", turn.index},
                       {"role", role_name(turn.role)},
                       {"text", turn.text},
                       {"at", os::format_time(turn.at)},
                       {"score", turn.score}});
}

Value changes_json(std::string_view memory, const Changes& changes) {
  Value events = json::Array{}, records = json::Array{};
  for (const Event& event : changes.events) events.push_back(own_event_json(memory, event));
  for (const Record& record : changes.records) records.push_back(own_record_json(record));
  return json::object(
      {{"events", std::move(events)}, {"records", std::move(records)}, {"next", changes.upto}});
}

Value statistics_json(const Service::Statistics& statistics) {
  return json::object({{"memories", statistics.memories},
                       {"events", statistics.events},
                       {"records", statistics.records},
                       {"waiting", statistics.waiting}});
}

}  // namespace soma::memory::api
