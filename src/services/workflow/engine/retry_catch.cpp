// What becomes of a state's failure: Retry, then Catch, then the frame's own failure, which is its parent
// state's.
#include <algorithm>
#include <cmath>

#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/run.h"

namespace soma::workflow::engine {
namespace {

bool matches(const std::vector<std::string>& names, const Failure& failure) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    if (name == errors::kAll || name == failure.error || (!failure.also.empty() && name == failure.also)) {
      return true;
    }
    // "Acts as a wildcard that matches any known error name except for States.Timeout."
    return name == errors::kTaskFailed && failure.error != errors::kTimeout;
  });
}

// A delay may not leave what a time can hold: a backoff rate grows without end.
constexpr double kMaxDelaySeconds = 1e10;

int64_t delay_us(const Retrier& retrier, int64_t tries, os::IdSource& ids) {
  double seconds = static_cast<double>(retrier.interval_seconds) *
                   std::pow(retrier.backoff_rate, static_cast<double>(tries));
  if (retrier.max_delay_seconds) seconds = std::min(seconds, static_cast<double>(*retrier.max_delay_seconds));
  seconds = std::min(seconds, kMaxDelaySeconds);
  auto us = static_cast<int64_t>(seconds * 1e6);
  if (retrier.full_jitter && us > 0) {
    us = static_cast<int64_t>(ids.random_u64() % (static_cast<uint64_t>(us) + 1));
  }
  return us;
}

// True when the state will be tried again.
bool retry(Run& run, Frame& frame, const Failure& failure) {
  const auto& retriers = frame.plan().state->retry;
  for (size_t i = 0; i < retriers.size(); ++i) {
    if (!matches(retriers[i].error_equals, failure)) continue;
    Inspection* watched = run.inspection();
    if (watched != nullptr) watched->retrier = i;
    const int64_t before = watched != nullptr ? watched->retries : 0;
    if ((i < frame.attempts.size() ? frame.attempts[i] : before) >= retriers[i].max_attempts) return false;
    frame.attempts.resize(retriers.size(), before);
    const int64_t delay = delay_us(retriers[i], frame.attempts[i], run.ids());
    ++frame.attempts[i];
    frame.attempts_changed = true;
    ++frame.now.tries;
    frame.now.until = run.now_us() + delay;
    if (watched != nullptr) watched->backoff_seconds = delay / 1'000'000;
    frame.set_phase(Phase::kRetry);
    run.drop_children(frame);
    run.touch(frame);
    run.set_timer(frame);
    return true;
  }
  return false;
}

json::Value error_output(const Failure& failure) {
  json::Value output = json::object({{"Error", nullptr}, {"Cause", nullptr}});
  if (failure.error) output.set("Error", *failure.error);
  if (failure.cause) output.set("Cause", *failure.cause);
  // A timeout has no cause in history and an empty one here.
  if (!failure.cause && failure.error == errors::kTimeout) output.set("Cause", "");
  return output;
}

Attempt<Payload> caught_output(Frame& frame, const Catcher& catcher, const View& view,
                               const json::Value& error) {
  if (frame.plan().state->language == query::Language::kJsonata) {
    if (catcher.output) return view.evaluate(*catcher.output);
    return Payload(error);
  }
  if (catcher.result_path.discard) return frame.input;
  const auto& path = catcher.result_path.path;
  if (!path || path->whole()) return Payload(error);
  auto combined = path->put(frame.input.value(), error);
  if (!combined) return std::unexpected(failure_of(frame, std::move(combined.error())));
  return Payload(std::move(*combined));
}

// True when a catcher took it (or failed itself).
bool caught(Run& run, Frame& frame, const Failure& failure) {
  const workflow::State& state = *frame.plan().state;
  const auto catcher = std::ranges::find_if(
      state.catchers, [&](const Catcher& candidate) { return matches(candidate.error_equals, failure); });
  if (catcher == state.catchers.end()) return false;
  const json::Value error = error_output(failure);
  View view(run, frame);
  if (state.language == query::Language::kJsonata) {
    view.with_error(error);
  } else {
    view.with_input(error);
  }
  auto output = caught_output(frame, *catcher, view, error);
  auto assigned = output ? evaluate_assign(frame, view, catcher->assign) : Assigned{};
  Failure own;
  if (!output) own = std::move(output.error());
  if (output && !assigned) own = std::move(assigned.error());
  if (output && assigned) {
    const auto which = static_cast<size_t>(catcher - state.catchers.begin());
    if (Inspection* watched = run.inspection()) watched->catcher = which;
    run.leave(frame, frame.plan().catcher_next[which], std::move(*output), std::move(*assigned));
    return true;
  }
  run.fail_uncaught(frame, own);
  return true;
}

std::string cut(std::string_view text, size_t characters) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins && seen++ == characters) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

}  // namespace

void Run::tell_evaluation(Frame& frame, const Failure& failure) {
  if (!failure.evaluation) return;
  json::Value details = json::object({{"state", frame.plan().state->name}});
  if (failure.error) details.set("error", *failure.error);
  if (failure.cause) details.set("cause", *failure.cause);
  if (!failure.location.empty()) details.set("location", failure.location);
  // What a state computes before its work is told as if it had not been entered yet.
  if (!failure.after_entering && frame.now.last == frame.now.entered) frame.now.last = frame.now.before;
  emit(frame, {.type = EventType::kEvaluationFailed, .details = std::move(details)});
}

void Run::fail(Frame& frame, Failure failure) {
  if (failure.error) failure.error = cut(*failure.error, kMaxErrorCharacters);
  if (failure.cause) failure.cause = cut(*failure.cause, kMaxCauseCharacters);
  tell_evaluation(frame, failure);
  const Finished as_it_is{.status = Status::kFailed, .error = failure.error, .cause = failure.cause};
  if (Inspection* watched = inspection()) {
    watched->error = failure.error;
    watched->cause = failure.cause;
  }
  if (failure.fatal()) return finish(as_it_is, static_cast<uint64_t>(frame.now.last));
  if (retry(*this, frame, failure)) {
    if (inspection() != nullptr) finish(as_it_is, static_cast<uint64_t>(frame.now.last));
    return;
  }
  const StateType type = frame.plan().state->type;
  if (type == StateType::kMap) emit(frame, {.type = EventType::kMapStateFailed});
  if (type == StateType::kParallel) emit(frame, {.type = EventType::kParallelStateFailed});
  if (caught(*this, frame, failure)) return;
  fail_frame(frame, failure);
}

void Run::fail_uncaught(Frame& frame, const Failure& failure) {
  tell_evaluation(frame, failure);
  if (failure.fatal()) {
    return finish({.status = Status::kFailed, .error = failure.error, .cause = failure.cause},
                  static_cast<uint64_t>(frame.now.last));
  }
  fail_frame(frame, failure);
}

// Its parent's state has failed with the same error: the other children end with it.
void Run::fail_frame(Frame& frame, const Failure& failure) {
  Frame* parent = frame.parent;
  if (parent == nullptr) {
    return finish({.status = Status::kFailed, .error = failure.error, .cause = failure.cause},
                  static_cast<uint64_t>(frame.now.last));
  }
  parent->now.last = frame.now.last;
  abort_children(*parent, &frame);
  fail(*parent, {.error = failure.error, .cause = failure.cause, .from_outside = failure.from_outside});
}

}  // namespace soma::workflow::engine
