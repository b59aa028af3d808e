// The history events of a record. Private to engine/.
#pragma once

#include <vector>

#include "services/workflow/engine/history.h"
#include "services/workflow/engine/record_cursor.h"

namespace soma::workflow::engine {

// Whose `details` are read; the other events have none then.
enum class Details { kOfAll, kOfTheLast };

// The cursor stands at the events' array.
std::vector<HistoryEvent> read_events(RecordCursor& cursor, uint64_t first_id, os::Time at,
                                      Details which = Details::kOfAll);

}  // namespace soma::workflow::engine
