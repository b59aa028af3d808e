// The history events of a record. Private to engine/.
#pragma once

#include <vector>

#include "services/workflow/engine/history.h"
#include "services/workflow/engine/record_cursor.h"

namespace soma::workflow::engine {

// The cursor stands at the events' array.
std::vector<HistoryEvent> read_events(RecordCursor& cursor, uint64_t first_id, os::Time at);

}  // namespace soma::workflow::engine
