#include "services/workflow/engine/record_events.h"

#include <array>

#include "services/workflow/engine/engine.h"
#include "services/workflow/engine/last_event.h"

namespace soma::workflow::engine {
namespace {

// Where an event's payload can stand, with a lifetime that fits the event's.
constexpr std::array<std::string_view, 3> kPayloadMembers{"input", "output", "parameters"};

void read_assigned(RecordCursor& cursor, HistoryEvent& event) {
  std::string_view name;
  for (cursor.open('{'); cursor.member(name);) {
    std::string variable(name);
    event.assigned.emplace_back(std::move(variable), Payload::of_text(std::string(cursor.raw())));
  }
}

// All but the details, whose text it returns.
std::string_view read_event(RecordCursor& cursor, HistoryEvent& event,
                            const std::vector<HistoryEvent>& before) {
  std::string_view details;
  std::string_view key;
  for (cursor.open('{'); cursor.member(key);) {
    if (key == "y") {
      event.type = event_type_by_name(cursor.string()).value_or(EventType::kExecutionStarted);
    } else if (key == "p") {
      event.previous_id = static_cast<uint64_t>(cursor.integer());
    } else if (key == "d") {
      details = cursor.raw();
    } else if (key == "m") {
      const std::string member = cursor.string();
      for (std::string_view name : kPayloadMembers) {
        if (name == member) event.payload_member = name;
      }
    } else if (key == "v") {
      event.payload = Payload::of_text(std::string(cursor.raw()));
    } else if (key == "w") {
      const auto id = static_cast<uint64_t>(cursor.integer());
      if (!before.empty() && id >= before.front().id && id <= before.back().id) {
        event.payload = before[id - before.front().id].payload;
      }
    } else if (key == "a") {
      read_assigned(cursor, event);
    } else {
      cursor.raw();
    }
  }
  return details;
}

void add_details(HistoryEvent& event, std::string_view text) {
  if (text.empty()) return;
  if (auto details = json::parse(text)) event.details = std::move(*details);
}

os::Result<std::vector<HistoryEvent>> read_history(std::string_view record, Details which) {
  RecordCursor cursor(record);
  std::string_view key;
  int64_t at = 0;
  int64_t first = 0;
  std::vector<HistoryEvent> events;
  for (cursor.open('{'); cursor.member(key);) {
    if (key == "at") {
      at = cursor.integer();
    } else if (key == "n") {
      first = cursor.integer();
    } else if (key == "h") {
      events = read_events(cursor, static_cast<uint64_t>(first), os::Time(os::Duration(at)), which);
    } else {
      cursor.raw();
    }
  }
  if (!cursor.ok() || !cursor.at_end()) {
    return os::fail(os::Code::kCorrupt, "an execution's record does not have its own format (at byte " +
                                            std::to_string(cursor.offset()) + ")");
  }
  return events;
}

}  // namespace

std::vector<HistoryEvent> read_events(RecordCursor& cursor, uint64_t first_id, os::Time at, Details which) {
  std::vector<HistoryEvent> events;
  std::string_view details;
  for (cursor.open('['); cursor.element();) {
    HistoryEvent event{.id = first_id + events.size(), .at = at};
    details = read_event(cursor, event, events);
    if (which == Details::kOfAll) add_details(event, details);
    events.push_back(std::move(event));
  }
  if (which == Details::kOfTheLast && !events.empty()) add_details(events.back(), details);
  return events;
}

os::Result<std::vector<HistoryEvent>> history_of(std::string_view record) {
  return read_history(record, Details::kOfAll);
}

os::Result<HistoryEvent> last_event_of(std::string_view record) {
  SOMA_ASSIGN(std::vector<HistoryEvent> events, read_history(record, Details::kOfTheLast));
  if (events.empty()) return os::fail(os::Code::kCorrupt, "an execution's record has no events");
  return std::move(events.back());
}

}  // namespace soma::workflow::engine
