// A frame: where one line of an execution stands. The machine's own flow is one, so is each branch of a
// running Parallel state and each iteration of a running Map state.
//
// What a record must say of a frame are numbers (Fields, written by one table) and payloads. The payloads are
// never written with the frame: each is the payload of a history event that the same record holds, and a
// number names the event. Only a state's `work` has no event.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/workflow/engine/history.h"
#include "services/workflow/engine/plan.h"

namespace soma::workflow::engine {

enum class Phase : int64_t {
  kReady,     // its state is entered, the work is to be done
  kTask,      // waits for a task or a map run
  kWait,      // a Wait state's time
  kRetry,     // the time until the state's next try
  kChildren,  // branches or iterations run
  kDone,      // the flow's last state is left; the frame keeps its output for its parent
};

enum class TaskPhase : int64_t { kNone, kScheduled, kStarted, kSubmitted };

struct Fields {
  int64_t flow = 0, place = 0;  // the flow's number; which branch or iteration it is
  int64_t state = 0;
  int64_t phase = 0;
  int64_t entered = 0;                 // id of the state's Entered event; its payload is the state's input
  int64_t before = 0;                  // that event's previousEventId
  int64_t since = 0;                   // when it was entered, µs
  int64_t last = 0;                    // the event that the frame's next one follows
  int64_t until = 0;                   // Wait and Retry: µs
  int64_t tries = 0;                   // the state was retried so often (State.RetryCount)
  int64_t task = 0;                    // TaskId
  int64_t progress = 0;                // TaskPhase
  int64_t scheduled = 0;               // id of the Scheduled event; its payload is what the task was given
  int64_t timeout = 0, heartbeat = 0;  // seconds; 0: none
  int64_t timeout_at = 0, heartbeat_at = 0;    // µs; 0: none
  int64_t total = 0, begun = 0, finished = 0;  // of children
  int64_t limit = 0;                           // of children that run at once
  int64_t follows = 0;                         // the event that the next child's first one follows
  int64_t orders = 0;                          // so often its task was ordered of a map run; 0: it has none

  friend bool operator==(const Fields&, const Fields&) = default;
};

struct FieldName {
  std::string_view key;  // in records: once given never used for anything else
  int64_t Fields::* member;
};
inline constexpr auto kFieldNames = std::to_array<FieldName>({
    {"f", &Fields::flow},        {"n", &Fields::place},         {"s", &Fields::state},
    {"ph", &Fields::phase},      {"e", &Fields::entered},       {"b", &Fields::before},
    {"at", &Fields::since},      {"l", &Fields::last},          {"u", &Fields::until},
    {"r", &Fields::tries},       {"t", &Fields::task},          {"tp", &Fields::progress},
    {"ts", &Fields::scheduled},  {"to", &Fields::timeout},      {"hb", &Fields::heartbeat},
    {"ta", &Fields::timeout_at}, {"ha", &Fields::heartbeat_at}, {"c", &Fields::total},
    {"cb", &Fields::begun},      {"cf", &Fields::finished},     {"cl", &Fields::limit},
    {"fo", &Fields::follows},    {"mo", &Fields::orders},
});
static_assert(sizeof(Fields) == kFieldNames.size() * sizeof(int64_t), "every field has its name");

struct Variable {
  std::string name;
  Payload value;
};

struct Frame {
  uint64_t id = 0;  // rises with time; a child's is above its parent's
  Frame* parent = nullptr;
  const FlowPlan* flow = nullptr;
  Fields now{}, recorded{};

  Payload input{};       // of the state
  Payload parameters{};  // of its task
  Payload output{};      // of the whole flow, once it is done
  // Map: its items; a distributed one: what its map run was given. Parallel: its branches' input until all
  // have begun.
  std::optional<Payload> work{};
  std::optional<Payload> effective{};  // the input after InputPath, where it is asked for again and again
  std::string token{};
  std::string credentials_role{};
  std::vector<int64_t> attempts{};  // of each retrier
  std::vector<Variable> variables{};
  std::vector<std::unique_ptr<Frame>> children{};  // by place

  // What the next record says besides Fields.
  bool is_new = true;
  bool listed = false;  // among the frames that changed in this step
  bool queued = false;  // among those that can go on
  bool work_changed = false, work_recorded = false;
  bool token_changed = false, attempts_changed = false;
  bool children_recorded = false;                            // some record knows children of it
  bool gone = false;                                         // its parent's state is over
  std::vector<std::pair<std::string, uint64_t>> assigned{};  // variable → the event that shows it
  int64_t timer = 0;                                         // its place among the timers, µs; 0: none

  const StatePlan& plan() const { return flow->states[static_cast<size_t>(now.state)]; }
  Phase phase() const { return static_cast<Phase>(now.phase); }
  TaskPhase progress() const { return static_cast<TaskPhase>(now.progress); }
  void set_work(std::optional<Payload> value) {
    work_changed = work_changed || work || value;
    work = std::move(value);
  }
  void set_phase(Phase phase) { now.phase = static_cast<int64_t>(phase); }
  void set_progress(TaskPhase progress) { now.progress = static_cast<int64_t>(progress); }
};

}  // namespace soma::workflow::engine
