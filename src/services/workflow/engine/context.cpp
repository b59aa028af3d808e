// The context object ("$$", $states.context): made when an expression reads it.
#include "services/workflow/engine/run.h"

namespace soma::workflow::engine {
namespace {

std::string time_text(int64_t us) {
  return os::format_time(os::Time(os::Duration(us)));
}

// The nearest Map iteration around the frame, or the frame itself.
const Frame* iteration_of(const Frame& frame) {
  for (const Frame* at = &frame; at->parent != nullptr; at = at->parent) {
    if (at->parent->plan().state->type == StateType::kMap) return at;
  }
  return nullptr;
}

}  // namespace

const json::Value& Run::context(Frame& frame) {
  // The fields of one state ask for it one after the other.
  const ContextKey key{.frame = frame.id,
                       .entered = frame.now.entered,
                       .tries = frame.now.tries,
                       .redrives = fields.redrives,
                       .has_token = !frame.token.empty()};
  if (key == context_key_) return context_;
  context_key_ = key;
  if (const Inspection* watched = inspection(); watched != nullptr && watched->context) {
    context_ = *watched->context;
    return context_;
  }
  json::Value execution = json::object({{"Id", start_.execution_arn},
                                        {"Input", input_.value()},
                                        {"StartTime", time_text(fields.started)},
                                        {"Name", start_.execution_name},
                                        {"RoleArn", nullptr}});
  if (!start_.role_arn.empty()) execution.set("RoleArn", start_.role_arn);
  if (!start_.synchronous) execution.set("RedriveCount", fields.redrives);
  if (fields.redriven != 0) execution.set("RedriveTime", time_text(fields.redriven));
  json::Value state =
      json::object({{"Name", frame.plan().state->name}, {"EnteredTime", time_text(frame.now.since)}});
  const StateType type = frame.plan().state->type;
  if (type == StateType::kTask || type == StateType::kParallel || type == StateType::kMap) {
    state.set("RetryCount", frame.now.tries);
  }
  context_ = json::Object();
  context_.set("Execution", std::move(execution));
  context_.set("StateMachine", json::object({{"Id", start_.machine_arn}, {"Name", start_.machine_name}}));
  context_.set("State", std::move(state));
  if (start_.context_members.is_object()) {
    for (const auto& [name, value] : start_.context_members.as_object()) context_.set(name, value);
  }
  if (const Frame* iteration = iteration_of(frame)) {
    const int64_t index = iteration->now.place;
    context_.set("Map", item_at(iteration->parent->work->value(), static_cast<size_t>(index)).context(index));
  }
  if (!frame.token.empty()) context_.set("Task", json::object({{"Token", frame.token}}));
  return context_;
}

const json::Value& Run::context_for_item(Frame& frame, int64_t index, const MapItem& item) {
  context(frame);
  context_key_ = {};
  context_.set("Map", item.context(index));
  return context_;
}

}  // namespace soma::workflow::engine
