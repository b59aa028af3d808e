// One execution in a test: told what happens, it keeps all that it said. Test code.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/workflow/engine/engine.h"

namespace soma::workflow::engine {

inline DefinitionPtr define(std::string_view text, MachineType type = MachineType::kStandard) {
  Parsed parsed = parse_definition(text, type);
  if (!parsed.definition) throw std::logic_error(invalid_definition_message(parsed.diagnostics));
  return parsed.definition;
}

inline StartInfo start_info() {
  return {.execution_arn = "arn:aws:states:us-east-1:000000000000:execution:m:e",
          .execution_name = "e",
          .machine_arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m",
          .machine_name = "m",
          .role_arn = "arn:aws:iam::000000000000:role/r"};
}

class Play {
 public:
  explicit Play(std::string_view definition, StartInfo start = start_info())
      : definition_(define(definition, start.type)),
        ids_(os::make_seeded_ids(7, clock_)),
        start_(std::move(start)),
        execution_(std::make_unique<Execution>(definition_, start_, *ids_)) {}

  void begin(std::string_view input = "{}") {
    auto payload = Payload::parse(std::string(input));
    ASSERT_TRUE(payload.has_value());
    tell(Begin{.input = *payload});
  }
  // One event, and Advance as often as its step is cut off.
  void tell(const Event& event) {
    Event next = event;
    for (bool more = true; more;) {
      auto step = execution_->apply(next, clock_.now());
      ASSERT_TRUE(step.has_value()) << step.error().to_string();
      for (HistoryEvent& one : step->history) history.push_back(std::move(one));
      for (Command& command : step->commands) commands.push_back(std::move(command));
      if (!step->record.empty()) records.push_back(std::move(step->record));
      more = step->more;
      next = Advance{};
    }
  }
  void succeed(TaskId task, std::string_view output) {
    tell(TaskSucceeded{.task = task, .output = Payload::of_text(std::string(output))});
  }
  void fail(TaskId task, std::string error, std::string cause = "because") {
    tell(TaskFailed{.task = task, .error = std::move(error), .cause = std::move(cause)});
  }
  void wait(std::chrono::seconds time) {
    clock_.advance(time);
    tell(Advance{});
  }
  // Lets time pass to when the execution wants to be woken; false when it does not.
  bool wait_until_due() {
    const auto due = execution_->wake();
    if (!due) return false;
    if (*due > clock_.now()) clock_.advance(*due - clock_.now());
    tell(Advance{});
    return true;
  }
  // Another execution, put together from the records, takes its place.
  void restart() {
    execution_ = std::make_unique<Execution>(definition_, start_, *ids_);
    for (const std::string& record : records) {
      const auto restored = execution_->restore(record);
      ASSERT_TRUE(restored.has_value()) << restored.error().to_string() << ": " << record;
    }
  }

  Execution& execution() { return *execution_; }
  const Execution& execution() const { return *execution_; }
  os::VirtualClock& clock() { return clock_; }

  std::vector<std::string> types() const {
    std::vector<std::string> types;
    for (const HistoryEvent& event : history) types.emplace_back(event_type_name(event.type));
    return types;
  }
  const HistoryEvent* last(EventType type) const {
    for (auto event = history.rbegin(); event != history.rend(); ++event) {
      if (event->type == type) return &*event;
    }
    return nullptr;
  }
  std::vector<ScheduleTask> scheduled() const {
    std::vector<ScheduleTask> tasks;
    for (const Command& command : commands) {
      if (const auto* task = std::get_if<ScheduleTask>(&command)) tasks.push_back(*task);
    }
    return tasks;
  }
  const Finished* finished() const {
    for (auto command = commands.rbegin(); command != commands.rend(); ++command) {
      if (const auto* end = std::get_if<Finished>(&*command)) return end;
    }
    return nullptr;
  }
  std::string output() const {
    const Finished* end = finished();
    return end == nullptr ? "(running)" : end->output.text();
  }
  std::string error() const {
    const Finished* end = finished();
    return end == nullptr ? "(running)" : end->error.value_or("(none)");
  }
  std::string cause() const {
    const Finished* end = finished();
    return end == nullptr ? "(running)" : end->cause.value_or("(none)");
  }

  std::vector<HistoryEvent> history;
  std::vector<Command> commands;
  std::vector<std::string> records;

 private:
  os::VirtualClock clock_;
  DefinitionPtr definition_;
  std::unique_ptr<os::IdSource> ids_;
  StartInfo start_;
  std::unique_ptr<Execution> execution_;
};

}  // namespace soma::workflow::engine
