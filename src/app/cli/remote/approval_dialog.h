// Approvals answered at the terminal while the invocation that asks is followed.
//
// One question at a time, in the order in which they came; the stream goes on meanwhile. An approval that
// somebody else answers, that expires or is cancelled takes its question away. "later" leaves it pending.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "app/cli/remote/approvals.h"
#include "app/cli/remote/connection.h"
#include "app/cli/terminal.h"

namespace soma::cli {

// Of one invocation; used on the loop that follows it. The terminal and the connection outlive it.
class ApprovalDialog : public std::enable_shared_from_this<ApprovalDialog> {
 public:
  struct Session {
    std::string harness, session_id;
  };
  // `keyboard` is the descriptor of a terminal; `by` is who answers.
  ApprovalDialog(Terminal& terminal, int keyboard, std::string by, const Connection& connection,
                 Session session);

  // approvalRequested asks, approvalAnswered takes the question away; other events say nothing.
  void on_event(const net::Executor& executor, const json::Value& wire_event);
  // The invocation is over: no question stays.
  void end();

 private:
  static net::Task<> work(std::shared_ptr<ApprovalDialog> self);
  net::Task<> ask(json::Value approval);
  // Nothing when the question was taken away.
  net::Task<std::optional<Reply>> reply_to(const std::string& question, net::FdStream& keyboard);
  net::Task<> send(const json::Value& approval, ApprovalDecision decision);
  void leave_for_later(const json::Value& approval);
  void forget(std::string_view approval_id);

  Terminal& terminal_;
  int descriptor_;
  std::string by_;
  const Connection& connection_;
  Session session_;
  std::deque<json::Value> waiting_;
  std::string asked_;                 // the id of the approval that is asked about
  net::FdStream* reading_ = nullptr;  // while a line is waited for
  bool working_ = false;
};

}  // namespace soma::cli
