#include "services/harness/cassette/cassette_replay.h"

#include <fmt/format.h>

#include "services/harness/cassette/cassette_test_kit.h"

namespace soma::harness {
namespace {

class ReplayTest : public CassetteTest {
 protected:
  static std::string& text_of_result(Cassette& cassette, size_t turn, size_t tool) {
    return std::get<model::Text>(cassette.invocations.at(0).turns.at(turn).tools.at(tool).content.at(0)).text;
  }
};

TEST_F(ReplayTest, IsExactWithoutRunningATool) {
  const Cassette cassette = reread(recorded(note_turns(), {"Write a note"}));
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  ASSERT_EQ(report.invocations.size(), 1u);
  const ReplayedInvocation& invocation = report.invocations[0];
  EXPECT_EQ(invocation.stop_reason, "end_turn");
  EXPECT_EQ(invocation.answer, "The note says: a line.");
  EXPECT_EQ(invocation.turns, 3u);
  EXPECT_EQ(invocation.usage.total(), 27 + 27 + 15);
  ASSERT_EQ(invocation.tools.size(), 3u);
  EXPECT_EQ(invocation.tools[1].input.get("path").string_or(""), "note.txt");
}

// A call whose result no tool can give any more: the workspace of the replay is empty.
TEST_F(ReplayTest, AnswersFromTheRecordingAlone) {
  Cassette cassette = recorded(note_turns(), {"Write a note"});
  Config without_files = config("gone.jsonl");
  ReplayOptions options;
  options.config = without_files;
  EXPECT_TRUE(played(cassette, options).exact());
}

// The model is told of them, and nobody needs to have them.
TEST_F(ReplayTest, PlaysWithoutTheFoldersThatTheSessionHadMounted) {
  const std::string shown = directory_ + "/shown";
  std::filesystem::create_directory(shown);
  const json::Value mounts = json::array(
      {json::object({{"sessionStorage", json::object({{"mountPath", "/mnt/own"}})}}),
       json::object({{"hostFolder", json::object({{"path", shown}, {"mountPath", "/mnt/shown"}})}})});
  Config mounted =
      config(script({tool_turn({{"a", "file_operations", file_call("create", "/mnt/own/note", "words")}}),
                     tool_turn({{"b", "file_operations", file_call("create", "/mnt/shown/x", "words")}}),
                     text_turn("Done.")}));
  mounted.mounts = *mount_sources_from_json(mounts, "", "", "");
  const Cassette cassette = recorded_with(mounted, {"Write a note"});
  std::filesystem::remove(shown);
  const ReplayReport report = played(reread(cassette));
  EXPECT_TRUE(report.exact()) << differences(report);
  EXPECT_EQ(report.invocations.at(0).turns, 3u);
}

TEST_F(ReplayTest, NamesTheTurnThatAnEditedResultChanges) {
  Cassette cassette = recorded(note_turns(), {"Write a note"});
  text_of_result(cassette, 1, 0) = "another line";
  const ReplayReport report = played(reread(cassette));
  ASSERT_EQ(report.mismatches.size(), 1u) << differences(report);
  EXPECT_EQ(place_of(report.mismatches[0]), "invocation 1, turn 3");
  EXPECT_NE(report.mismatches[0].what.find("message 5"), std::string::npos) << report.mismatches[0].what;
  EXPECT_NE(report.mismatches[0].actual.find("another line"), std::string::npos);
  EXPECT_NE(report.mismatches[0].expected.find("edited"), std::string::npos);
}

TEST_F(ReplayTest, ShowsBothTextsWhenTheConversationGoesAnotherWay) {
  Cassette cassette = recorded(note_turns(), {"Write a note"});
  // The recorded call is answered by the loop itself now: no such tool.
  ReplayOptions options;
  options.config = config("gone.jsonl");
  options.config->allowed_tools = std::vector<std::string>{"shell"};
  const ReplayReport report = played(cassette, options);
  ASSERT_FALSE(report.exact());
  const Mismatch& first = report.mismatches[0];
  EXPECT_EQ(place_of(first), "invocation 1, turn 2");
  EXPECT_NE(first.actual.find("There is no tool named 'file_operations'"), std::string::npos)
      << differences(report);
  EXPECT_EQ(first.expected.find("no tool named"), std::string::npos);
}

TEST_F(ReplayTest, NamesACallThatWasNotRecorded) {
  Cassette cassette = recorded(note_turns(), {"Write a note"});
  cassette.invocations[0].turns[0].tools[0].input.set("path", "other.txt");
  const ReplayReport report = played(cassette);
  ASSERT_FALSE(report.exact());
  EXPECT_NE(report.mismatches[0].what.find("a call of file_operations was not recorded"), std::string::npos)
      << differences(report);
  EXPECT_NE(report.mismatches[0].actual.find("note.txt"), std::string::npos);
}

TEST_F(ReplayTest, NamesTurnsTooManyAndTooFew) {
  const Cassette whole = recorded(note_turns(), {"Write a note"});
  Cassette shorter = whole;
  shorter.invocations[0].turns.pop_back();
  const ReplayReport missing = played(shorter);
  ASSERT_FALSE(missing.exact());
  EXPECT_NE(differences(missing).find("asked once more than when this was recorded (2 turns)"),
            std::string::npos);
  EXPECT_NE(
      differences(missing).find("ended for another reason\n  expected end_turn\n  actual   partial_turn"),
      std::string::npos)
      << differences(missing);

  Cassette longer = whole;
  longer.invocations[0].turns.push_back(longer.invocations[0].turns.back());
  EXPECT_NE(differences(played(longer)).find("invocation 1, turn 4: the model was not asked again"),
            std::string::npos);
}

TEST_F(ReplayTest, PlaysTwoInvocationsWithAModelSwitchAndOtherLimits) {
  Life life(directory_ + "/life", *clock_);
  Config first = config(script({text_turn("One.")}));
  first.max_tokens = 1'000;
  first.allowed_tools = std::vector<std::string>{"file_*"};
  ASSERT_TRUE(life.wait(life.service().create(first)));
  invoke(life, request("First"));
  InvokeRequest second = request("Second");
  second.overrides = *json::parse(
      R"({"model": {"provider": "replay", "modelId": ")" +
      script({text_turn("unused"), tool_turn({{"t1", "file_operations", file_call("list", ".")}}),
              text_turn("Two.")}) +
      R"("}, "systemPrompt": "Be brief.", "allowedTools": ["*"], "maxIterations": 9})");
  const Invocation invocation = invoke(life, std::move(second));
  const Cassette cassette = reread(record_run(life, invocation.run));
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  ASSERT_EQ(report.invocations.size(), 2u);
  EXPECT_EQ(report.invocations[1].answer, "Two.");
  EXPECT_EQ(report.invocations[1].tools.size(), 1u);

  // Limits that a later configuration does not have any more are lifted.
  Cassette lifted = cassette;
  lifted.invocations[1].config.erase("maxTokens");
  lifted.invocations[1].config.erase("allowedTools");
  EXPECT_TRUE(played(lifted).exact());
}

TEST_F(ReplayTest, PlaysASessionThatWasResumedAfterACrash) {
  Life life(directory_ + "/whole", *clock_);
  const auto made = life.wait(life.service().create(config(script(note_turns()))));
  ASSERT_TRUE(made);
  const auto invocation = life.wait(life.service().invoke(request("Write a note")));
  ASSERT_TRUE(invocation);
  const std::vector<journal::Event> whole = life.finish(*invocation);
  size_t resumed_calls = 0;
  for (size_t length = 2; length < whole.size(); ++length) {
    SCOPED_TRACE("a crash after event " + std::to_string(length) + ", " + whole[length - 1].type);
    const auto second = life_on_prefix(whole, length, **made, *clock_);
    const std::vector<journal::Event> events = second->finish(*invocation);
    resumed_calls += count(events, "model.intent") > 3;
    const Cassette cassette = reread(record_run(*second, invocation->run));
    EXPECT_EQ(cassette.invocations.at(0).turns.size(), 3u);
    const ReplayReport report = played(cassette);
    EXPECT_TRUE(report.exact()) << differences(report);
  }
  EXPECT_GT(resumed_calls, 0u);  // some crash came inside a model call, which was asked twice
}

TEST_F(ReplayTest, FailsAsTheModelFailed) {
  const Cassette cassette =
      reread(recorded({tool_turn({{"t1", "file_operations", file_call("list", ".")}}),
                       R"({"fail":{"code":"Unavailable","message":"the model is overloaded"}})"
                       "\n"},
                      {"Go"}));
  ASSERT_TRUE(cassette.invocations[0].turns.at(1).error);
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
  EXPECT_EQ(report.invocations[0].stop_reason, "partial_turn");
  EXPECT_EQ(report.invocations[0].error, "the model is overloaded");
}

TEST_F(ReplayTest, MeetsTheLimitsThatTheSessionMet) {
  Config limited = config(script(note_turns()));
  limited.max_iterations = 2;
  const ReplayReport report = played(reread(recorded_with(limited, {"Write a note"})));
  EXPECT_TRUE(report.exact()) << differences(report);
  EXPECT_EQ(report.invocations[0].stop_reason, "max_iterations_exceeded");
}

TEST_F(ReplayTest, IsStoppedWhereSomebodyStoppedIt) {
  Life life(directory_ + "/life", *clock_);
  ASSERT_TRUE(life.wait(life.service().create(
      config(script({tool_turn({{"t1", "file_operations", file_call("list", ".")}}),
                     "{\"wait\":{\"ms\":60000}}\n" + text_turn("Late."), text_turn("After all.")})))));
  const auto stopped = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(stopped);
  wait_for(life, *stopped, "tool.result");
  ASSERT_TRUE(life.wait(life.service().cancel("agent", session_name(1))));
  life.finish(*stopped);
  const Cassette cassette = reread(record_run(life, stopped->run));
  EXPECT_EQ(cassette.invocations[0].stop_reason, "interrupted");
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
}

TEST_F(ReplayTest, MeetsTheDeadlineInAnInstant) {
  os::VirtualClock clock;
  Life life(directory_ + "/life", clock);
  Config late = config(script({"{\"wait\":{\"ms\":60000}}\n" + text_turn("Late.")}));
  late.timeout_seconds = 5;
  ASSERT_TRUE(life.wait(life.service().create(late)));
  const auto invocation = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(invocation);
  life.finish(*invocation, &clock);
  const Cassette cassette = reread(record_run(life, invocation->run));
  EXPECT_EQ(cassette.invocations[0].stop_reason, "timeout_exceeded");
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
}

TEST_F(ReplayTest, ReportsToolsThatAnotherConfigurationDoesNotHave) {
  Config with_tool =
      config(script({tool_turn({{"t1", "files", file_call("list", ".")}}), text_turn("Done.")}));
  with_tool.tools.push_back({"file_operations", "files", {}});
  const Cassette cassette = reread(recorded_with(with_tool, {"Look"}));
  EXPECT_TRUE(played(cassette).exact());
  ReplayOptions options;
  options.config = config("gone.jsonl");
  options.config->system_prompt = {"Another prompt."};
  const ReplayReport report = played(cassette, options);
  ASSERT_FALSE(report.exact());
  EXPECT_NE(
      differences(report).find("the recording calls files, which the other configuration does not have"),
      std::string::npos);
}

// Long results are cut when they are recorded; a replay must not cut what was cut again.
TEST_F(ReplayTest, TakesAResultThatWasCutAsItIs) {
  const std::string text(tool::kMaxResultBytes + 1'000, 'x');
  Cassette cassette =
      recorded({tool_turn({{"t1", "file_operations", file_call("create", "long.txt", text)}}),
                tool_turn({{"t2", "file_operations", file_call("view", "long.txt")}}), text_turn("Long.")},
               {"Go"});
  const ReplayReport report = played(reread(cassette));
  EXPECT_TRUE(report.exact()) << differences(report);
}

TEST_F(ReplayTest, KeepsWhatIsOnlyAModelsOwn) {
  model::Message message{model::Role::kAssistant, {}};
  message.content.emplace_back(model::Reasoning{"Hm.", "signature", "", "anthropic"});
  message.content.emplace_back(model::Reasoning{"", "", "opaque", "anthropic"});
  message.content.emplace_back(
      model::ToolUse{"s1", "web_search", json::object({{"q", "x"}}), "server_tool_use", "", "anthropic"});
  message.content.emplace_back(model::ToolResult{"s1", false, {model::JsonContent{json::array({1, 2})}}});
  message.content.emplace_back(
      model::ToolUse{"t1", "shell", json::object({{"_malformed", "{\"command\": "}})});
  Cassette cassette = recorded({text_turn("First."), text_turn("Last.")}, {"Go", "On"});
  RecordedTurn& turn = cassette.invocations[0].turns[0];
  turn.answer->message = message;
  const ReplayReport report = played(reread(cassette));
  // The second request shows the message; its hash is that of the unedited one, so both texts are reported.
  ASSERT_EQ(report.mismatches.size(), 1u) << differences(report);
  EXPECT_NE(report.mismatches[0].actual.find("signature"), std::string::npos) << differences(report);
}

// Numbers and names that no session has: an answer or an error, and never more than the file's own size of
// work.
TEST_F(ReplayTest, EndsWhateverAFileSays) {
  const Cassette good = recorded(note_turns(), {"Write a note"});
  const auto ends = [&](auto change) {
    Cassette changed = good;
    change(changed.invocations[0]);
    const auto report = replay(changed);
    EXPECT_TRUE(!report || !report->exact());
  };
  ends([](RecordedInvocation& i) { i.turns[1].request = {size_t{1} << 60, std::string(64, 'a'), {}}; });
  ends([](RecordedInvocation& i) { i.turns[1].answer.reset(); });  // stopped, but it ended by itself
  ends([](RecordedInvocation& i) { i.stop_reason = "timeout_exceeded"; });
  ends([](RecordedInvocation& i) { i.messages.clear(); });
  ends([](RecordedInvocation& i) { i.messages[0].role = model::Role::kAssistant; });
  ends([](RecordedInvocation& i) { i.config = json::object({{"model", 1}}); });
  ends([](RecordedInvocation& i) { i.turns[0].answer->message.content.clear(); });
  ends([](RecordedInvocation& i) {  // one id twice, and a call without a name
    i.turns[0].answer->message.content.push_back(i.turns[0].answer->message.content[0]);
    i.turns[1].answer->message.content.emplace_back(model::ToolUse{"t9", "", json::object({})});
  });
  ends([](RecordedInvocation& i) {
    for (RecordedTurn& turn : i.turns) turn.answer->stop = model::StopReason::kPartialTurn;
  });
  ends([](RecordedInvocation& i) { i.turns[0].tools[0].content.clear(); });
}

TEST_F(ReplayTest, BoundsWhatItReports) {
  Cassette cassette = recorded({text_turn("Done.")}, {"Go"});
  RecordedInvocation& invocation = cassette.invocations[0];
  for (size_t extra = 0; extra < kMaxMismatches + 10; ++extra)
    invocation.turns.push_back(invocation.turns[0]);
  const ReplayReport report = played(cassette);
  EXPECT_EQ(report.mismatches.size(), kMaxMismatches);
  EXPECT_EQ(report.mismatches_left_out, 10u);
}

}  // namespace
}  // namespace soma::harness
