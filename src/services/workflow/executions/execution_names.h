// Names of executions: as ARNs (names.h), as runs of the journal.
//
//   arn:aws:states:REGION:ACCOUNT:stateMachine:M       the machine
//   arn:aws:states:REGION:ACCOUNT:execution:M:N        an execution; the run execution/M/N
//   arn:aws:states:REGION:ACCOUNT:execution:M/L:N      of a distributed map labelled L; execution/M/L/N
//   arn:aws:states:REGION:ACCOUNT:express:M:N:ID       of an Express machine; express/M/N/ID
//   arn:aws:states:REGION:ACCOUNT:mapRun:M/L:ID        a map run; mapRun/ID
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace soma::workflow {

inline constexpr std::string_view kExecutionKind = "execution", kExpressKind = "express";  // of runs

std::string execution_arn(std::string_view machine_arn, std::string_view name);
std::string express_arn(std::string_view machine_arn, std::string_view name, std::string_view id);
std::string map_run_arn(std::string_view machine_arn, std::string_view id);  // of "…:stateMachine:M/L"
std::optional<std::string> run_of_map_run(std::string_view arn);             // nothing: it is none
// The run of either; nothing for anything else.
std::optional<std::string> run_of_execution(std::string_view arn);
// "M" of a machine's ARN, qualified or not.
std::string_view machine_name_of(std::string_view machine_arn);
// The run's ARN, where it has one.
std::string arn_of_run(std::string_view run);
// The last part of a run: the execution's name.
std::string_view name_of_run(std::string_view run);

}  // namespace soma::workflow
