// What is told of executions: read from the journal alone, whether they are in memory or not.
#pragma once

#include "base/journal/journal.h"
#include "services/workflow/executions/executions.h"

namespace soma::workflow {

os::Result<ExecutionView> describe_run(journal::Journal& journal, std::string_view run);
// Of a run that was just read.
os::Result<ExecutionView> describe_run(journal::Journal& journal, const journal::Run& run);
// Without input and output, and without what only the first event says.
ExecutionView summary_of_run(const journal::Run& run);
// Why an execution cannot be redriven, in the service's words; nothing when it can, unless its history is too
// long for that.
inline constexpr os::Duration kRedrivePeriod = std::chrono::days(14);
std::optional<std::string> redrive_obstacle(const ExecutionView& view, os::Time now);
os::Result<ExecutionPage> list_executions(journal::Journal& journal, const ExecutionFilter& filter);
os::Result<HistoryPage> read_history(journal::Journal& journal, std::string_view run, size_t limit,
                                     bool newest_first, std::string_view page_token);

}  // namespace soma::workflow
