// The state of one execution and what the states do to it. Private to engine/.
//
// The loop: of the frames that can go on, the one with the lowest id makes one transition (it does its
// state's work, or begins one child), until none can or the step is full. Which frame that is follows from
// the frames alone; so an execution that was put together from records goes on exactly like one that was
// never interrupted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "services/workflow/engine/engine.h"
#include "services/workflow/engine/failure.h"
#include "services/workflow/engine/frame.h"
#include "services/workflow/engine/inspection.h"
#include "services/workflow/engine/map_item.h"
#include "services/workflow/engine/plan.h"

namespace soma::workflow::engine {

inline constexpr int64_t kExpressSeconds = 300;  // an Express execution's life

// What the execution is as a whole, in records by the names of kRunFieldNames.
struct RunFields {
  int64_t status = 0;
  int64_t started = 0;   // µs; 0: Begin is yet to come
  int64_t deadline = 0;  // µs, of TimeoutSeconds; 0: none
  int64_t next_task = 1, next_frame = 1;
  int64_t redrives = 0, redriven = 0;

  friend bool operator==(const RunFields&, const RunFields&) = default;
};
struct RunFieldName {
  std::string_view key;
  int64_t RunFields::* member;
};
inline constexpr auto kRunFieldNames = std::to_array<RunFieldName>({
    {"s", &RunFields::status},
    {"b", &RunFields::started},
    {"d", &RunFields::deadline},
    {"t", &RunFields::next_task},
    {"f", &RunFields::next_frame},
    {"r", &RunFields::redrives},
    {"ra", &RunFields::redriven},
});
static_assert(sizeof(RunFields) == kRunFieldNames.size() * sizeof(int64_t), "every field has its name");

using Assigned = std::vector<std::pair<std::string, Payload>>;

// A history event before it has its number.
struct Note {
  EventType type;
  json::Value details{};
  std::string_view member{};
  Payload payload{};
  Assigned assigned{};
};

// What the context object was made for.
struct ContextKey {
  uint64_t frame = 0;
  int64_t entered = 0, tries = 0, redrives = 0;
  bool has_token = false;

  friend bool operator==(const ContextKey&, const ContextKey&) = default;
};

class Run {
 public:
  Run(DefinitionPtr definition, StartInfo start, os::IdSource& ids);

  os::Result<Step> apply(const Event& event, os::Time now);
  os::Result<> restore(std::string_view record);

  Status status() const { return static_cast<Status>(fields.status); }
  std::optional<os::Time> wake() const;
  std::vector<Command> in_flight() const;
  const Frame* frame_of_task(TaskId task) const;
  Frame* frame_of_task(TaskId task);
  std::optional<TaskId> task_of(std::string_view token) const;

  // What states use. -----------------------------------------------------------------------------------

  // Appends an event; 0 when there is no room for it any more (the execution fails then).
  uint64_t emit(Note note, uint64_t follows);
  // The same, as the next event of the frame.
  uint64_t emit(Frame& frame, Note note);
  void command(Command what) { step_.commands.push_back(std::move(what)); }

  // The frame will be in the step's record.
  void touch(Frame& frame);
  // It can go on.
  void queue(Frame& frame);
  // After its phase, until or its task's deadlines changed.
  void set_timer(Frame& frame);

  void enter(Frame& frame, int32_t state, Payload input);
  // Leaves the state: what it assigned is seen from the next state on.
  void leave(Frame& frame, int32_t next, Payload output, Assigned assigned);
  // Retry, Catch, or the failure of the frame.
  void fail(Frame& frame, Failure failure);
  // A catcher's own failure: nothing catches it in this state.
  void fail_uncaught(Frame& frame, const Failure& failure);

  Frame& add_child(Frame& parent, const FlowPlan& flow, int64_t place);
  // Ends what runs below the frame without a word in history.
  void drop_children(Frame& frame);
  // Tells of every child that is not done that it was aborted.
  void abort_children(Frame& frame, const Frame* failed);
  TaskId new_task(Frame& frame);
  void take_up_task(Frame& frame);  // its last one is waited for once more
  void end_task(Frame& frame);      // it is over
  void cancel_task(Frame& frame);   // it must end; nothing when the frame has none

  os::Time now() const { return now_; }
  int64_t now_us() const { return now_.time_since_epoch().count(); }
  bool running() const { return status() == Status::kRunning; }
  const StartInfo& info() const { return start_; }
  Inspection* inspection() const { return start_.inspection.get(); }  // null: nobody watches
  void saw(Stage stage, const Payload& payload) const {
    if (Inspection* watched = inspection()) watched->stages[static_cast<size_t>(stage)] = payload;
  }
  os::IdSource& ids() { return ids_; }
  jsonata::Surroundings surroundings() { return {.now = now_, .ids = ids_}; }
  const Payload& input() const { return input_; }
  const Plan& plan() const { return *plan_; }
  uint64_t events() const { return events_; }

  // The context object as the frame's state sees it; valid until it is asked for again.
  const json::Value& context(Frame& frame);
  // The same with another item, for a Map's ItemSelector.
  const json::Value& context_for_item(Frame& frame, int64_t index, const MapItem& item);

  RunFields fields{}, recorded{};

 private:
  friend class RecordWriter;
  friend class RecordReader;

  // Events of the world (events.cpp).
  os::Result<> take(const Begin& begin);
  os::Result<> take(const TaskStarted& started);
  os::Result<> take(const TaskSubmitted& submitted);
  os::Result<> take(const TaskSucceeded& succeeded);
  os::Result<> take(const TaskFailed& failed);
  os::Result<> take(const TaskHeartbeat& heartbeat);
  os::Result<> take(const MapRunBegun& begun);
  os::Result<> take(const Advance&);
  os::Result<> take(const Stop& stop);
  os::Result<> take(const Redrive&);
  os::Result<Frame*> waiting_for(TaskId task);
  void on_time(Frame& frame);
  void set_deadline();

  void go_on();
  void advance(Frame& frame);
  void unqueue(Frame& frame);
  void settle(Frame& frame);  // unqueues it unless it can go on
  void tell_evaluation(Frame& frame, const Failure& failure);
  void fail_frame(Frame& frame, const Failure& failure);
  // The ends (ending.cpp).
  void finish(Finished how, uint64_t follows);
  // Fails the execution when the check refuses the value; true then.
  bool refused(const Promises::Check& check, const Payload& value, uint64_t follows);
  void no_room();
  void abort_frame(Frame& frame, bool tell_state);
  void cancel_below(Frame& frame);
  void redrive(Frame& frame, int64_t follows);
  void forget(Frame& frame);

  std::shared_ptr<const Plan> plan_;
  StartInfo start_;
  os::IdSource& ids_;
  Payload input_;
  uint64_t events_ = 0;
  os::Time now_{};
  bool no_room_ = false;
  json::Value context_{};
  ContextKey context_key_{};

  std::unique_ptr<Frame> root_;
  std::unordered_map<uint64_t, Frame*> frames_;
  std::unordered_map<TaskId, Frame*> tasks_;
  std::map<uint64_t, Frame*> ready_;
  std::set<std::pair<int64_t, uint64_t>> timers_;  // (µs, frame)
  std::vector<std::unique_ptr<Frame>> dropped_;    // until the transition that dropped them is over

  // Of the step that is being made.
  Step step_;
  std::vector<uint64_t> changed_;    // frames
  std::vector<uint64_t> childless_;  // frames whose recorded children are gone
};

// The table of state types: see states/.
struct StateWork {
  void (*begin)(Run&, Frame&);      // the state is entered, or tried again
  void (*go_on)(Run&, Frame&);      // a child ended, or more children can begin; null: never has any
  bool (*can_go_on)(const Frame&);  // there is something for go_on to do
};
const StateWork& work_of(StateType type);

}  // namespace soma::workflow::engine
