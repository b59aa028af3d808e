#include "services/workflow/engine/record_writer.h"

#include <algorithm>
#include <charconv>

namespace soma::workflow::engine {
namespace {

// A payload mostly goes on from the event before; how many of them are looked at for one that was written
// already.
constexpr size_t kLookBack = 8;

void append_number(std::string& out, int64_t value) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

template <class T, class Names>
bool differs(const T& left, const T& right, const Names& names) {
  return std::ranges::any_of(names,
                             [&](const auto& name) { return left.*name.member != right.*name.member; });
}

}  // namespace

std::string RecordWriter::write() {
  std::ranges::sort(run_.changed_);
  out_ = "{\"at\":";
  append_number(out_, run_.now_us());
  const size_t empty = out_.size();
  write_events();
  write_run();
  write_childless();
  write_frames();
  if (out_.size() == empty) return {};
  out_ += '}';
  return std::move(out_);
}

void RecordWriter::section(std::string_view key) {
  out_ += ",\"";
  out_ += key;
  out_ += "\":";
}

void RecordWriter::member(std::string_view key) {
  out_ += first_ ? "\"" : ",\"";
  first_ = false;
  out_ += key;
  out_ += "\":";
}

void RecordWriter::member(std::string_view key, int64_t value) {
  member(key);
  append_number(out_, value);
}

void RecordWriter::write_events() {
  const auto& history = run_.step_.history;
  if (history.empty()) return;
  section("n");
  append_number(out_, static_cast<int64_t>(history.front().id));
  section("h");
  out_ += '[';
  for (size_t i = 0; i < history.size(); ++i) {
    if (i != 0) out_ += ',';
    write_event(i);
  }
  out_ += ']';
}

void RecordWriter::write_event(size_t index) {
  const HistoryEvent& event = run_.step_.history[index];
  out_ += "{\"y\":\"";
  out_ += event_type_name(event.type);
  out_ += "\",\"p\":";
  append_number(out_, static_cast<int64_t>(event.previous_id));
  if (!event.details.empty()) {
    section("d");
    json::write_to(out_, event.details);
  }
  if (!event.payload_member.empty()) write_payload(index);
  if (!event.assigned.empty()) {
    section("a");
    out_ += '{';
    first_ = true;
    for (const auto& [name, payload] : event.assigned) {
      member(name);
      out_ += payload.text();
    }
    out_ += '}';
  }
  out_ += '}';
}

void RecordWriter::write_payload(size_t index) {
  const auto& history = run_.step_.history;
  const HistoryEvent& event = history[index];
  section("m");
  out_ += '"';
  out_ += event.payload_member;
  out_ += '"';
  for (size_t back = 1; back <= std::min(index, kLookBack); ++back) {
    const HistoryEvent& earlier = history[index - back];
    if (earlier.payload_member.empty() || !earlier.payload.shares(event.payload)) continue;
    section("w");
    append_number(out_, static_cast<int64_t>(earlier.id));
    return;
  }
  section("v");
  out_ += event.payload.text();
}

void RecordWriter::write_run() {
  if (run_.fields == run_.recorded) return;
  section("e");
  out_ += '{';
  first_ = true;
  for (const RunFieldName& name : kRunFieldNames) {
    if (run_.fields.*name.member != run_.recorded.*name.member) member(name.key, run_.fields.*name.member);
  }
  out_ += '}';
  run_.recorded = run_.fields;
}

void RecordWriter::write_childless() {
  if (run_.childless_.empty()) return;
  section("x");
  out_ += '[';
  for (size_t i = 0; i < run_.childless_.size(); ++i) {
    if (i != 0) out_ += ',';
    append_number(out_, static_cast<int64_t>(run_.childless_[i]));
  }
  out_ += ']';
}

// By id, so that a parent comes before its children.
void RecordWriter::write_frames() {
  bool any = false;
  for (const uint64_t id : run_.changed_) {
    const auto found = run_.frames_.find(id);
    if (found == run_.frames_.end()) continue;  // over already
    Frame& frame = *found->second;
    frame.listed = false;
    const bool changed = frame.is_new || frame.now != frame.recorded || frame.token_changed ||
                         frame.attempts_changed || frame.work_changed || !frame.assigned.empty();
    if (!changed) continue;
    if (any) {
      out_ += ',';
    } else {
      section("c");
      out_ += '[';
    }
    any = true;
    write_frame(frame);
  }
  if (any) out_ += ']';
}

void RecordWriter::write_frame(Frame& frame) {
  out_ += '{';
  first_ = true;
  member("id", static_cast<int64_t>(frame.id));
  if (frame.is_new && frame.parent != nullptr) {
    member("p", static_cast<int64_t>(frame.parent->id));
    frame.parent->children_recorded = true;
  }
  for (const FieldName& name : kFieldNames) {
    if (frame.now.*name.member != frame.recorded.*name.member) member(name.key, frame.now.*name.member);
  }
  if (frame.token_changed) {
    member("tk");
    json::write_string_to(out_, frame.token);
  }
  if (frame.attempts_changed) {
    member("rc");
    out_ += '[';
    for (size_t i = 0; i < frame.attempts.size(); ++i) {
      if (i != 0) out_ += ',';
      append_number(out_, frame.attempts[i]);
    }
    out_ += ']';
  }
  write_variables(frame);
  write_work(frame);
  out_ += '}';
  frame.recorded = frame.now;
  frame.is_new = frame.token_changed = frame.attempts_changed = false;
}

void RecordWriter::write_variables(Frame& frame) {
  if (frame.assigned.empty()) return;
  member("v");
  out_ += '{';
  first_ = true;
  for (const Variable& variable : frame.variables) {
    // The last event that assigned it in this step.
    const auto last = std::find_if(frame.assigned.rbegin(), frame.assigned.rend(),
                                   [&](const auto& assigned) { return assigned.first == variable.name; });
    if (last != frame.assigned.rend()) member(variable.name, static_cast<int64_t>(last->second));
  }
  out_ += '}';
  first_ = false;
  frame.assigned.clear();
}

void RecordWriter::write_work(Frame& frame) {
  if (!frame.work_changed) return;
  frame.work_changed = false;
  if (!frame.work) {
    if (frame.work_recorded) {
      member("wk");
      out_ += "null";
    }
    frame.work_recorded = false;
    return;
  }
  frame.work_recorded = true;
  if (frame.work->shares(frame.input)) return member("wi", 1);
  member("wk");
  out_ += frame.work->text();
}

}  // namespace soma::workflow::engine
