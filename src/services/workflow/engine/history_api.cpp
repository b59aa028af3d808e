#include <algorithm>
#include <array>
#include <chrono>

#include "services/workflow/engine/history.h"

namespace soma::workflow::engine {
namespace {

json::Value not_truncated() {
  return json::object({{"truncated", false}});
}

// Members of the details that are the execution's data, besides its payloads.
void drop_data(json::Value& details) {
  static constexpr std::array<std::string_view, 2> kData{"error", "cause"};
  for (std::string_view name : kData) details.erase(name);
}

json::Value details_of(const HistoryEvent& event, bool include_data) {
  json::Value details = event.details;
  if (details.is_null()) details = json::Object();
  if (!include_data) {
    drop_data(details);
    return details;
  }
  if (!event.payload_member.empty()) {
    details.set(event.payload_member, event.payload.text());
    // Of the parameters of a service's call the API never says whether they were cut.
    if (event.payload_member != "parameters") {
      details.set(std::string(event.payload_member) + "Details", not_truncated());
    }
  }
  if (!event.assigned.empty()) {
    json::Value assigned = json::Object();
    for (const auto& [name, payload] : event.assigned) assigned.set(name, payload.text());
    details.set("assignedVariables", std::move(assigned));
    details.set("assignedVariablesDetails", not_truncated());
  }
  return details;
}

}  // namespace

json::Value to_api(const HistoryEvent& event, bool include_data) {
  json::Value out = json::Object();
  out.set("timestamp", static_cast<double>(os::unix_ms(event.at)) / 1000.0);
  out.set("type", event_type_name(event.type));
  out.set("id", event.id);
  out.set("previousEventId", event.previous_id);
  const std::string_view name = event_details_name(event.type);
  if (!name.empty()) out.set(name, details_of(event, include_data));
  return out;
}

}  // namespace soma::workflow::engine
