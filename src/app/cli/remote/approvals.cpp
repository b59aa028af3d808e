#include "app/cli/remote/approvals.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kIdPrefix = "apr_";
constexpr size_t kMaxApprovals = 10'000;
constexpr size_t kPageEvents = 1'000;

std::string_view id_of(const Value& approval) {
  return approval.get("approvalId").string_or("");
}

bool begins_with(std::string_view approval_id, std::string_view typed) {
  if (approval_id.starts_with(typed)) return true;
  return approval_id.starts_with(kIdPrefix) && approval_id.substr(kIdPrefix.size()).starts_with(typed);
}

// An approval.requested event in the API's words.
Value requested(const Value& session, const Value& event) {
  Value out = json::Object{};
  const Value& body = event.get("body");
  for (const char* key : {"harnessName", "harnessId", "sessionId", "runId"}) out.set(key, session.get(key));
  for (const char* key : {"approvalId", "toolUseId", "input", "inputHash", "rule", "reason", "expiresAt"})
    if (body.has(key)) out.set(key, body.get(key));
  out.set("tool", body.get("name"));
  out.set("requestedAt", event.get("at"));
  return out;
}

// The approval of this session that was answered.
Result<std::optional<Value>> answered_in(std::string_view base_url, const Value& session,
                                         std::string_view id) {
  std::optional<Value> found;
  bool answered = false;
  for (int64_t from = 1;;) {
    const std::string path =
        api_path("/api/runs/{}/events", {std::string(session.get("runId").string_or(""))});
    SOMA_ASSIGN(const Value page,
                call(base_url, "GET", path + fmt::format("?from={}&limit={}", from, kPageEvents)));
    const Value& events = page.get("events");
    for (size_t index = 0; index < events.size(); ++index) {
      const Value& event = events.at(index);
      const Value& body = event.get("body");
      const std::string_view type = event.get("type").string_or("");
      if (type == "approval.requested" && !answered && begins_with(id_of(body), id))
        found = requested(session, event);
      if (type != "approval.answered" || !found || id_of(body) != id_of(*found)) continue;
      for (const char* key : {"decision", "by", "reason"}) found->set(key, body.get(key));
      found->set("answeredAt", event.get("at"));
      answered = true;
    }
    if (events.size() < kPageEvents) break;
    from = events.at(events.size() - 1).get("seq").int_or(from) + 1;
  }
  return answered ? std::move(found) : std::nullopt;
}

}  // namespace

Result<json::Array> pending_approvals(std::string_view base_url) {
  return call_list(base_url, "/api/approvals", "approvals", kMaxApprovals);
}

Result<Value> find_approval(std::string_view base_url, std::string_view id) {
  if (id.empty())
    return os::fail(Code::kInvalidArgument, "the approval's id is empty", "soma approvals lists them");
  SOMA_ASSIGN(const json::Array pending, pending_approvals(base_url));
  std::vector<std::string> ids;
  const Value* found = nullptr;
  for (const Value& approval : pending) {
    if (id_of(approval) == id) return approval;
    if (!begins_with(id_of(approval), id)) continue;
    ids.emplace_back(id_of(approval));
    found = &approval;
  }
  if (ids.size() > 1)
    return os::fail(Code::kInvalidArgument, fmt::format("{} approvals begin with '{}'", ids.size(), id),
                    fmt::format("give more of the id: {}", os::join(ids, ", ")));
  if (found != nullptr) return *found;
  SOMA_ASSIGN(const json::Array sessions,
              call_list(base_url, fmt::format("/api/sessions?limit={}", kSearchedSessions), "sessions",
                        kSearchedSessions));
  for (const Value& session : sessions) {
    SOMA_ASSIGN(std::optional<Value> answered, answered_in(base_url, session, id));
    if (answered) return std::move(*answered);
  }
  return os::fail(Code::kNotFound, fmt::format("there is no approval '{}'", id),
                  "soma approvals lists those that are pending");
}

std::string answer_path(const std::string& harness, const std::string& session_id, const Value& approval) {
  return api_path("/api/sessions/{}/{}/approvals/{}", {harness, session_id, std::string(id_of(approval))});
}

Value answer_body(const Value& approval, const ApprovalDecision& decision) {
  Value body = json::object({{"decision", decision.approve ? "approve" : "deny"},
                             {"inputHash", approval.get("inputHash")},
                             {"by", decision.by}});
  if (!decision.reason.empty()) body.set("reason", decision.reason);
  return body;
}

os::Error answered_already(const Value& approval) {
  const std::string_view reason = approval.get("reason").string_or("");
  return {Code::kConflict,
          fmt::format("approval {} was answered already: {}, by {}{}{}", id_of(approval),
                      approval.get("decision").string_or("?"), approval.get("by").string_or("?"),
                      reason.empty() ? "" : ": ", reason),
          ""};
}

std::string login_name() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return fmt::format("user {}", ::getuid());
}

std::optional<Reply> parse_reply(std::string_view line) {
  struct Word {
    std::string_view word;
    Choice choice;
  };
  static constexpr Word kWords[] = {{"y", Choice::kYes}, {"yes", Choice::kYes},     {"n", Choice::kNo},
                                    {"no", Choice::kNo}, {"later", Choice::kLater}, {"l", Choice::kLater}};
  const std::string_view text = os::trim(line);
  const size_t end = std::min(text.find(' '), text.size());
  const std::string word = os::to_lower(text.substr(0, end));
  const auto* const known = std::ranges::find(kWords, std::string_view(word), &Word::word);
  if (known == std::end(kWords)) return std::nullopt;
  return Reply{known->choice, std::string(os::trim(text.substr(end)))};
}

}  // namespace soma::cli
