// An invocation followed to its end, through cut connections and restarts of the server.
//
// The POST carries a client token, so that sending it again attaches to the same invocation. Once the server
// has named the run, a cut is mended by following the run's journal from the last event seen. While nobody
// answers it tries again for kReconnectWindow. Ctrl-C asks the server to cancel the invocation and goes on to
// its end; a second Ctrl-C leaves the process at once.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "app/cli/remote/approval_dialog.h"
#include "app/cli/remote/connection.h"
#include "base/json/json.h"

namespace soma::cli {

inline constexpr std::chrono::seconds kReconnectWindow{60};
inline constexpr std::chrono::seconds kFirstContactWindow{2};  // for a server that never answered

struct InvocationRequest {
  std::string harness;      // id, name or ARN
  std::string qualifier{};  // an endpoint or a version; empty: DEFAULT
  std::string session_id;   // never empty: who names the session can cancel it
  std::string user_id{};
  std::string bearer_token{};  // for a harness with an authorizer; of the invocation alone, the rest is the
                               // operator's
  std::string client_token;
  json::Value body;                             // messages and overrides
  std::shared_ptr<ApprovalDialog> approvals{};  // who asks about approvals meanwhile; nothing: nobody here
};

// Called on the thread of follow_invocation.
class InvocationObserver {
 public:
  virtual ~InvocationObserver() = default;
  virtual void on_event(const json::Value& wire_event) = 0;
  virtual void on_notice(std::string_view text) = 0;
  virtual void on_tick() = 0;  // ten times a second
};

struct InvocationOutcome {
  std::string run_id, invocation_id;
  bool cancelled = false;  // by Ctrl-C
};

// Blocks until the invocation is over. Errors: what the server refused; kUnavailable when it went away and
// did not come back.
os::Result<InvocationOutcome> follow_invocation(Connection& connection, InvocationRequest request,
                                                InvocationObserver& observer);

}  // namespace soma::cli
