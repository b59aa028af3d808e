// A session that waits for approvals: how it is written that it waits, and how it goes on.
#include <fmt/format.h>

#include <algorithm>

#include "services/harness/loop/recorder.h"
#include "services/harness/session/session.h"

namespace soma::harness {

using os::Code;
using os::Result;

// The earliest moment at which something is to be done about a session that waits.
os::Time Session::waiting_wake() const {
  os::Time wake = os::Time::max();
  for (const PendingTool& tool : history_->running->tools)
    if (waits_for_approval(tool)) wake = std::min(wake, tool.approval->expires);
  return bench_ ? std::min(wake, next_wake()) : wake;
}

void Session::write_waiting() {
  record(event::kInvocationWaiting, json::object({{"invocationId", history_->running->id}}));
  journal::AppendOptions options;
  options.status = std::string(kStatusWaiting);
  options.wake_at = expires_at_ = waiting_wake();
  writer_->set_options(std::move(options));
}

bool Session::close_approvals(Answer answer, std::optional<os::Time> due, std::string_view why) {
  bool closed = false;
  const std::vector<PendingTool> tools = history_->running->tools;
  for (const PendingTool& tool : tools) {
    if (!waits_for_approval(tool) || (due && tool.approval->expires > *due)) continue;
    record(event::kApprovalAnswered, json::object({{"approvalId", tool.approval->id},
                                                   {"toolUseId", tool.use.id},
                                                   {"decision", answer_name(answer)},
                                                   {"inputHash", tool.approval->input_hash},
                                                   {"by", "soma"},
                                                   {"reason", why}}));
    closed = true;
  }
  return closed;
}

net::Task<Result<Approval>> Session::answer(std::string approval_id, ApprovalAnswer given) {
  const auto self = shared_from_this();
  const Entry entry(*this, co_await entry_.take());
  SOMA_CO_TRY(load());
  std::optional<Approval> approval;
  if (history_->running)
    for (const PendingTool& tool : history_->running->tools)
      if (tool.approval && tool.approval->id == approval_id) approval = tool.approval;
  if (!approval) co_return std::unexpected(co_await answered_before(std::move(approval_id)));
  if (approval->answer)
    co_return os::fail(Code::kConflict,
                       fmt::format("approval {} was answered already: {}, by {}", approval_id,
                                   answer_name(*approval->answer), approval->by));
  if (!given.input_hash.empty() && given.input_hash != approval->input_hash)
    co_return os::fail(
        Code::kConflict,
        fmt::format("approval {} is for other arguments than the ones that were looked at", approval_id),
        "read the approval again, then decide");
  if (dependencies_.clock.now() >= approval->expires)
    co_return os::fail(Code::kConflict, fmt::format("approval {} has expired", approval_id));
  if (given.by.empty()) given.by = "unknown";
  record(event::kApprovalAnswered, json::object({{"approvalId", approval_id},
                                                 {"toolUseId", approval->tool_use_id},
                                                 {"decision", answer_name(given.answer)},
                                                 {"inputHash", approval->input_hash},
                                                 {"by", given.by},
                                                 {"reason", given.reason}}));
  approval->answer = given.answer;
  approval->by = given.by;
  approval->reason = given.reason;
  approval->answered = dependencies_.clock.now();
  SOMA_CO_TRY(co_await go_on_after_answer());
  co_return *approval;
}

// Writes what was answered; lets the invocation go on where it waits.
net::Task<Result<>> Session::go_on_after_answer() {
  journal::AppendOptions options;
  options.status = std::string(kStatusRunning);
  options.wake_at = os::Time::max();
  if (std::ranges::none_of(history_->running->tools, waits_for_approval))
    options.labels = {{std::string(kApprovalsLabel), std::string(kApprovalsNone)}};
  writer_->set_options(std::move(options));
  if (const Result<> flushed = co_await writer_->flush(); !flushed) {
    if (!running_) history_.reset();
    co_return std::unexpected(flushed.error());
  }
  if (!running_ && history_ && history_->running) co_await proceed();
  co_return Result<>{};
}

// Why an approval that is not pending is not.
net::Task<os::Error> Session::answered_before(std::string approval_id) {
  for (uint64_t from = 1;;) {
    const auto events = dependencies_.journal.read(key_.run(), from, journal::kMaxReadEvents);
    if (!events) co_return events.error();
    if (events->empty()) break;
    from = events->back().seq + 1;
    for (const journal::Event& event : *events) {
      if (event.type != event::kApprovalAnswered || event.body.find(approval_id) == std::string::npos)
        continue;
      const auto body = json::parse(event.body);
      if (!body || body->get("approvalId").string_or("") != approval_id) continue;
      co_return os::Error{Code::kConflict,
                          fmt::format("approval {} was answered already: {}, by {}", approval_id,
                                      body->get("decision").string_or(""), body->get("by").string_or(""))};
    }
  }
  co_return os::Error{Code::kNotFound,
                      fmt::format("session {} has no approval '{}'", key_.session_id, approval_id),
                      "soma approvals lists those that are pending"};
}

// Ends an invocation that waits for an approval.
net::Task<Result<>> Session::stop_waiting() {
  close_approvals(Answer::kCancelled, std::nullopt, "the invocation was cancelled");
  co_await finish(InvocationEnd{model::StopReason::kInterrupted});
  co_return Result<>{};
}

// An approval that nobody answered in time counts as a no. What only waits keeps no process and no page.
net::Task<Result<>> Session::expire_waiting(os::Time now) {
  if (close_approvals(Answer::kExpired, now, "nobody answered in time"))
    co_return co_await go_on_after_answer();
  if (execs_ == 0) bench_.reset();
  expires_at_ = waiting_wake();
  co_return co_await dependencies_.journal.wake_at(key_.run(), expires_at_);
}

}  // namespace soma::harness
