#include "services/workflow/engine/record_reader.h"

#include <algorithm>

#include "services/workflow/engine/record_events.h"

namespace soma::workflow::engine {
namespace {

std::unexpected<os::Error> corrupt(size_t offset) {
  return os::fail(os::Code::kCorrupt, "an execution's record does not have its own format (at byte " +
                                          std::to_string(offset) + ")");
}

}  // namespace

os::Result<> RecordReader::read() {
  std::string_view key;
  int64_t at = 0;
  int64_t first = 0;
  for (cursor_.open('{'); cursor_.member(key);) {
    if (key == "at") {
      at = cursor_.integer();
    } else if (key == "n") {
      first = cursor_.integer();
    } else if (key == "h") {
      events_ = read_events(cursor_, static_cast<uint64_t>(first), os::Time(os::Duration(at)));
    } else if (key == "e") {
      read_run();
    } else if (key == "x") {
      read_childless();
    } else if (key == "c") {
      for (cursor_.open('['); cursor_.element();) read_frame();
    } else {
      cursor_.raw();
    }
  }
  if (!cursor_.ok() || !cursor_.at_end() || broken_) return corrupt(cursor_.offset());
  run_.now_ = os::Time(os::Duration(at));
  for (const HistoryEvent& event : events_) {
    if (event.id != run_.events_ + 1) return corrupt(cursor_.offset());
    run_.events_ = event.id;
    if (event.type == EventType::kExecutionStarted) run_.input_ = event.payload;
  }
  for (Frame* frame : frames_) {
    run_.set_timer(*frame);
    run_.queue(*frame);
    run_.settle(*frame);
    frame->listed = false;
  }
  run_.changed_.clear();
  return {};
}

void RecordReader::read_run() {
  std::string_view key;
  for (cursor_.open('{'); cursor_.member(key);) {
    const auto* name = std::ranges::find(kRunFieldNames, key, &RunFieldName::key);
    const int64_t value = cursor_.integer();
    if (name != kRunFieldNames.end()) run_.fields.*name->member = value;
  }
  run_.recorded = run_.fields;
}

void RecordReader::read_childless() {
  for (cursor_.open('['); cursor_.element();) {
    const auto found = run_.frames_.find(static_cast<uint64_t>(cursor_.integer()));
    if (found == run_.frames_.end()) {
      broken_ = true;
      return;
    }
    run_.drop_children(*found->second);
  }
  run_.dropped_.clear();
  run_.childless_.clear();
}

Frame* RecordReader::frame_for(uint64_t id, std::optional<uint64_t> parent) {
  const auto found = run_.frames_.find(id);
  if (found != run_.frames_.end()) return found->second;
  const auto above = parent ? run_.frames_.find(*parent) : run_.frames_.end();
  if (above == run_.frames_.end()) return nullptr;
  auto made = std::make_unique<Frame>();
  Frame* frame = made.get();
  frame->id = id;
  frame->parent = above->second;
  above->second->children.push_back(std::move(made));
  above->second->children_recorded = true;
  run_.frames_.emplace(id, frame);
  return frame;
}

void RecordReader::read_frame() {
  std::string_view key;
  Frame* frame = nullptr;
  std::optional<uint64_t> id;
  Fields before;
  for (cursor_.open('{'); cursor_.member(key);) {
    if (key == "id") {
      id = static_cast<uint64_t>(cursor_.integer());
      frame = frame_for(*id, std::nullopt);
      if (frame != nullptr) before = frame->now;
    } else if (key == "p" && id) {
      frame = frame_for(*id, static_cast<uint64_t>(cursor_.integer()));
    } else if (frame == nullptr) {
      broken_ = true;
      return;
    } else {
      read_member(*frame, key);
    }
  }
  if (frame == nullptr || !cursor_.ok()) {
    broken_ = true;
    return;
  }
  const auto& flows = run_.plan_->flows;
  if (static_cast<uint64_t>(frame->now.flow) >= flows.size()) {
    broken_ = true;
    return;
  }
  frame->flow = flows[static_cast<size_t>(frame->now.flow)].get();
  if (static_cast<uint64_t>(frame->now.state) >= frame->flow->states.size()) {
    broken_ = true;
    return;
  }
  take_payloads(*frame, before);
  take_task(*frame, before);
  frame->recorded = frame->now;
  frame->is_new = false;
  frames_.push_back(frame);
}

void RecordReader::read_member(Frame& frame, std::string_view key) {
  const auto* name = std::ranges::find(kFieldNames, key, &FieldName::key);
  if (name != kFieldNames.end()) {
    frame.now.*name->member = cursor_.integer();
  } else if (key == "tk") {
    frame.token = cursor_.string();
  } else if (key == "rc") {
    frame.attempts.clear();
    for (cursor_.open('['); cursor_.element();) frame.attempts.push_back(cursor_.integer());
  } else if (key == "v") {
    read_variables(frame);
  } else if (key == "wk") {
    const std::string_view text = cursor_.raw();
    frame.work.reset();
    if (text != "null") frame.work = Payload::of_text(std::string(text));
    frame.work_recorded = frame.work.has_value();
  } else if (key == "wi") {
    cursor_.integer();
    const HistoryEvent* entered = event(frame.now.entered);
    frame.work = entered != nullptr ? entered->payload : frame.input;
    frame.work_recorded = true;
  } else {
    cursor_.raw();
  }
}

void RecordReader::read_variables(Frame& frame) {
  std::string_view key;
  for (cursor_.open('{'); cursor_.member(key);) {
    const HistoryEvent* shown = event(cursor_.integer());
    if (shown == nullptr) {
      broken_ = broken_ || run_.running();
      continue;
    }
    for (const auto& [name, value] : shown->assigned) {
      if (name != key) continue;
      const auto known = std::ranges::find(frame.variables, name, &Variable::name);
      if (known != frame.variables.end()) {
        known->value = value;
      } else {
        frame.variables.push_back({.name = name, .value = value});
      }
    }
  }
}

const HistoryEvent* RecordReader::event(int64_t id) const {
  if (events_.empty()) return nullptr;
  const int64_t first = static_cast<int64_t>(events_.front().id);
  if (id < first || id >= first + static_cast<int64_t>(events_.size())) return nullptr;
  return &events_[static_cast<size_t>(id - first)];
}

// What changed in a step has its payloads among the step's events, but for those that had no room in history
// any more: they ended the execution.
void RecordReader::take_payloads(Frame& frame, const Fields& before) {
  if (frame.now.entered != before.entered) {
    const HistoryEvent* entered = event(frame.now.entered);
    if (entered != nullptr) frame.input = entered->payload;
    frame.effective.reset();
    broken_ = broken_ || (entered == nullptr && run_.running());
  }
  if (frame.phase() == Phase::kDone && static_cast<Phase>(before.phase) != Phase::kDone) {
    const HistoryEvent* exited = event(frame.now.last);
    if (exited != nullptr) frame.output = exited->payload;
    frame.input = {};
    broken_ = broken_ || (exited == nullptr && run_.running());
  }
}

void RecordReader::take_task(Frame& frame, const Fields& before) {
  if (static_cast<TaskPhase>(before.progress) != TaskPhase::kNone) {
    run_.tasks_.erase(static_cast<TaskId>(before.task));
  }
  if (frame.progress() == TaskPhase::kNone) {
    frame.parameters = {};
    return;
  }
  run_.tasks_.emplace(static_cast<TaskId>(frame.now.task), &frame);
  if (frame.now.scheduled == before.scheduled) return;
  const HistoryEvent* scheduled = event(frame.now.scheduled);
  if (scheduled == nullptr) {
    broken_ = broken_ || run_.running();
    return;
  }
  frame.parameters = scheduled->payload;
  frame.credentials_role = scheduled->details.get("taskCredentials").get("roleArn").string_or("");
}

}  // namespace soma::workflow::engine
