// What ties the executions of one request together: a correlation id, inherited from execution to execution,
// and the envelope "meta" in which inputs carry it.
//
//   {"meta": {"correlationId": "corr-1", "causationId": "<the parent's ARN>", "contractVersion": "1.0",
//             "traceparent": "00-…", "alias": "PROD", "version": "3"}, "request": …}
//
// The correlation id is the starter's; of a root it is its input's meta.correlationId, else its own ARN. The
// envelope is filled in where somebody expects it: of a machine whose contract's input has a member "meta",
// and of a nested execution whose input has the object already. What is there is never changed, and no other
// input is. traceparent is a W3C trace context: of the trace header, else made from the correlation id.
#pragma once

#include <string>
#include <string_view>

#include "services/workflow/executions/execution_run.h"

namespace soma::workflow {

inline constexpr size_t kMaxCorrelationIdBytes = 256;  // in an input; a longer one is none

// Sets the start's correlation id, which is empty or the starter's, and fills in its input.
void correlate(ExecutionStart& start, const Revision& revision);
// Whether two starts were given the same input, whatever was filled in.
bool same_given_input(const ExecutionStart& left, const ExecutionStart& right);

// "00-<trace>-<span>-01". The trace is that of the header (W3C or X-Ray), else made from the correlation id;
// the span is the execution's.
std::string traceparent(std::string_view trace_header, std::string_view correlation_id,
                        std::string_view execution_arn);

}  // namespace soma::workflow
