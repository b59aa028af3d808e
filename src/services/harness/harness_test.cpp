#include "services/harness/harness.h"

#include "services/harness/harness_test_kit.h"
#include "services/harness/wire.h"

namespace soma::harness {
namespace {

using json::object;

TEST_F(HarnessTest, AnswersAndKeepsTheConversation) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  ASSERT_TRUE(life.wait(life.service().create(config(script({text_turn("Hello."), text_turn("Again.")})))));
  const auto first = life.wait(life.service().invoke(request("Hi")));
  ASSERT_TRUE(first) << first.error().to_string();
  auto events = life.finish(*first);
  EXPECT_EQ(count(events, "session.created"), 1u);
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
  EXPECT_EQ(body(events, "invocation.finished").get("usage").get("outputTokens").int_or(0), 5);

  const auto second = life.wait(life.service().invoke(request("And?")));
  ASSERT_TRUE(second);
  events = life.finish(*second);
  EXPECT_EQ(count(events, "session.created"), 1u);
  EXPECT_EQ(model::text_of(*model::message_from_json(body(events, "model.result", 1).get("message"))),
            "Again.");
  const auto view = life.service().session("agent", session_name(1));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->messages.size(), 4u);
  EXPECT_EQ(view->summary.title, "Hi");
}

TEST_F(HarnessTest, StreamHasTheShapeOfInvokeHarness) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  const json::Value list = object({{"operation", "list"}, {"path", "."}});
  ASSERT_TRUE(life.wait(life.service().create(
      config(script({tool_turn({{"u1", "file_operations", list}}), text_turn("Done.")})))));
  const auto invocation = life.wait(life.service().invoke(request("Look")));
  ASSERT_TRUE(invocation);
  std::vector<std::string> names;
  std::vector<std::string> stops;
  for (const journal::Event& event : life.finish(*invocation)) {
    const auto wire = expand(event);
    ASSERT_TRUE(wire);
    for (const WireEvent& entry : *wire) {
      names.push_back(entry.name);
      if (entry.name == "messageStop") stops.emplace_back(entry.body.get("stopReason").string_or(""));
    }
  }
  const std::vector<std::string> expected = {
      "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop",  "messageStop",
      "metadata",     "messageStart",      "contentBlockStart", "contentBlockDelta", "contentBlockStop",
      "messageStop",  "messageStart",      "contentBlockStart", "contentBlockDelta", "contentBlockStop",
      "messageStop",  "metadata",          "invocationFinished"};
  EXPECT_EQ(names, expected);
  EXPECT_EQ(stops, (std::vector<std::string>{"tool_use", "tool_result", "end_turn"}));
}

// A provider's own tools run on its side, and it may pause between them: nothing is run here, and it is asked
// again.
TEST_F(HarnessTest, APausedTurnGoesOnAndTheProvidersOwnCallsAreNotRun) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  std::string paused = tool_turn({{"s1", "web_search", object({})}});
  const auto replace = [&paused](std::string_view from, std::string_view to) {
    paused.replace(paused.find(from), from.size(), to);
  };
  replace("\"name\":\"web_search\"",
          "\"name\":\"web_search\",\"type\":\"server_tool_use\",\"origin\":\"anthropic\"");
  replace("\"stopReason\":\"tool_use\"", "\"stopReason\":\"partial_turn\"");
  ASSERT_TRUE(life.wait(life.service().create(config(script({paused, text_turn("Found.")})))));
  const auto invocation = life.wait(life.service().invoke(request("Search")));
  ASSERT_TRUE(invocation);
  const auto events = life.finish(*invocation);
  EXPECT_EQ(count(events, "model.result"), 2u);
  EXPECT_EQ(count(events, "tool.intent"), 0u);
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
}

TEST_F(HarnessTest, EveryToolOfATurnGetsItsResult) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  const json::Value list = object({{"operation", "list"}, {"path", "."}});
  ASSERT_TRUE(life.wait(
      life.service().create(config(script({tool_turn({{"a", "file_operations", list},
                                                      {"b", "no_such_tool", object({})},
                                                      {"c", "file_operations", object({{"nonsense", 1}})}}),
                                           text_turn("Done.")})))));
  const auto invocation = life.wait(life.service().invoke(request("Look")));
  ASSERT_TRUE(invocation);
  const auto events = life.finish(*invocation);
  EXPECT_EQ(count(events, "tool.intent"), 1u) << "of the call that can run";
  ASSERT_EQ(count(events, "tool.result"), 3u);
  std::map<std::string, std::string> status, text;
  for (size_t index = 0; index < 3; ++index) {
    const json::Value result = body(events, "tool.result", index);
    const std::string use(result.get("toolUseId").string_or(""));
    status[use] = result.get("status").string_or("");
    text[use] = result.get("content").at(0).get("text").string_or("");
  }
  EXPECT_EQ(status["a"], "success");
  EXPECT_EQ(status["b"], "error");
  EXPECT_NE(text["b"].find("no tool named 'no_such_tool'"), std::string::npos);
  EXPECT_EQ(status["c"], "error");
  EXPECT_NE(text["c"].find("schema"), std::string::npos);
}

TEST_F(HarnessTest, LimitsEndTheTurnByName) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  const json::Value list = object({{"operation", "list"}, {"path", "."}});
  const std::string turn = tool_turn({{"a", "file_operations", list}});
  Config few = config(script({turn, turn, turn, turn}));
  few.max_iterations = 2;
  ASSERT_TRUE(life.wait(life.service().create(few)));
  auto invocation = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(invocation);
  auto events = life.finish(*invocation);
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "max_iterations_exceeded");
  EXPECT_EQ(count(events, "model.intent"), 2u);

  auto tokens = request("Go", 2);
  tokens.overrides = object({{"maxIterations", 50}, {"maxTokens", 14}});
  invocation = life.wait(life.service().invoke(tokens));
  ASSERT_TRUE(invocation);
  events = life.finish(*invocation);
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""),
            "max_output_tokens_exceeded");
  EXPECT_EQ(count(events, "model.intent"), 2u) << "two calls of 7 output tokens each";
}

TEST_F(HarnessTest, TimeoutEndsAModelThatNeverAnswers) {
  os::VirtualClock clock;
  Life life(directory_ + "/data", clock);
  Config slow = config(script({"{\"wait\":{\"ms\":3000000}}\n" + text_turn("late")}));
  slow.timeout_seconds = 5;
  ASSERT_TRUE(life.wait(life.service().create(slow)));
  const auto invocation = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(invocation);
  const auto events = life.finish(*invocation, &clock);
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "timeout_exceeded");
}

TEST_F(HarnessTest, CancelEndsTheInvocationAndTheSessionGoesOn) {
  os::VirtualClock clock;
  Life life(directory_ + "/data", clock);
  ASSERT_TRUE(life.wait(life.service().create(
      config(script({"{\"wait\":{\"ms\":3000000}}\n" + text_turn("late"), text_turn("late")})))));
  const auto invocation = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(invocation);
  ASSERT_TRUE(life.wait(life.service().cancel("agent", session_name(1))));
  const auto events = life.finish(*invocation, &clock, std::chrono::microseconds(1));
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "interrupted");
  const auto nothing = life.wait(life.service().cancel("agent", session_name(1)));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, os::Code::kFailedPrecondition);
}

TEST_F(HarnessTest, RefusesWhatCannotBeDone) {
  os::VirtualClock clock;
  Life life(directory_ + "/data", clock);
  ASSERT_TRUE(life.wait(
      life.service().create(config(script({"{\"wait\":{\"ms\":3000000}}\n" + text_turn("late")})))));
  const auto twice = life.wait(life.service().create(config("x")));
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, os::Code::kAlreadyExists);

  auto bad = request("Go");
  bad.session_id = "short";
  EXPECT_EQ(life.wait(life.service().invoke(bad)).error().code, os::Code::kInvalidArgument);
  bad = request("Go");
  bad.harness = "agnet";
  const auto unknown = life.wait(life.service().invoke(bad));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, os::Code::kNotFound);
  EXPECT_NE(unknown.error().hint.find("agent"), std::string::npos);
  bad = request("Go");
  bad.messages.clear();
  EXPECT_EQ(life.wait(life.service().invoke(bad)).error().code, os::Code::kInvalidArgument);

  auto first = request("Go");
  first.client_token = "token-1";
  const auto running = life.wait(life.service().invoke(first));
  ASSERT_TRUE(running);
  EXPECT_EQ(life.wait(life.service().invoke(request("Other"))).error().code, os::Code::kConflict);
  const auto same = life.wait(life.service().invoke(first));
  ASSERT_TRUE(same) << "a repeated request attaches";
  EXPECT_EQ(same->id, running->id);
}

TEST_F(HarnessTest, IdleSessionsEndAndComeBackWithTheirHistory) {
  os::VirtualClock clock;
  Life life(directory_ + "/data", clock);
  ASSERT_TRUE(life.wait(life.service().create(config(script({text_turn("One."), text_turn("Two.")})))));
  const auto first = life.wait(life.service().invoke(request("Hi")));
  ASSERT_TRUE(first);
  life.finish(*first, &clock, std::chrono::microseconds(1));
  auto follower_sees_end = [&]() -> net::Task<bool> {
    const net::Executor executor = co_await net::this_executor();
    const auto follower = life.journal().follow(executor, first->run, 1);
    while (true) {
      const auto events = co_await follower->next();
      if (!events) co_return false;
      for (const auto& event : *events)
        if (event->type == event::kSessionEnded)
          co_return event->body.find("idle_timeout") != std::string::npos;
    }
  };
  EXPECT_TRUE(life.wait(follower_sees_end(), clock, std::chrono::minutes(1)));
  EXPECT_EQ(life.journal().get(first->run)->status, "ended");
  const auto second = life.wait(life.service().invoke(request("Hi again")));
  ASSERT_TRUE(second) << second.error().to_string();
  const auto events = life.finish(*second, &clock, std::chrono::microseconds(1));
  EXPECT_EQ(count(events, "session.reopened"), 1u);
  EXPECT_EQ(model::text_of(*model::message_from_json(body(events, "model.result", 1).get("message"))),
            "Two.");
}

TEST_F(HarnessTest, ACreateThatIsRepeatedWithItsTokenIsTheSameHarness) {
  const auto clock = os::make_system_clock();
  std::string id;
  {
    Life life(directory_ + "/data", *clock);
    const auto made = life.wait(life.service().create(config("one"), "token-1"));
    ASSERT_TRUE(made);
    id = (*made)->id;
  }
  Life life(directory_ + "/data", *clock);
  const auto again = life.wait(life.service().create(config("one"), "token-1"));
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ((*again)->id, id);
  EXPECT_EQ(life.wait(life.service().create(config("two"), "token-1")).error().code,
            os::Code::kAlreadyExists);
  EXPECT_EQ(life.wait(life.service().create(config("one"), "token-2")).error().code,
            os::Code::kAlreadyExists);
  EXPECT_EQ(life.wait(life.service().create(config("one"))).error().code, os::Code::kAlreadyExists);
}

TEST_F(HarnessTest, DefinitionsAndVersionsSurviveARestart) {
  const auto clock = os::make_system_clock();
  std::string id;
  {
    Life life(directory_ + "/data", *clock);
    const auto made = life.wait(life.service().create(config("one")));
    ASSERT_TRUE(made);
    id = (*made)->id;
    ASSERT_TRUE(life.wait(life.service().update("agent", object({{"maxIterations", 3}}))));
    EXPECT_FALSE(life.wait(life.service().update("agent", object({{"harnessName", "b"}}))));
  }
  Life life(directory_ + "/data", *clock);
  const auto newest = life.service().get(id);
  ASSERT_TRUE(newest);
  EXPECT_EQ((*newest)->version, 2u);
  EXPECT_EQ((*newest)->config.max_iterations, 3);
  EXPECT_EQ((*life.service().get("agent", "1"))->config.max_iterations, kDefaultMaxIterations);
  EXPECT_FALSE(life.service().get("agent", "3"));
  EXPECT_TRUE(life.wait(life.service().remove("agent")));
  EXPECT_FALSE(life.service().get("agent"));
}

// An event over the journal's limit stopped the session until the next start, which met it again.
TEST_F(HarnessTest, AnAnswerTooLargeToKeepEndsTheInvocationWithTheReason) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  ASSERT_TRUE(life.wait(life.service().create(config(script({text_turn(std::string(10u << 20, '\n'))})))));
  const auto first = life.wait(life.service().invoke(request("Speak")));
  ASSERT_TRUE(first) << first.error().to_string();
  const auto events = life.finish(*first);
  const json::Value error = body(events, "invocation.finished").get("error");
  EXPECT_EQ(error.get("code").string_or(""), os::code_name(os::Code::kLimitExceeded));
  EXPECT_NE(error.get("message").string_or("").find("bytes"), std::string::npos) << json::write(error);

  InvokeRequest second = request("Again");
  second.overrides =
      object({{"model", object({{"provider", "replay"}, {"modelId", script({text_turn("Yes.")})}})}});
  const auto again = life.wait(life.service().invoke(std::move(second)));
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(body(life.finish(*again), "invocation.finished", 1).get("stopReason").string_or(""), "end_turn");
}

TEST_F(HarnessTest, ARequestTooLargeForTheJournalLeavesTheSessionAsItWas) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  ASSERT_TRUE(life.wait(life.service().create(config(script({text_turn("One."), text_turn("Two.")})))));
  const auto first = life.wait(life.service().invoke(request("Speak")));
  ASSERT_TRUE(first);
  life.finish(*first);
  EXPECT_EQ(life.wait(life.service().invoke(request(std::string(10u << 20, '\n')))).error().code,
            os::Code::kLimitExceeded);
  const auto again = life.wait(life.service().invoke(request("Again")));
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(body(life.finish(*again), "invocation.finished", 1).get("stopReason").string_or(""), "end_turn");
}

// Some models number the calls of each answer anew.
TEST_F(HarnessTest, AnIdThatIsUsedAgainOverwritesNoKeptResult) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  const auto print = [](std::string_view word) {
    return tool_turn(
        {{"call_1", "shell", object({{"command", "yes " + std::string(word) + " | head -20000"}})}});
  };
  Config config = HarnessTest::config(script({print("one"), print("two"), text_turn("Done.")}));
  config.sandbox = sandbox::Kind::kNone;
  ASSERT_TRUE(life.wait(life.service().create(config)));
  const auto invocation = life.wait(life.service().invoke(request("Print")));
  ASSERT_TRUE(invocation);
  const auto events = life.finish(*invocation);
  for (const auto& [name, word, turn] :
       {std::tuple("1-1-call_1.txt", "one\n", 0), std::tuple("1-2-call_1.txt", "two\n", 1)}) {
    EXPECT_NE(json::write(body(events, "tool.result", static_cast<size_t>(turn))).find(name),
              std::string::npos);
    const auto path =
        life.service().session_file("agent", session_name(1), std::string(".soma/results/") + name);
    ASSERT_TRUE(path) << path.error().to_string();
    EXPECT_TRUE(os::read_file(*path)->starts_with(word)) << name;
  }
}

TEST_F(HarnessTest, ExecRunsInTheSessionsWorkspace) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/data", *clock);
  if (!sandbox::probe(life.dependencies().launcher).available) GTEST_SKIP() << "bubblewrap cannot run here";
  ASSERT_TRUE(life.wait(life.service().create(config("none"))));
  std::string out;
  ExecEvents events;
  events.output = [&out](sandbox::Stream, std::string_view text) { out += text; };
  ExecRequest first{"agent", session_name(1), "echo kept > note; pwd; exit 3", 30};
  const auto outcome = life.wait(life.service().exec(first, events, {}));
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(outcome->exit_code, 3);
  EXPECT_EQ(out, "/workspace\n");
  out.clear();
  const ExecRequest second{"agent", session_name(1), "cat note", 30};
  ASSERT_TRUE(life.wait(life.service().exec(second, events, {})));
  EXPECT_EQ(out, "kept\n");
  out.clear();
  const ExecRequest other{"agent", session_name(2), "ls", 30};
  ASSERT_TRUE(life.wait(life.service().exec(other, events, {})));
  EXPECT_EQ(out, "") << "another session sees nothing of it";
}

}  // namespace
}  // namespace soma::harness
