// Bodies of rows: what no query asks for, as JSON.
#pragma once

#include "base/json/json.h"
#include "services/memory/memory_types.h"

namespace soma::memory::tables {

// Times of rows are microseconds since 1970.
int64_t to_column(os::Time time);
os::Time from_column(int64_t column);

std::string memory_body(const Memory& memory);
os::Result<Memory> memory_from_body(std::string_view text);  // kCorrupt

std::string event_body(const Event& event);
// The payload, branch and metadata of `event`. kCorrupt.
os::Result<> event_from_body(std::string_view text, Event& event);

std::string record_body(const Record& record);
// The text, metadata, sources and links of `record`. kCorrupt.
os::Result<> record_from_body(std::string_view text, Record& record);

}  // namespace soma::memory::tables
