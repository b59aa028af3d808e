// An execution followed to its end: its history in lines, as it is written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "app/cli/commands/workflow/workflow.h"

namespace soma::cli {

// One history event in a line that a person reads: "12:00:01.250  #4  TaskScheduled payments-authorize".
std::string history_line(const json::Value& event);

// Calls `on_event` with each history event, oldest first, until the execution has ended (then it is returned)
// or, with `live` false, as far as the history goes now. Through restarts of the server for kReconnectWindow.
os::Result<json::Value> follow_execution(Connection& connection, const ExecutionKey& key, bool live,
                                         const std::function<void(const json::Value&)>& on_event);

}  // namespace soma::cli
