// What soma's own routes of memories say: as the API, with times in ISO-8601, and what the API does not tell.
#pragma once

#include "services/memory/memory.h"

namespace soma::memory::api {

json::Value own_event_json(std::string_view memory, const Event& event);
json::Value own_record_json(const Record& record);
json::Value turn_json(const FoundTurn& turn);
json::Value changes_json(std::string_view memory, const Changes& changes);
json::Value statistics_json(const Service::Statistics& statistics);

}  // namespace soma::memory::api
