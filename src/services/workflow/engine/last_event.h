// What a record ends with: of an execution's last record, how the execution ended.
#pragma once

#include <string_view>

#include "services/workflow/engine/history.h"

namespace soma::workflow::engine {

// The last event of history_of() (engine.h), without making the details of the others. kCorrupt: there is
// none.
os::Result<HistoryEvent> last_event_of(std::string_view record);

}  // namespace soma::workflow::engine
