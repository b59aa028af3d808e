// What the contract of an execution's revision asks of it, for the engine.
#pragma once

#include "services/workflow/executions/execution_run.h"

namespace soma::workflow {

// Nothing of a revision without a contract, and of a distributed map's children: the contract is about the
// whole machine. The input or output that breaks it fails the execution with Contract.InputInvalid or
// Contract.OutputInvalid; the cause begins with the contract and names each place by its JSON pointer.
engine::Promises promises_of(const Revision& revision, const ExecutionStart& start);

}  // namespace soma::workflow
