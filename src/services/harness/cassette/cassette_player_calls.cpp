// What is answered beside the model: the calls that may run, the hooks about them, and the people who are
// asked.
#include <fmt/format.h>

#include <algorithm>

#include "core/model/prices.h"
#include "services/harness/cassette/cassette_player.h"

namespace soma::harness {
namespace {

// What refuses a call before it runs, as the event's notRun.
constexpr std::string_view kRefusals[] = {"approval", "hook", "limit", "policy"};

bool was_refused(const RecordedTool& tool) {
  return std::ranges::find(kRefusals, tool.not_run) != std::end(kRefusals);
}

std::string about(std::string_view tool_use_id) {
  return tool_use_id.empty() ? "" : fmt::format(" about the call {}", tool_use_id);
}

std::string first_text(const std::vector<model::ResultContent>& contents) {
  for (const model::ResultContent& content : contents)
    if (const auto* text = std::get_if<model::Text>(&content)) return text->text;
  return "";
}

}  // namespace

// ---- calls

net::Task<CallEnd> Player::run_call(const model::ToolUse& use, const tool::Context& context) {
  const Call found = call(use);
  if (!found.tool)
    co_return CallEnd{.outcome = tool::error_outcome("The cassette has no result for this call.")};
  if (found.last_before_stop) {
    stop_();
    co_await wait_for_stop(context.cancellation);
  }
  const RecordedTool& tool = *found.tool;
  CallEnd end{.outcome = {tool.error, tool.content}, .not_run = tool.not_run, .bounded = true};
  if (tool.cost_usd) end.cost_pico = model::pico(*tool.cost_usd);
  co_return end;
}

Player::Call Player::call(const model::ToolUse& use) {
  const std::lock_guard lock(mutex_);
  if (asked_)
    for (const RecordedTool& tool : asked_->tools) {
      const bool same = tool.id == use.id && tool.name == use.name && tool.input == use.input && !tool.client;
      if (!same || !answered_.insert(&tool).second) continue;
      if (was_refused(tool)) {
        Mismatch mismatch{current_ + 1, turn_,
                          fmt::format("the call {} of {} runs, and was refused when this was recorded ({})",
                                      use.id, use.name, tool.not_run)};
        show_difference(mismatch, first_text(tool.content), json::write(use.input));
        note_locked(std::move(mismatch));
      }
      return {&tool, &tool == &asked_->tools.back() && stopped_at_last_tool()};
    }
  Mismatch mismatch{current_ + 1, turn_, fmt::format("a call of {} was not recorded", use.name)};
  show_difference(mismatch, "", json::write(use.input));
  note_locked(std::move(mismatch));
  return {nullptr, false};
}

// Whether the invocation was stopped from outside while the last call of its last turn ran, as far as the
// cassette tells: nothing else was under way.
bool Player::stopped_at_last_tool() const {
  const bool last_turn = turn_ == invocation().turns.size();
  const bool in_hook = std::ranges::any_of(invocation().hooks, &RecordedHook::cut);
  const bool in_wait = std::ranges::find(invocation().approvals, answer_name(Answer::kCancelled),
                                         &RecordedApproval::decision) != invocation().approvals.end();
  return was_stopped() && last_turn && !in_hook && !in_wait;
}

const RecordedTool* Player::recorded_call(std::string_view tool_use_id) const {
  if (!asked_) return nullptr;
  const auto found = std::ranges::find(asked_->tools, tool_use_id, &RecordedTool::id);
  return found == asked_->tools.end() ? nullptr : &*found;
}

// ---- hooks

net::Task<HookOutcome> Player::answer_hook(const HookCall& call, net::Cancellation cancellation) {
  const RecordedHook* hook = find_hook(call);
  // What nobody recorded stands in nobody's way: the rest of the session shows what it would have changed.
  if (!hook) co_return HookOutcome{.allowed = true, .reason = {}, .error = {}};
  if (hook->cut) {
    stop_();
    co_await wait_for_stop(cancellation);
    co_return HookOutcome{.reason = {}, .error = cancellation.reason(), .cancelled = true};
  }
  co_return HookOutcome{.allowed = hook->allowed, .reason = hook->reason, .error = hook->error};
}

const RecordedHook* Player::find_hook(const HookCall& call) {
  const std::lock_guard lock(mutex_);
  const std::string_view type = hook_type_name(call.hook->type);
  const std::string_view tool_use_id = call.context.get("toolUseId").string_or("");
  for (const RecordedHook& hook : invocation().hooks)
    if (hook.name == call.hook->name && hook.type == type && hook.tool_use_id == tool_use_id &&
        answered_.insert(&hook).second)
      return &hook;
  note_locked({current_ + 1, turn_,
               fmt::format("the hook {} ({}) is asked{}, and was not when this was recorded", call.hook->name,
                           type, about(tool_use_id))});
  return nullptr;
}

// ---- people

Player::Said Player::say(const std::vector<Approval>& pending) {
  const std::lock_guard lock(mutex_);
  const auto asked_about = [&](const RecordedApproval& recorded) {
    return std::ranges::find(pending, recorded.tool_use_id, &Approval::tool_use_id);
  };
  for (const RecordedApproval& recorded : invocation().approvals) {
    const auto approval = asked_about(recorded);
    const auto decision = parse_answer(recorded.decision);
    if (approval == pending.end() || !decision || !answered_.insert(&recorded).second) continue;
    // Nobody's answer is everybody's: time and an end answer all that wait.
    if (*decision == Answer::kExpired || *decision == Answer::kCancelled)
      for (const RecordedApproval& other : invocation().approvals)
        if (other.decision == recorded.decision && asked_about(other) != pending.end())
          answered_.insert(&other);
    return {*approval, *decision, recorded.by, recorded.reason};
  }
  const Approval& first = pending.front();
  const RecordedTool* tool = recorded_call(first.tool_use_id);
  Mismatch mismatch{current_ + 1, turn_,
                    fmt::format("the call {} of {} waits for an approval, and did not when this was recorded",
                                first.tool_use_id, first.tool)};
  show_difference(mismatch, "", first.rule);
  note_locked(std::move(mismatch));
  // The rest is compared as far as it goes.
  return {first, tool && !was_refused(*tool) ? Answer::kApprove : Answer::kDeny, "soma", "not recorded"};
}

void Player::note_unasked() {
  for (const RecordedHook& hook : invocation().hooks)
    if (!answered_.contains(&hook))
      note_locked({current_ + 1, 0,
                   fmt::format("the hook {} ({}) was not asked{}, as it was when this was recorded",
                               hook.name, hook.type, about(hook.tool_use_id))});
  for (const RecordedApproval& approval : invocation().approvals)
    if (!answered_.contains(&approval))
      note_locked({current_ + 1, 0,
                   fmt::format("no approval was asked for{}, as it was when this was recorded ({})",
                               about(approval.tool_use_id), approval.decision)});
}

}  // namespace soma::harness
