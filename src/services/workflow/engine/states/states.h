// One file for each type of state; the table that binds them is in states.cpp. Private to engine/.
#pragma once

#include "services/workflow/engine/run.h"

namespace soma::workflow::engine {

void begin_pass(Run& run, Frame& frame);
void begin_succeed(Run& run, Frame& frame);
void begin_fail(Run& run, Frame& frame);
void begin_choice(Run& run, Frame& frame);

void begin_wait(Run& run, Frame& frame);
void end_wait(Run& run, Frame& frame);

void begin_parallel(Run& run, Frame& frame);
void go_on_parallel(Run& run, Frame& frame);

void begin_map(Run& run, Frame& frame);
void go_on_map(Run& run, Frame& frame);
// Of both (children.cpp).
void begin_children(Run& run, Frame& frame, int64_t total, int64_t limit);
// Whether the state has a child to begin or has them all.
bool can_go_on_with_children(const Frame& frame);
void child_ended(Run& run, Frame& parent, const Frame& child);
// Their outputs, in the order of the branches or items.
Payload children_outputs(const Frame& frame);

// Of a state that is watched: whether something stands in for its work, and what. Nothing: the work is to be
// done.
bool has_stand_in(const Run& run);
std::optional<std::expected<Payload, TaskFailed>> instead_of_work(Run& run);
// The state's end when something stood in for its children.
void end_children(Run& run, Frame& frame, const std::expected<Payload, TaskFailed>& outcome);

// What one iteration is given: the item, or what ItemSelector makes of it.
Attempt<Payload> item_input(Run& run, Frame& frame, const Payload& effective, int64_t index,
                            const MapItem& item);
// A Map that is watched: shows what its iterations would be given, and ends as something stands in for them.
// `order`: what a map run would be given.
void inspect_map(Run& run, Frame& frame, const Payload& effective, const json::Value& order);

// Distributed: the map run's news.
// `concurrency`: 0 is no limit.
void begin_map_run(Run& run, Frame& frame, const Payload& input, std::optional<json::Value> items,
                   int64_t concurrency);
// "The MaxConcurrencyPath field refers to value "x" which is not a valid integer: $.x"
Failure not_a_number(const Frame& frame, const Computed& field, std::string_view kind,
                     const json::Value& value);
void map_run_begun(Run& run, Frame& frame, const MapRunBegun& begun);
// Orders the same map run again: what failed in it is to run once more.
void redrive_map_run(Run& run, Frame& frame);
void map_run_succeeded(Run& run, Frame& frame, Payload output);
void map_run_failed(Run& run, Frame& frame, const TaskFailed& failed);
StartMapRun map_run_command(const Frame& frame);

void begin_task(Run& run, Frame& frame);
void task_started(Run& run, Frame& frame, const std::string& worker);
void task_submitted(Run& run, Frame& frame, Payload output);
void task_succeeded(Run& run, Frame& frame, Payload output);
void task_failed(Run& run, Frame& frame, const TaskFailed& failed);
void task_heartbeat(Run& run, Frame& frame);
void task_timed_out(Run& run, Frame& frame);
ScheduleTask task_command(const Frame& frame);

}  // namespace soma::workflow::engine
