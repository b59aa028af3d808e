// Sessions with everything that stands around the loop: approvals, hooks, inline functions, sub-agents,
// compaction, money, large results. Each plays again exactly, and a decision that was changed is named.
#include <gmock/gmock.h>

#include "services/harness/cassette/cassette_test_kit.h"
#include "services/harness/cassette/expectation.h"

namespace soma::harness {
namespace {

using json::object;
using testing::HasSubstr;

class GovernedReplayTest : public CassetteTest {
 protected:
  static json::Value list() { return file_call("list", "."); }

  std::unique_ptr<Life> life(os::Clock& clock,
                             const model::PriceTable& prices = model::PriceTable::builtin()) {
    directory_of_life_ = directory_ + "/life-" + std::to_string(++lives_);
    return std::make_unique<Life>(directory_of_life_, clock, prices);
  }
  static void create(Life& life, Config config) {
    const auto made = life.wait(life.service().create(std::move(config)));
    if (!made) throw std::runtime_error(made.error().to_string());
  }
  static Invocation start(Life& life, InvokeRequest wanted = request("Go")) {
    const auto invocation = life.wait(life.service().invoke(std::move(wanted)));
    if (!invocation) throw std::runtime_error(invocation.error().to_string());
    return *invocation;
  }

  // ---- approvals

  // One turn with calls that all ask, then the end.
  Config asking(size_t calls) {
    std::vector<ScriptedCall> turn;
    for (size_t index = 0; index < calls; ++index)
      turn.push_back({"t" + std::to_string(index), "file_operations",
                      file_call("create", "f" + std::to_string(index), "x")});
    Config out = config(script({tool_turn(turn), text_turn("Done.")}));
    out.approvals.otherwise = Decision::kAsk;
    return out;
  }
  // Once the invocation waits, answers them in this order: by their calls' numbers.
  static void answer_all(Life& life, const Invocation& invocation,
                         std::vector<std::pair<size_t, Answer>> answers) {
    wait_for(life, invocation, event::kInvocationWaiting);
    const auto pending = life.service().approvals();
    for (const auto& [number, answer] : answers) {
      const auto found =
          std::ranges::find(*pending, "t" + std::to_string(number),
                            [](const SessionApproval& waiting) { return waiting.approval.tool_use_id; });
      const auto answered = life.wait(life.service().answer_approval(
          "agent", session_name(1), found->approval.id, {answer, "", "tester", "because"}));
      if (!answered) throw std::runtime_error(answered.error().to_string());
    }
    life.finish(invocation);
  }
  Cassette answered(std::vector<std::pair<size_t, Answer>> answers) {
    const auto alive = life(*clock_);
    create(*alive, asking(answers.size()));
    const Invocation invocation = start(*alive);
    answer_all(*alive, invocation, std::move(answers));
    return reread(record_run(*alive, invocation.run));
  }

  // ---- hooks

  static Hook hook(HookType type, std::string name, std::string line) {
    Hook out;
    out.type = type;
    out.name = std::move(name);
    out.target = CommandTarget{{"/bin/sh", "-c", std::move(line)}};
    return out;
  }
  // A session whose hook says this; the command leaves a trace each time that it runs.
  Cassette hooked(HookType type, const std::string& says) {
    Config out =
        config(script({tool_turn({{"a", "file_operations", list()}, {"b", "file_operations", list()}}),
                       text_turn("Done.")}));
    out.hooks.push_back(hook(type, "gate", "echo x >> " + trace() + "; " + says));
    out.hooks.push_back(hook(HookType::kAfterInvocation, "told", "echo x >> " + trace()));
    return reread(recorded_with(out, {"Go"}));
  }
  std::string trace() const { return directory_ + "/hooks.trace"; }
  std::string traced() const { return os::read_file(trace()).value_or(""); }

  // ---- sub-agents

  // A caller, one helper that answers and one that is not there.
  Cassette delegated(const model::PriceTable& prices = model::PriceTable::builtin()) {
    const auto alive = life(*clock_, prices);
    Config helper = config(script({text_turn("It is under the stairs.")}));
    helper.name = "helper";
    create(*alive, std::move(helper));
    Config caller = config(script({tool_turn({{"h1", "helper", object({{"prompt", "Find it"}})},
                                              {"h2", "nobody", object({{"prompt", "Find it"}})}}),
                                   text_turn("Thanks.")}));
    caller.tools.push_back({"harness", "helper", object({{"harness", "helper"}})});
    caller.tools.push_back({"harness", "nobody", object({{"harness", "nobody"}})});
    create(*alive, std::move(caller));
    const Invocation invocation = invoke(*alive, request("Go"));
    return reread(record_run(*alive, invocation.run, {.prices = prices}));
  }

  // The scripted model at a dollar a million input tokens, 10 a million output tokens.
  static model::PriceTable priced() {
    return *model::PriceTable::parse(
        R"({"date": "2026-01-01", "currency": "USD", "models": [{"provider": "replay", "modelId": "*script*",
            "inputUsdPerMillion": 1, "outputUsdPerMillion": 10, "source": "this test"}]})",
        "prices");
  }

  std::string directory_of_life_;
};

// ---- approvals

TEST_F(GovernedReplayTest, ApprovalsAreAnsweredAsTheyWere) {
  const Cassette cassette = answered({{1, Answer::kDeny}, {0, Answer::kApprove}, {2, Answer::kApprove}});
  ASSERT_EQ(cassette.invocations[0].approvals.size(), 3u);
  EXPECT_EQ(cassette.invocations[0].approvals[0].tool_use_id, "t1");
  EXPECT_EQ(cassette.invocations[0].approvals[0].reason, "because");
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  EXPECT_EQ(report.invocations[0].answer, "Done.");
}

TEST_F(GovernedReplayTest, ADenialThatBecameAnApprovalIsNamedAtItsCall) {
  Cassette cassette = answered({{0, Answer::kApprove}, {1, Answer::kDeny}});
  cassette.invocations[0].approvals[1].decision = "approve";
  const ReplayReport report = played(cassette);
  ASSERT_FALSE(report.exact());
  EXPECT_EQ(place_of(report.mismatches[0]), "invocation 1, turn 1");
  EXPECT_THAT(report.mismatches[0].what, HasSubstr("the call t1 of file_operations runs, and was refused"));
  EXPECT_THAT(report.mismatches[0].expected, HasSubstr("a person denied it: because"));
}

TEST_F(GovernedReplayTest, AnApprovalThatBecameADenialIsNamedWhereTheModelIsShownIt) {
  Cassette cassette = answered({{0, Answer::kApprove}, {1, Answer::kDeny}});
  cassette.invocations[0].approvals[0].decision = "deny";
  const ReplayReport report = played(cassette);
  ASSERT_FALSE(report.exact());
  EXPECT_EQ(place_of(report.mismatches[0]), "invocation 1, turn 2");
  EXPECT_THAT(report.mismatches[0].actual, HasSubstr("a person denied it")) << differences(report);
}

TEST_F(GovernedReplayTest, ARecordedAnswerThatNobodyAsksForIsNamed) {
  Cassette cassette = answered({{0, Answer::kApprove}});
  cassette.harness.erase("approvals");
  const ReplayReport report = played(cassette);
  EXPECT_THAT(differences(report), HasSubstr("invocation 1: no approval was asked for about the call t0"));
}

// What a stricter policy would have asked about, found with recorded traffic.
TEST_F(GovernedReplayTest, AnotherPolicysQuestionsAreNamed) {
  const Cassette cassette = recorded(note_turns(), {"Write a note"});
  ReplayOptions options;
  options.config = config("gone.jsonl");
  options.config->approvals = *approvals_from_json(*json::parse(
      R"({"rules": [{"tool": "file_operations", "arguments": {"operation": "create"}, "decision": "ask"}]})"));
  const ReplayReport report = played(cassette, options);
  ASSERT_EQ(report.mismatches.size(), 1u) << differences(report);
  EXPECT_EQ(place_of(report.mismatches[0]), "invocation 1, turn 1");
  EXPECT_THAT(report.mismatches[0].what, HasSubstr("the call t1 of file_operations waits for an approval"));
  EXPECT_THAT(report.mismatches[0].actual, HasSubstr("operation: create"));
  EXPECT_EQ(report.invocations[0].answer, "The note says: a line.") << "the rest is played all the same";
}

TEST_F(GovernedReplayTest, AnApprovalExpiresInAnInstant) {
  os::VirtualClock clock;
  const auto alive = life(clock);
  Config config = asking(2);
  config.approvals.timeout_seconds = 36'000;
  config.timeout_seconds = 1'800;
  create(*alive, config);
  const Invocation invocation = start(*alive);
  wait_for(*alive, invocation, event::kInvocationWaiting);
  clock.advance(std::chrono::hours(11));
  // The journal may set its timer a moment after the wait is on the disk: then a later step makes it ring.
  alive->finish(invocation, &clock, std::chrono::microseconds(1));
  const Cassette cassette = reread(record_run(*alive, invocation.run));
  ASSERT_EQ(cassette.invocations[0].approvals.size(), 2u);
  EXPECT_EQ(cassette.invocations[0].approvals[0].decision, "expired");
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);

  // A configuration in which nothing expires cannot play it.
  Cassette endless = cassette;
  endless.harness.find("approvals")->erase("timeoutSeconds");
  const auto refused = replay(endless);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, os::Code::kUnsupported);
  EXPECT_THAT(refused.error().hint, HasSubstr("timeoutSeconds"));
}

TEST_F(GovernedReplayTest, AWaitThatWasCancelledIsCancelled) {
  const auto alive = life(*clock_);
  Config config = asking(2);
  config.approvals = *approvals_from_json(*json::parse(
      R"({"rules": [{"tool": "file_operations", "arguments": {"path": "f0"}, "decision": "allow"}], "default": "ask"})"));
  create(*alive, config);
  const Invocation invocation = start(*alive);
  wait_for(*alive, invocation, event::kInvocationWaiting);
  ASSERT_TRUE(alive->wait(alive->service().cancel("agent", session_name(1))));
  alive->finish(invocation);
  const Cassette cassette = reread(record_run(*alive, invocation.run));
  EXPECT_EQ(cassette.invocations[0].stop_reason, "interrupted");
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
}

// ---- hooks

TEST_F(GovernedReplayTest, HooksAnswerAsTheyDidAndNothingRuns) {
  for (const HookType type :
       {HookType::kBeforeInvocation, HookType::kBeforeToolCall, HookType::kAfterToolCall})
    for (const std::string says : {"exit 0", "echo not today >&2; exit 2", "exit 1"}) {
      SCOPED_TRACE(std::string(hook_type_name(type)) + ": " + says);
      const Cassette cassette = hooked(type, says);
      const std::string before = traced();
      EXPECT_FALSE(before.empty());
      const ReplayReport report = played(cassette);
      EXPECT_TRUE(report.exact()) << differences(report);
      EXPECT_EQ(traced(), before) << "a hook ran";
    }
}

TEST_F(GovernedReplayTest, AHookThatWouldHaveDeniedIsNamed) {
  Cassette cassette = hooked(HookType::kBeforeToolCall, "exit 0");
  RecordedHook& second = cassette.invocations[0].hooks.at(1);
  ASSERT_EQ(second.tool_use_id, "b");
  second.allowed = false;
  second.reason = "no more of these";
  const ReplayReport report = played(cassette);
  ASSERT_FALSE(report.exact());
  EXPECT_EQ(place_of(report.mismatches[0]), "invocation 1, turn 2");
  EXPECT_THAT(report.mismatches[0].actual, HasSubstr("a hook denied it: no more of these"));
}

TEST_F(GovernedReplayTest, AHookThatWouldHaveAllowedIsNamed) {
  Cassette cassette = hooked(HookType::kBeforeToolCall, "exit 2");
  cassette.invocations[0].hooks.at(0).allowed = true;
  const ReplayReport report = played(cassette);
  ASSERT_FALSE(report.exact());
  EXPECT_EQ(place_of(report.mismatches[0]), "invocation 1, turn 1");
  EXPECT_THAT(report.mismatches[0].what, HasSubstr("the call a of file_operations runs, and was refused"));

  Cassette stopped = hooked(HookType::kAfterToolCall, "exit 2");
  for (RecordedHook& hook : stopped.invocations[0].hooks) hook.allowed = true;
  EXPECT_THAT(differences(played(stopped)),
              HasSubstr("it ended for another reason\n  expected hook_stopped\n"));
}

TEST_F(GovernedReplayTest, HooksThatAreNotTheRecordedOnesAreNamed) {
  Cassette cassette = hooked(HookType::kBeforeToolCall, "exit 0");
  cassette.invocations[0].hooks.at(0).name = "other";
  const std::string named = differences(played(cassette));
  EXPECT_THAT(named,
              HasSubstr("invocation 1, turn 1: the hook gate (before_tool_call) is asked about the call a, "
                        "and was not when this was recorded"));
  EXPECT_THAT(named,
              HasSubstr("invocation 1: the hook other (before_tool_call) was not asked about the call a"));
}

TEST_F(GovernedReplayTest, AStopDuringAHookHappensThere) {
  const auto alive = life(*clock_);
  Config config =
      GovernedReplayTest::config(script({tool_turn({{"a", "file_operations", list()}}), text_turn("Done.")}));
  config.hooks.push_back(hook(HookType::kBeforeToolCall, "slow", "sleep 60"));
  create(*alive, std::move(config));
  const Invocation invocation = start(*alive);
  wait_for(*alive, invocation, event::kHookStarted);
  ASSERT_TRUE(alive->wait(alive->service().cancel("agent", session_name(1))));
  alive->finish(invocation);
  const Cassette cassette = reread(record_run(*alive, invocation.run));
  ASSERT_EQ(cassette.invocations[0].hooks.size(), 1u);
  EXPECT_TRUE(cassette.invocations[0].hooks[0].cut);
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
}

// ---- inline functions

TEST_F(GovernedReplayTest, TheClientAnswersItsCallsInTheNextInvocation) {
  const auto alive = life(*clock_);
  Config config =
      GovernedReplayTest::config(script({tool_turn({{"a", "file_operations", list()},
                                                    {"b", "ask_user", object({{"question", "Red?"}})},
                                                    {"c", "file_operations", list()}}),
                                         text_turn("Red it is.")}));
  config.tools.push_back(
      {"inline_function", "ask_user",
       object({{"description", "Asks the user"}, {"inputSchema", object({{"type", "object"}})}})});
  create(*alive, std::move(config));
  invoke(*alive, request("Paint"));
  InvokeRequest answer = request("");
  answer.messages.front().content = {model::ToolResult{"b", false, {model::Text{"yes"}}}};
  const Invocation last = invoke(*alive, std::move(answer));
  const Cassette cassette = reread(record_run(*alive, last.run));
  ASSERT_EQ(cassette.invocations.size(), 2u);
  EXPECT_EQ(cassette.invocations[0].stop_reason, "tool_use");
  ASSERT_EQ(cassette.invocations[0].turns.at(0).tools.size(), 3u);
  EXPECT_TRUE(cassette.invocations[0].turns[0].tools[1].client);
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  EXPECT_EQ(report.invocations.at(1).answer, "Red it is.");

  // Another answer of the client's is what the next request shows; both are readable.
  Cassette changed = cassette;
  std::get<model::ToolResult>(changed.invocations[1].messages.at(0).content.at(0)).content = {
      model::Text{"no"}};
  const ReplayReport other = played(changed);
  ASSERT_EQ(other.mismatches.size(), 1u) << differences(other);
  EXPECT_EQ(place_of(other.mismatches[0]), "invocation 2, turn 1");
  EXPECT_THAT(other.mismatches[0].expected, HasSubstr("yes"));
  EXPECT_THAT(other.mismatches[0].actual, HasSubstr("\"no\""));
}

TEST_F(GovernedReplayTest, AClientMayAskSomethingElseInstead) {
  const auto alive = life(*clock_);
  Config config = GovernedReplayTest::config(
      script({tool_turn({{"q", "ask_user", object({})}}), text_turn("Never mind.")}));
  config.tools.push_back(
      {"inline_function", "ask_user",
       object({{"description", "Asks the user"}, {"inputSchema", object({{"type", "object"}})}})});
  create(*alive, std::move(config));
  invoke(*alive, request("Paint"));
  const Invocation last = invoke(*alive, request("Forget it"));
  const ReplayReport report = played(reread(record_run(*alive, last.run)));
  EXPECT_TRUE(report.exact()) << differences(report);
}

// ---- sub-agents

TEST_F(GovernedReplayTest, SubAgentsAnswerFromTheRecordingAndCostWhatTheyDid) {
  const Cassette cassette = delegated(priced());
  const RecordedTurn& turn = cassette.invocations[0].turns.at(0);
  ASSERT_EQ(turn.tools.size(), 2u);
  EXPECT_DOUBLE_EQ(turn.tools[0].cost_usd.value_or(0), 60e-6);
  EXPECT_EQ(turn.tools[1].not_run, "invalid");
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  EXPECT_EQ(report.invocations[0].cost_usd, cassette.invocations[0].cost_usd);
  EXPECT_DOUBLE_EQ(report.invocations[0].cost_usd.value_or(0), 210e-6);
}

TEST_F(GovernedReplayTest, AnotherAnswerOfASubAgentIsNamed) {
  Cassette cassette = delegated();
  std::get<model::Text>(cassette.invocations[0].turns.at(0).tools.at(0).content.at(0)).text = "It is gone.";
  const ReplayReport report = played(cassette);
  ASSERT_EQ(report.mismatches.size(), 1u) << differences(report);
  EXPECT_EQ(place_of(report.mismatches[0]), "invocation 1, turn 2");
  EXPECT_THAT(report.mismatches[0].actual, HasSubstr("It is gone."));
}

// ---- the context's size

TEST_F(GovernedReplayTest, ASlidingWindowSlidesTheSame) {
  std::vector<std::string> turns;
  for (int turn = 0; turn < 20; ++turn)
    turns.push_back(tool_turn({{"use-" + std::to_string(turn), "file_operations", list()}}));
  turns.push_back(text_turn("Done."));
  Config config = GovernedReplayTest::config(script(turns));
  config.truncation.strategy = TruncationStrategy::kSlidingWindow;
  config.truncation.messages_count = 6;
  config.max_iterations = 30;
  const Cassette cassette = reread(recorded_with(config, {"The task"}));
  EXPECT_THAT(cassette.invocations[0].events, testing::Contains("context.compacted"));
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
}

TEST_F(GovernedReplayTest, SummariesAreTheRecordedOnes) {
  const auto alive = life(*clock_);
  Config config =
      GovernedReplayTest::config(script({text_turn(std::string(14'000, 'a')), text_turn("Done.")}));
  config.truncation.strategy = TruncationStrategy::kSummarization;
  config.truncation.preserve_recent_messages = 1;
  config.model.context_window = 4096;
  create(*alive, std::move(config));
  invoke(*alive, request("Tell me a lot"));
  const Invocation last = invoke(*alive, request("And now this: " + std::string(6'000, 'y')));
  const Cassette cassette = reread(record_run(*alive, last.run));
  ASSERT_EQ(cassette.invocations.at(1).summaries.size(), 1u);
  ASSERT_TRUE(cassette.invocations[1].summaries[0].usage) << "the scripted model made it";
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  EXPECT_EQ(report.invocations[1].usage.input_tokens, 20) << "the summary's and the answer's";

  Cassette changed = cassette;
  changed.invocations[1].summaries[0].text = "Another summary.";
  const ReplayReport other = played(changed);
  ASSERT_EQ(other.mismatches.size(), 1u) << differences(other);
  EXPECT_EQ(place_of(other.mismatches[0]), "invocation 2, turn 1");
  EXPECT_THAT(other.mismatches[0].actual, HasSubstr("Another summary."));

  changed.invocations[1].summaries.clear();
  EXPECT_THAT(differences(played(changed)), HasSubstr("a summary is asked for once more"));
}

TEST_F(GovernedReplayTest, WhereNoModelMadeTheSummaryTheRulesMakeIt) {
  const auto alive = life(*clock_);
  Config config =
      GovernedReplayTest::config(script({text_turn(std::string(14'000, 'a')), text_turn("Done.")}));
  config.truncation.strategy = TruncationStrategy::kSummarization;
  config.truncation.preserve_recent_messages = 1;
  config.model.context_window = 4096;
  create(*alive, std::move(config));
  invoke(*alive, request("Tell me a lot"));
  const Invocation last = invoke(*alive, request("And now this: " + std::string(6'000, 'y')));
  Cassette cassette = record_run(*alive, last.run);
  // As it stands in the cassette of a session whose model made no summary.
  cassette.invocations.at(1).summaries.at(0) = {"(not looked at: the rules make it again)", std::nullopt};
  const ReplayReport first = played(reread(cassette));
  ASSERT_EQ(first.mismatches.size(), 1u) << differences(first);
  EXPECT_THAT(first.mismatches[0].actual, HasSubstr("Tell me a lot")) << "a digest of what was asked";
}

// A provider that finds the request too long is asked again with a shorter one.
TEST_F(GovernedReplayTest, ARefusalAsTooLongHappensAgain) {
  std::vector<std::string> turns;
  for (int turn = 0; turn < 4; ++turn)
    turns.push_back(tool_turn({{"use-" + std::to_string(turn), "file_operations", list()}}));
  turns.push_back("{\"fail\":{\"code\":\"InvalidArgument\",\"message\":\"prompt is too long\"}}\n");
  turns.push_back(text_turn("Done."));
  Config config = GovernedReplayTest::config(script(turns));
  config.truncation.strategy = TruncationStrategy::kSlidingWindow;
  const Cassette cassette = reread(recorded_with(config, {"The task"}));
  ASSERT_THAT(cassette.invocations[0].events, testing::Contains("context.compacted"));
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
}

// ---- money and large results

TEST_F(GovernedReplayTest, ALimitOnCostIsMetWhereItWasMetWhateverTheModelCostsByNow) {
  const model::PriceTable prices = priced();
  const auto alive = life(*clock_, prices);
  std::vector<std::string> turns;
  for (int turn = 0; turn < 50; ++turn)
    turns.push_back(tool_turn({{"use-" + std::to_string(turn), "file_operations", list()}}));
  Config config = GovernedReplayTest::config(script(turns));
  config.max_cost_pico = model::pico(0.005);
  create(*alive, std::move(config));
  const Invocation invocation = invoke(*alive, request("Go"));
  const Cassette cassette = reread(record_run(*alive, invocation.run, {.prices = prices}));
  ASSERT_EQ(cassette.invocations[0].stop_reason, "max_cost_exceeded");
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  EXPECT_EQ(report.invocations[0].cost_usd, cassette.invocations[0].cost_usd);
  EXPECT_TRUE(check_expectations({{"costUnder", 0.005}}, report).empty());
  EXPECT_EQ(check_expectations({{"costUnder", 0.001}}, report).size(), 1u);
}

TEST_F(GovernedReplayTest, PricesAreReadBackAsTheyWere) {
  const std::string_view text =
      R"({"date": "2026-01-02", "currency": "USD", "models": [{"provider": "p", "modelId": "m",
          "inputUsdPerMillion": 0.08333333333333334, "outputUsdPerMillion": 15, "cacheReadUsdPerMillion": 0.07,
          "contextWindow": 1000000, "maxOutputTokens": 64000, "source": "a list",
          "tiers": [{"aboveInputTokens": 200000, "inputUsdPerMillion": 6, "outputUsdPerMillion": 22.5}]}]})";
  const auto table = model::PriceTable::parse(text, "");
  ASSERT_TRUE(table);
  const auto again =
      model::PriceTable::parse(json::write(prices_json({table->models()[0]}, table->date())), "");
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->find("p", "m"), table->find("p", "m"));
}

TEST_F(GovernedReplayTest, ResultsThatWereShortenedStayAsTheyAre) {
  Config config = GovernedReplayTest::config(script(
      {tool_turn({{"t1", "file_operations", file_call("create", "long.txt", std::string(8'000, 'x'))}}),
       tool_turn({{"t2", "file_operations", file_call("view", "long.txt")}}), text_turn("Long.")}));
  config.max_tool_result_bytes = 1'024;
  Cassette cassette = reread(recorded_with(config, {"Go"}));
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  // Also under a configuration that would shorten them again.
  cassette.invocations[0].turns[1].tools[0].content = {model::Text{std::string(3'000, 'y')}};
  const ReplayReport longer = played(cassette);
  ASSERT_EQ(longer.mismatches.size(), 1u) << differences(longer);
  EXPECT_THAT(longer.mismatches[0].actual, HasSubstr(std::string(500, 'y')));
}

TEST_F(GovernedReplayTest, OutputIsRepairedTheSame) {
  Config config =
      GovernedReplayTest::config(script({text_turn("It is Ada."), text_turn("{\"name\": \"Ada\"}")}));
  config.output_schema = *json::parse(R"({"type": "object", "required": ["name"]})");
  const ReplayReport report = played(reread(recorded_with(config, {"Who?"})));
  EXPECT_TRUE(report.exact()) << differences(report);
}

// Everything is in the replay's own directory, and that is gone.
TEST_F(GovernedReplayTest, LeavesNoFileBehind) {
  const Cassette cassette = hooked(HookType::kBeforeToolCall, "exit 0");
  const std::string temporary = directory_ + "/temporary";
  std::filesystem::create_directories(temporary);
  const auto files = [this] {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_))
      names.insert(entry.path());
    return names;
  };
  const std::set<std::string> before = files();
  const char* usual = ::getenv("TMPDIR");
  const std::optional<std::string> kept = usual ? std::optional<std::string>(usual) : std::nullopt;
  ::setenv("TMPDIR", temporary.c_str(), 1);
  const bool exact = played(cassette).exact();
  kept ? ::setenv("TMPDIR", kept->c_str(), 1) : ::unsetenv("TMPDIR");
  EXPECT_TRUE(exact);
  EXPECT_EQ(files(), before);
}

}  // namespace
}  // namespace soma::harness
