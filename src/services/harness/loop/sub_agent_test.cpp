// A harness as a tool of another: its own session, deadline, money, place in the tree.
#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "services/harness/harness_test_kit.h"
#include "services/harness/loop/sub_agent.h"

namespace soma::harness {
namespace {

using json::object;

class SubAgentTest : public HarnessTest {
 protected:
  Config named(std::string name, std::vector<std::string> turns) {
    Config out = config(script(turns));
    out.name = std::move(name);
    return out;
  }
  // A caller that asks `helpers` harnesses named helper, in one turn.
  Config caller(size_t helpers, json::Value tool_config = object({{"harness", "helper"}})) {
    std::vector<ScriptedCall> calls;
    for (size_t index = 0; index < helpers; ++index)
      calls.push_back({"ask-" + std::to_string(index), "helper", object({{"prompt", "Find it"}})});
    Config out = named("agent", {tool_turn(calls), text_turn("Thanks.")});
    out.tools.push_back({"harness", "helper", std::move(tool_config)});
    return out;
  }
  static void create(Life& life, Config config) {
    const auto made = life.wait(life.service().create(std::move(config)));
    if (!made) throw std::runtime_error(made.error().to_string());
  }
  static std::vector<journal::Event> run(Life& life) {
    const auto invocation = life.wait(life.service().invoke(request("Go")));
    if (!invocation) throw std::runtime_error(invocation.error().to_string());
    return life.finish(*invocation);
  }
  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
};

TEST_F(SubAgentTest, AnswersFromASessionOfItsOwn) {
  Life life(directory_ + "/life", *clock_);
  create(life, named("helper", {text_turn("It is under the stairs.")}));
  create(life, caller(1));
  const auto events = run(life);
  EXPECT_THAT(json::write(body(events, "tool.result").get("content")),
              testing::HasSubstr("under the stairs"));
  const json::Value started = body(events, "subagent.started");
  EXPECT_EQ(started.get("harnessName").string_or(""), "helper");
  const auto child = life.journal().get(started.get("runId").string_or(""));
  ASSERT_TRUE(child);
  EXPECT_EQ(child->label("depth"), "1");

  const auto tree = life.service().tree("helper", std::string(started.get("sessionId").string_or("")));
  ASSERT_TRUE(tree) << tree.error().to_string();
  EXPECT_EQ(tree->session.harness_name, "agent") << "from its root, whichever session is asked about";
  ASSERT_EQ(tree->children.size(), 1u);
  EXPECT_EQ(tree->children.front().tool_use_id, "ask-0");
  EXPECT_EQ(tree->children.front().session.status, "idle");
}

// Returns with the first event of that type that the run has from there on.
net::Task<json::Value> next_of(journal::Journal& journal, Invocation invocation, std::string_view type) {
  const auto follower = journal.follow(co_await net::this_executor(), invocation.run, invocation.first_seq);
  while (true) {
    const auto events = co_await follower->next();
    if (!events) throw std::runtime_error(events.error().to_string());
    for (const journal::EventPtr& event : *events)
      if (event->type == type) co_return *json::parse(event->body);
  }
}

// A sub-agent of a sub-agent waits: whoever follows the first session learns where, and can answer.
TEST_F(SubAgentTest, AnApprovalBelowIsToldToWhoeverFollowsTheCaller) {
  Life life(directory_ + "/life", *clock_);
  Config careful =
      named("careful", {tool_turn({{"look", "file_operations", object({{"operation", "list"}})}}),
                        text_turn("Nothing there.")});
  careful.approvals = *approvals_from_json(
      *json::parse(R"({"rules": [{"tool": "*", "decision": "ask", "reason": "once"}]})"));
  create(life, careful);
  Config middle =
      named("helper", {tool_turn({{"down", "careful", object({{"prompt", "Look"}})}}), text_turn("Done.")});
  middle.tools.push_back({"harness", "careful", object({{"harness", "careful"}})});
  create(life, middle);
  create(life, caller(1));
  const auto invocation = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(invocation) << invocation.error().to_string();

  const json::Value asks = life.wait(next_of(life.journal(), *invocation, event::kSubAgentAsks));
  EXPECT_EQ(asks.get("toolUseId").string_or(""), "ask-0") << "the caller's own call";
  EXPECT_EQ(asks.get("call").string_or(""), "look");
  EXPECT_EQ(asks.get("harnessName").string_or(""), "careful");
  EXPECT_EQ(asks.get("reason").string_or(""), "once");
  ApprovalAnswer answer{.answer = Answer::kApprove,
                        .input_hash = std::string(asks.get("inputHash").string_or("")),
                        .by = "ada"};
  const auto answered = life.wait(life.service().answer_approval(
      std::string(asks.get("harnessId").string_or("")), std::string(asks.get("sessionId").string_or("")),
      std::string(asks.get("approvalId").string_or("")), std::move(answer)));
  ASSERT_TRUE(answered) << answered.error().to_string();

  const auto events = life.finish(*invocation);
  EXPECT_EQ(count(events, "subagent.asks"), 1u);
  EXPECT_EQ(body(events, "subagent.heard").get("by").string_or(""), "ada");
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
}

TEST_F(SubAgentTest, SeveralWorkAtTheSameTime) {
  Life life(directory_ + "/life", *clock_);
  create(life, named("helper", {text_turn("Found.")}));
  create(life, caller(3));
  const auto events = run(life);
  EXPECT_EQ(count(events, "subagent.started"), 3u);
  EXPECT_EQ(life.service().tree("agent", session_name(1))->children.size(), 3u);
}

TEST_F(SubAgentTest, AFailureIsTheCallsResult) {
  Life life(directory_ + "/life", *clock_);
  create(life, caller(1));
  const auto events = run(life);
  EXPECT_EQ(body(events, "tool.result").get("status").string_or(""), "error");
  EXPECT_THAT(json::write(body(events, "tool.result")), testing::HasSubstr("there is no harness 'helper'"));
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
}

TEST_F(SubAgentTest, ADeadlineEndsTheSubAgentAndItsCallerGoesOn) {
  os::VirtualClock clock;
  Life life(directory_ + "/life", clock);
  create(life, named("helper", {R"({"messageStart":{"role":"assistant"}})"
                                "\n"
                                R"({"wait":{"ms":3000000}})"
                                "\n" +
                                text_turn("Late.")}));
  create(life, caller(1, object({{"harness", "helper"}, {"timeoutSeconds", 30}})));
  const auto invocation = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(invocation);
  const auto events = life.finish(*invocation, &clock);
  EXPECT_EQ(body(events, "tool.result").get("status").string_or(""), "error");
  EXPECT_THAT(json::write(body(events, "tool.result")), testing::HasSubstr("timeout_exceeded"));
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
}

TEST_F(SubAgentTest, TheTreeHasALeastDepth) {
  Life life(directory_ + "/life", *clock_);
  Config endless =
      named("agent", {tool_turn({{"again", "self", object({{"prompt", "Again"}})}}), text_turn("Enough.")});
  endless.tools.push_back({"harness", "self", object({{"harness", "agent"}})});
  create(life, std::move(endless));
  const auto events = run(life);
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
  auto tree = *life.service().tree("agent", session_name(1));
  int64_t deepest = 0;
  for (const SessionTree* at = &tree; !at->children.empty(); at = &at->children.front())
    deepest = at->children.front().session.depth;
  EXPECT_EQ(deepest, kMaxSubAgentDepth);
}

// A call that a crash cut off finds the session that it had started: nothing is asked twice.
TEST_F(SubAgentTest, ARestartFindsTheSameSession) {
  std::string child_run;
  os::VirtualClock clock;
  {
    Life life(directory_ + "/life", clock);
    create(life, named("helper", {R"({"messageStart":{"role":"assistant"}})"
                                  "\n"
                                  R"({"wait":{"ms":1000}})"
                                  "\n" +
                                  text_turn("Found.").substr(text_turn("").find('\n') + 1)}));
    create(life, caller(1));
    const auto invocation = life.wait(life.service().invoke(request("Go")));
    ASSERT_TRUE(invocation);
    auto until_started = [&]() -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      const auto follower = life.journal().follow(executor, invocation->run, 1);
      while (child_run.empty()) {
        const auto events = co_await follower->next();
        for (const auto& event : *events)
          if (event->type == "subagent.started")
            child_run = json::parse(event->body)->get("runId").string_or("");
      }
      while (!life.journal().get(child_run)) co_await boost::asio::post(executor, boost::asio::use_awaitable);
      const auto child = life.journal().follow(executor, child_run, 1);
      bool asked = false;
      while (!asked) {
        const auto events = co_await child->next();
        for (const auto& event : *events) asked = asked || event->type == "model.intent";
      }
    };
    life.wait(until_started());
  }
  Life life(directory_ + "/life", clock);
  const std::string run = "session/" + life.service().get("agent").value()->id + "/" + session_name(1);
  const json::Value started = body(*life.journal().read(run, 1, 100), "invocation.started");
  const auto events =
      life.finish({std::string(started.get("invocationId").string_or("")), run, session_name(1), 1}, &clock);
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
  const auto child_events = life.journal().read(child_run, 1, 100);
  EXPECT_EQ(count(*child_events, "invocation.started"), 1u);
  EXPECT_EQ(life.service().tree("agent", session_name(1))->children.size(), 1u);
}

}  // namespace
}  // namespace soma::harness
