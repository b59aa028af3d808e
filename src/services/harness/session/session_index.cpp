#include "services/harness/session/session_index.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace soma::harness {
namespace {

using os::Result;

std::optional<int64_t> number_label(const journal::Run& run, std::string_view name) {
  const std::string_view text = run.label(name);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc()) return std::nullopt;
  return number;
}

// Every run that fits, newest first, at most `limit`.
Result<std::vector<journal::Run>> list_all(journal::Journal& journal, journal::ListFilter filter,
                                           size_t limit) {
  std::vector<journal::Run> runs;
  filter.limit = std::min(limit, journal::kMaxReadEvents);
  do {
    SOMA_ASSIGN(journal::RunPage page, journal.list(filter));
    std::ranges::move(page.runs, std::back_inserter(runs));
    filter.page_token = page.next_token;
  } while (!filter.page_token.empty() && runs.size() < limit);
  return runs;
}

using Children = std::multimap<std::string, const journal::Run*, std::less<>>;  // by their parent's run

SessionTree tree_of(const journal::Run& run, const Children& children) {
  SessionTree tree{summary_of(run), std::string(run.label("parentToolUseId")), {}};
  const auto [first, last] = children.equal_range(run.id);
  for (auto child = first; child != last; ++child) tree.children.push_back(tree_of(*child->second, children));
  std::ranges::sort(tree.children, {}, [](const SessionTree& child) { return child.session.created; });
  return tree;
}

void remember_invocation(const journal::Event& event, std::string& invocation_id) {
  const auto body = json::parse(event.body);
  if (body) invocation_id = body->get("invocationId").string_or("");
}

Result<Approval> approval_of(const journal::Event& event, const json::Value& body) {
  Approval approval{.id = std::string(body.get("approvalId").string_or("")),
                    .tool_use_id = std::string(body.get("toolUseId").string_or("")),
                    .tool = std::string(body.get("name").string_or("")),
                    .input = body.get("input"),
                    .input_hash = std::string(body.get("inputHash").string_or("")),
                    .rule = std::string(body.get("rule").string_or("")),
                    .requested = event.at};
  approval.reason = body.get("reason").string_or("");
  if (body.has("expiresAt")) {
    SOMA_ASSIGN(approval.expires, os::parse_time(body.get("expiresAt").string_or("")));
  }
  return approval;
}

// The pending ones of one session, from where its running invocation begins.
Result<> read_session_approvals(journal::Journal& journal, const journal::Run& run,
                                std::vector<SessionApproval>& out) {
  std::vector<SessionApproval> found;
  std::string invocation_id;
  uint64_t from =
      static_cast<uint64_t>(std::max<int64_t>(1, number_label(run, kApprovalsFromLabel).value_or(1)));
  while (true) {
    SOMA_ASSIGN(const std::vector<journal::Event> events,
                journal.read(run.id, from, journal::kMaxReadEvents));
    if (events.empty()) break;
    from = events.back().seq + 1;
    for (const journal::Event& event : events) {
      if (event.type == event::kInvocationStarted) remember_invocation(event, invocation_id);
      if (event.type == event::kInvocationFinished) found.clear();
      if (event.type != event::kApprovalRequested && event.type != event::kApprovalAnswered) continue;
      SOMA_ASSIGN(const json::Value body, json::parse(event.body));
      if (event.type == event::kApprovalRequested) {
        SOMA_ASSIGN(Approval approval, approval_of(event, body));
        found.push_back({summary_of(run), invocation_id, std::move(approval)});
      } else {
        std::erase_if(found, [&](const SessionApproval& entry) {
          return entry.approval.id == body.get("approvalId").string_or("");
        });
      }
    }
  }
  std::ranges::move(found, std::back_inserter(out));
  return {};
}

}  // namespace

std::optional<auth::Identity> user_of(const journal::Run& run) {
  if (run.label(kUserLabel).empty()) return std::nullopt;
  return auth::Identity{std::string(run.label(kUserIssuerLabel)), std::string(run.label(kUserLabel))};
}

SessionSummary summary_of(const journal::Run& run) {
  const SessionKey key = key_of(run);
  return {.run = run.id,
          .session_id = key.session_id,
          .harness_id = key.harness_id,
          .harness_name = key.harness_name,
          .status = run.status,
          .title = std::string(run.label("title")),
          .created = run.created,
          .updated = run.updated,
          .invocations = number_label(run, "invocations").value_or(0),
          .usage = {.input_tokens = number_label(run, "inputTokens").value_or(0),
                    .output_tokens = number_label(run, "outputTokens").value_or(0),
                    .cache_read_input_tokens = number_label(run, "cacheReadTokens").value_or(0),
                    .cache_write_input_tokens = number_label(run, "cacheWriteTokens").value_or(0)},
          .cost_pico = number_label(run, "costPico"),
          .parent_run = std::string(run.label("parentRun")),
          .root_run = std::string(run.label("rootRun")),
          .depth = number_label(run, "depth").value_or(0),
          .user = user_of(run)};
}

Result<SessionTree> read_tree(journal::Journal& journal, const std::string& run) {
  SOMA_ASSIGN(const journal::Run asked, journal.get(run));
  const std::string root_run(asked.label("rootRun").empty() ? std::string_view(asked.id)
                                                            : asked.label("rootRun"));
  SOMA_ASSIGN(const journal::Run root, journal.get(root_run));
  journal::ListFilter filter;
  filter.labels = {{"rootRun", root_run}};
  SOMA_ASSIGN(const std::vector<journal::Run> below, list_all(journal, std::move(filter), kMaxTreeSessions));
  Children children;
  for (const journal::Run& child : below) children.emplace(child.label("parentRun"), &child);
  return tree_of(root, children);
}

Result<std::vector<SessionApproval>> read_approvals(journal::Journal& journal) {
  journal::ListFilter filter;
  filter.kind = kSessionKind;
  filter.labels = {{std::string(kApprovalsLabel), std::string(kApprovalsPending)}};
  SOMA_ASSIGN(const std::vector<journal::Run> runs,
              list_all(journal, std::move(filter), kMaxListedApprovals));
  std::vector<SessionApproval> approvals;
  for (const journal::Run& run : runs) {
    if (approvals.size() >= kMaxListedApprovals) break;
    SOMA_TRY(read_session_approvals(journal, run, approvals));
  }
  return approvals;
}

}  // namespace soma::harness
