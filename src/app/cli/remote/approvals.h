// Tool calls that wait for a person: found by their id, looked at, answered.
//
// An approval is the API's JSON: {approvalId, harnessName, harnessId, sessionId, tool, input, inputHash,
// rule, reason?, requestedAt, expiresAt?}, and once it is answered decision, by, answeredAt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/cli/remote/api_client.h"

namespace soma::cli {

// Where an approval that is not pending any more is looked for.
inline constexpr size_t kSearchedSessions = 20;
inline constexpr size_t kMaxReplyBytes = 1'024;  // of what is typed as the answer

// The pending ones.
os::Result<json::Array> pending_approvals(std::string_view base_url);

// The pending approval whose id is `id` or begins with it ("apr_" may be left out), else an answered one of
// the newest sessions. kInvalidArgument when several pending ones begin so; kNotFound.
os::Result<json::Value> find_approval(std::string_view base_url, std::string_view id);

struct ApprovalDecision {
  bool approve = false;
  std::string by, reason{};
};
// The request that answers the approval, for exactly the arguments that are in it.
std::string answer_path(const std::string& harness, const std::string& session_id,
                        const json::Value& approval);
json::Value answer_body(const json::Value& approval, const ApprovalDecision& decision);

// kConflict: "approval … was answered already: approve, by ada".
os::Error answered_already(const json::Value& approval);

// Who this process runs as: the login name, else the user's number.
std::string login_name();

// What a person typed at "yes, no, later?": the first word decides, the rest is the reason.
enum class Choice { kYes, kNo, kLater };
struct Reply {
  Choice choice;
  std::string reason;
};
// Nothing for what is none of the three.
std::optional<Reply> parse_reply(std::string_view line);

}  // namespace soma::cli
