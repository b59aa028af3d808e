// Calls that wait for a person: what is written, who may run, what a restart keeps.
#include <gmock/gmock.h>

#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using json::object;

class ApprovalFlowTest : public HarnessTest {
 protected:
  static json::Value write_file(std::string_view path) {
    return object({{"operation", "create"}, {"path", path}, {"content", "made"}});
  }

  // One turn that makes a file, then the end. Every call asks.
  Config asking(std::vector<std::string> paths = {"a.txt"}) {
    std::vector<ScriptedCall> calls;
    for (size_t index = 0; index < paths.size(); ++index)
      calls.push_back({"use-" + std::to_string(index), "file_operations", write_file(paths[index])});
    Config out = config(script({tool_turn(calls), text_turn("Done.")}));
    out.approvals = *approvals_from_json(
        *json::parse(R"({"rules": [{"tool": "*", "decision": "ask", "reason": "be careful"}]})"));
    return out;
  }

  // Blocks until the session's status is `status`.
  static void until_status(Life& life, const std::string& run, std::string_view status) {
    auto wait = [&]() -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      const auto follower = life.journal().follow(executor, run, 1);
      while (true) {
        const auto now = life.journal().get(run);
        if (now && now->status == status) co_return;
        if (!co_await follower->next()) throw std::runtime_error("the journal ended");
      }
    };
    life.wait(wait());
  }

  Invocation start(Life& life, Config config) {
    const auto made = life.wait(life.service().create(std::move(config)));
    if (!made && made.error().code != os::Code::kAlreadyExists)
      throw std::runtime_error(made.error().to_string());
    auto invocation = life.wait(life.service().invoke(request("Go")));
    if (!invocation) throw std::runtime_error(invocation.error().to_string());
    return *invocation;
  }

  static os::Result<SessionApproval> answer(Life& life, const std::string& id, Answer what,
                                            std::string hash = "") {
    return life.wait(life.service().answer_approval("agent", session_name(1), id,
                                                    {what, std::move(hash), "tester", "because"}));
  }

  bool made(const Invocation& invocation, const std::string& path) {
    return std::filesystem::exists(directory_ + "/life/sessions/" +
                                   invocation.run.substr(std::string("session/").size()) + "/workspace/" +
                                   path);
  }

  std::string life_directory() const { return directory_ + "/life"; }
};

TEST_F(ApprovalFlowTest, RunsNothingUntilItIsApprovedThenOnce) {
  const auto clock = os::make_system_clock();
  Life life(life_directory(), *clock);
  const Invocation invocation = start(life, asking());
  until_status(life, invocation.run, "waiting");
  EXPECT_FALSE(made(invocation, "a.txt"));
  const auto pending = life.service().approvals();
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->size(), 1u);
  const Approval& approval = pending->front().approval;
  EXPECT_EQ(approval.tool, "file_operations");
  EXPECT_EQ(approval.input, write_file("a.txt"));
  EXPECT_EQ(approval.reason, "be careful");
  EXPECT_EQ(pending->front().invocation_id, invocation.id);
  EXPECT_EQ(life.wait(life.service().invoke(request("More"))).error().code, os::Code::kConflict);

  EXPECT_EQ(answer(life, "apr_other", Answer::kApprove).error().code, os::Code::kNotFound);
  EXPECT_EQ(answer(life, approval.id, Answer::kApprove, "0000").error().code, os::Code::kConflict);
  EXPECT_EQ(life.service().approvals()->size(), 1u) << "a wrong answer changes nothing";

  ASSERT_TRUE(answer(life, approval.id, Answer::kApprove, approval.input_hash));
  const auto events = life.finish(invocation);
  EXPECT_TRUE(made(invocation, "a.txt"));
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
  EXPECT_EQ(count(events, "approval.requested"), 1u);
  EXPECT_EQ(count(events, "approval.answered"), 1u);
  EXPECT_EQ(count(events, "tool.intent"), 1u);
  EXPECT_TRUE(life.service().approvals()->empty());
  const auto again = answer(life, approval.id, Answer::kDeny);
  EXPECT_EQ(again.error().code, os::Code::kConflict);
  EXPECT_THAT(again.error().message, testing::HasSubstr("answered already: approve, by tester"));
}

// What was answered said by "" where the journal said by "unknown".
TEST_F(ApprovalFlowTest, AnAnswerOfNobodyInParticularIsTheSameHereAndInTheJournal) {
  const auto clock = os::make_system_clock();
  Life life(life_directory(), *clock);
  const Invocation invocation = start(life, asking());
  until_status(life, invocation.run, "waiting");
  const std::string id = life.service().approvals()->front().approval.id;
  const auto answered =
      life.wait(life.service().answer_approval("agent", session_name(1), id, {Answer::kApprove, "", "", ""}));
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->approval.by, "unknown");
  EXPECT_EQ(body(life.finish(invocation), "approval.answered").get("by").string_or(""), "unknown");
}

TEST_F(ApprovalFlowTest, ADeniedCallNeverRunsAndTheModelIsTold) {
  const auto clock = os::make_system_clock();
  Life life(life_directory(), *clock);
  const Invocation invocation = start(life, asking());
  until_status(life, invocation.run, "waiting");
  ASSERT_TRUE(answer(life, life.service().approvals()->front().approval.id, Answer::kDeny));
  const auto events = life.finish(invocation);
  EXPECT_FALSE(made(invocation, "a.txt"));
  EXPECT_EQ(count(events, "tool.intent"), 0u);
  const json::Value result = body(events, "tool.result");
  EXPECT_EQ(result.get("status").string_or(""), "error");
  EXPECT_EQ(result.get("notRun").string_or(""), "approval");
  EXPECT_THAT(json::write(result), testing::HasSubstr("a person denied it: because"));
  EXPECT_EQ(body(events, "invocation.finished").get("toolCalls").int_or(-1), 0);
}

TEST_F(ApprovalFlowTest, CallsOfOneTurnAreAnsweredOneByOne) {
  const auto clock = os::make_system_clock();
  Life life(life_directory(), *clock);
  const Invocation invocation = start(life, asking({"a.txt", "b.txt", "c.txt"}));
  until_status(life, invocation.run, "waiting");
  auto pending = *life.service().approvals();
  ASSERT_EQ(pending.size(), 3u);
  ASSERT_TRUE(answer(life, pending[1].approval.id, Answer::kApprove));
  ASSERT_TRUE(answer(life, pending[0].approval.id, Answer::kDeny));
  ASSERT_TRUE(answer(life, pending[2].approval.id, Answer::kApprove));
  const auto events = life.finish(invocation);
  EXPECT_FALSE(made(invocation, "a.txt"));
  EXPECT_TRUE(made(invocation, "b.txt"));
  EXPECT_TRUE(made(invocation, "c.txt"));
  EXPECT_EQ(count(events, "tool.result"), 3u);
  const auto view = life.service().session("agent", session_name(1));
  ASSERT_EQ(view->messages.size(), 4u);
  EXPECT_EQ(view->messages[2].content.size(), 3u);
}

TEST_F(ApprovalFlowTest, WaitsAcrossARestartAndGoesOnAfterTheAnswer) {
  const auto clock = os::make_system_clock();
  Invocation invocation;
  std::string approval_id;
  {
    Life life(life_directory(), *clock);
    invocation = start(life, asking());
    until_status(life, invocation.run, "waiting");
    approval_id = life.service().approvals()->front().approval.id;
  }
  {
    Life life(life_directory(), *clock);
    EXPECT_EQ(life.service().approvals()->size(), 1u);
    EXPECT_EQ(life.journal().get(invocation.run)->status, "waiting");
    EXPECT_EQ(life.service().statistics().resident_sessions, 0u) << "what waits costs no memory";
  }
  Life life(life_directory(), *clock);
  ASSERT_TRUE(answer(life, approval_id, Answer::kApprove));
  const auto events = life.finish(invocation);
  EXPECT_TRUE(made(invocation, "a.txt"));
  EXPECT_EQ(count(events, "tool.intent"), 1u);
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
}

TEST_F(ApprovalFlowTest, AnApprovalThatNobodyAnswersIsDenied) {
  os::VirtualClock clock;
  Life life(life_directory(), clock);
  Config config = asking();
  config.approvals.timeout_seconds = 36'000;
  config.timeout_seconds = 1'800;  // of work: waiting does not count
  const Invocation invocation = start(life, config);
  until_status(life, invocation.run, "waiting");
  clock.advance(std::chrono::hours(11));
  // The journal may set its timer a moment after the wait is on the disk: then a later step makes it ring.
  const auto events = life.finish(invocation, &clock, std::chrono::milliseconds(1));
  EXPECT_FALSE(made(invocation, "a.txt"));
  EXPECT_EQ(body(events, "approval.answered").get("decision").string_or(""), "expired");
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
}

TEST_F(ApprovalFlowTest, CancellingEndsWhatWaits) {
  const auto clock = os::make_system_clock();
  Life life(life_directory(), *clock);
  const Invocation invocation = start(life, asking());
  until_status(life, invocation.run, "waiting");
  ASSERT_TRUE(life.wait(life.service().cancel("agent", session_name(1))));
  const auto events = life.finish(invocation);
  EXPECT_EQ(body(events, "approval.answered").get("decision").string_or(""), "cancelled");
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "interrupted");
  EXPECT_FALSE(made(invocation, "a.txt"));
  EXPECT_TRUE(life.service().approvals()->empty());
}

TEST_F(ApprovalFlowTest, APolicyThatDeniesAsksNobody) {
  const auto clock = os::make_system_clock();
  Life life(life_directory(), *clock);
  Config config = asking();
  config.approvals =
      *approvals_from_json(*json::parse(R"({"rules": [{"tool": "file_operations", "decision": "deny"}]})"));
  const auto events = life.finish(start(life, config));
  EXPECT_EQ(count(events, "approval.requested"), 0u);
  EXPECT_EQ(body(events, "tool.result").get("notRun").string_or(""), "policy");
}

// Found when rules were first tried: a tool under another name is another tool for the rules.
TEST_F(ApprovalFlowTest, AnInvocationCannotRenameAToolAwayFromItsRules) {
  const auto clock = os::make_system_clock();
  Life life(life_directory(), *clock);
  ASSERT_TRUE(life.wait(life.service().create(asking())));
  InvokeRequest renamed = request("Go");
  renamed.overrides = object({{"tools", json::array({object({{"type", "shell"}, {"name", "harmless"}})})}});
  const auto refused = life.wait(life.service().invoke(std::move(renamed)));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("'harmless' cannot be added"));
  InvokeRequest loosened = request("Go");
  loosened.overrides = object({{"approvals", object({{"default", "allow"}})}});
  EXPECT_EQ(life.wait(life.service().invoke(std::move(loosened))).error().code, os::Code::kInvalidArgument);
}

}  // namespace
}  // namespace soma::harness
