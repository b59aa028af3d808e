#include "services/harness/cassette/cassette.h"

#include <fmt/format.h>

#include "services/harness/cassette/cassette_test_kit.h"

namespace soma::harness {
namespace {

TEST_F(CassetteTest, RecordsWhatWasAskedAnsweredAndDone) {
  const Cassette cassette = recorded(note_turns(), {"Write a note"});
  EXPECT_EQ(cassette.harness.get("harnessName").string_or(""), "agent");
  ASSERT_EQ(cassette.invocations.size(), 1u);
  const RecordedInvocation& invocation = cassette.invocations[0];
  EXPECT_EQ(model::text_of(invocation.messages.at(0)), "Write a note");
  EXPECT_EQ(invocation.stop_reason, "end_turn");
  EXPECT_EQ(invocation.answer, "The note says: a line.");
  ASSERT_EQ(invocation.turns.size(), 3u);

  const RecordedTurn& second = invocation.turns[1];
  EXPECT_EQ(second.request.count, 3u);
  EXPECT_EQ(second.request.added.size(), 2u);  // the model's call and its result
  EXPECT_EQ(second.request.sha256.size(), 64u);
  EXPECT_EQ(second.answer->usage.input_tokens, 20);
  ASSERT_EQ(second.tools.size(), 2u);
  EXPECT_EQ(second.tools[0].id, "t2");
  EXPECT_EQ(second.tools[0].input.get("path").string_or(""), "note.txt");
  EXPECT_FALSE(second.tools[0].error);
  EXPECT_NE(std::get<model::Text>(second.tools[0].content.at(0)).text.find("a line"), std::string::npos);

  const std::vector<std::string> events = {
      "invocation.started", "model.intent", "model.result", "tool.intent",        "tool.result",
      "model.intent",       "model.result", "tool.intent",  "tool.intent",        "tool.result",
      "tool.result",        "model.intent", "model.result", "invocation.finished"};
  EXPECT_EQ(invocation.events, events);
}

TEST_F(CassetteTest, IsReadBackAsItWasWritten) {
  Cassette cassette = recorded(note_turns(), {"Write a note"});
  cassette.invocations[0].turns[2].answer.reset();
  cassette.invocations[0].turns[2].error = os::Error{os::Code::kUnavailable, "no answer", "try again"};
  cassette.expect.push_back(json::object({{"answerContains", "line"}}));
  RecordedInvocation& invocation = cassette.invocations[0];
  invocation.approvals = {{"t1", "deny", "ada", "not now"}, {"t2", "expired"}};
  invocation.hooks = {{"gate", "before_tool_call", "t1", false, "no", "it failed"},
                      {"told", "after_invocation"},
                      {"slow", "before_invocation", "", std::nullopt, "", std::nullopt, true}};
  invocation.summaries = {{"By rules."},
                          {"By a model.", model::Usage{.input_tokens = 3, .output_tokens = 2}}};
  RecordedTool& tool = invocation.turns[0].tools[0];
  tool.not_run = "approval";
  tool.cost_usd = 0.25;
  tool.client = true;
  cassette.prices = prices_json({{"replay", "m", {.base = {1, 2, 3, 4}}, "a test"}}, "2026-01-31");
  const auto text = write_cassette(cassette);
  ASSERT_TRUE(text);
  const auto parsed = json::parse(*text);
  ASSERT_TRUE(parsed);
  const auto read = cassette_from_json(*parsed, *text, "x.cassette.json");
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*write_cassette(*read), *text);
  EXPECT_EQ(read->invocations[0].turns[2].error->code, os::Code::kUnavailable);
  EXPECT_EQ(read->invocations[0].approvals[0].reason, "not now");
  EXPECT_EQ(read->invocations[0].hooks[0].allowed, false);
  EXPECT_TRUE(read->invocations[0].hooks[2].cut);
  EXPECT_EQ(read->invocations[0].summaries[1].usage->input_tokens, 3);
  EXPECT_EQ(read->invocations[0].turns[0].tools[0].cost_usd, 0.25);
}

TEST_F(CassetteTest, KeepsAnotherConfigurationWithTheInvocationThatHadIt) {
  Life life(directory_ + "/life", *clock_);
  ASSERT_TRUE(life.wait(life.service().create(config(script({text_turn("One."), text_turn("Two.")})))));
  invoke(life, request("First"));
  InvokeRequest second = request("Second");
  second.overrides = json::object({{"systemPrompt", "Be brief."}});
  const Invocation invocation = invoke(life, std::move(second));
  const Cassette cassette = record_run(life, invocation.run);
  ASSERT_EQ(cassette.invocations.size(), 2u);
  EXPECT_TRUE(cassette.invocations[0].config.is_null());
  EXPECT_EQ(cassette.invocations[1].config.get("systemPrompt").at(0).get("text").string_or(""), "Be brief.");
  EXPECT_EQ(cassette.invocations[1].turns.at(0).request.count, 3u);
}

TEST_F(CassetteTest, LeavesValuesOfVariablesOutUnlessAskedForThem) {
  Life life(directory_ + "/life", *clock_);
  Config with_variable = config(script({text_turn("Done.")}));
  with_variable.environment_variables = {{"TOKEN", "hunter2"}};
  ASSERT_TRUE(life.wait(life.service().create(with_variable)));
  const Invocation invocation = invoke(life, request("Go"));
  const std::string without = *write_cassette(record_run(life, invocation.run));
  EXPECT_EQ(without.find("hunter2"), std::string::npos);
  EXPECT_NE(without.find("\"TOKEN\": \"\""), std::string::npos) << without;
  const std::string with = *write_cassette(record_run(life, invocation.run, {.with_environment = true}));
  EXPECT_NE(with.find("hunter2"), std::string::npos);
}

TEST_F(CassetteTest, RefusesSessionsWithNothingFinished) {
  Life life(directory_ + "/life", *clock_);
  ASSERT_TRUE(
      life.wait(life.service().create(config(script({"{\"wait\":{\"ms\":60000}}\n" + text_turn("Late.")})))));
  EXPECT_EQ(record(life.journal(), "session/none/none").error().code, os::Code::kNotFound);
  const auto invocation = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(invocation);
  const auto busy = record(life.journal(), invocation->run);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, os::Code::kFailedPrecondition);
  EXPECT_NE(busy.error().hint.find("cancel"), std::string::npos);
}

struct Broken {
  const char* text;
  const char* says;
};
constexpr const char* kMessage = R"({"role":"user","content":[{"text":"Hi"}]})";

// A cassette whose parts can be broken one by one.
std::string cassette_text(std::string_view harness, std::string_view invocation,
                          std::string_view expect = "[]") {
  return fmt::format("{{\n\"cassette\": 1,\n\"harness\": {},\n\"invocations\": [{}],\n\"expect\": {}\n}}",
                     harness, invocation, expect);
}
std::string refusal(const std::string& text) {
  const auto parsed = json::parse(text, {.source = "x.cassette.json"});
  if (!parsed) return parsed.error().to_string();
  const auto read = cassette_from_json(*parsed, text, "x.cassette.json");
  return read ? "" : read.error().to_string();
}

TEST(CassetteFile, SaysWhatIsWrongAndWhere) {
  const std::string harness = R"({"harnessName":"agent","model":{"provider":"reflex"}})";
  const std::string turns = fmt::format(R"({{"messages":[{}],"stopReason":"end_turn","turns":)", kMessage);
  const std::string good = turns + "[]}";
  EXPECT_EQ(refusal(cassette_text(harness, good)), "");
  const auto says = [](const std::string& text, std::initializer_list<std::string_view> words) {
    const std::string said = refusal(text);
    for (const std::string_view word : words)
      EXPECT_NE(said.find(word), std::string::npos) << "no '" << word << "' in: " << said;
  };
  says("[]", {"x.cassette.json:1:1", "must be object"});
  says(R"({"cassette": 2, "harness": {}, "invocations": []})", {"Unsupported", "/cassette", "version 2"});
  says(cassette_text(harness, ""), {":4:", "/invocations"});
  says(cassette_text(R"({"model":{"provider":"reflex","temprature":1}})", good),
       {"x.cassette.json:3:", "/harness/model", "temprature", "temperature"});
  says(cassette_text(harness, turns + R"([{"reqest":{}}]})"), {":4:", "reqest", "request"});
  says(cassette_text(harness, turns + R"([{"request":{"messages":1,"sha256":"no"}}]})"), {"/sha256"});
  const std::string request =
      fmt::format(R"("request":{{"messages":1,"sha256":"{}"}})", std::string(64, 'a'));
  says(cassette_text(harness,
                     turns + "[{" + request +
                         R"(,"answer":{"message":{"role":"robot","content":[]},"stopReason":"end_turn"}}]})"),
       {"x.cassette.json:4:", "/invocations/0/turns/0/answer/message/role"});
  says(cassette_text(harness, turns + "[{" + request + R"(,"answer":{"message":)" + kMessage +
                                  R"(,"stopReason":"over"}}]})"),
       {"/answer/stopReason", "over"});
  says(
      cassette_text(
          harness,
          turns + "[{" + request +
              R"(,"tools":[{"toolUseId":"t","name":"x","input":{},"status":"success","content":[{"txt":"a"}]}]}]})"),
      {"/tools/0/content/0", "txt"});
  const auto with = [&](std::string_view members) {
    return cassette_text(harness, turns + "[]," + std::string(members) + "}");
  };
  says(with(R"("approvals":[{"toolUseId":"t","decision":"allow"}])"), {"/approvals/0/decision", "approve"});
  says(with(R"("hooks":[{"name":"x","type":"beforeToolCall"}])"), {"/hooks/0/type", "before_tool_call"});
  says(with(R"("hooks":[{"name":"x","type":"after_tool_call","reasn":"y"}])"), {"reasn", "reason"});
  says(with(R"("summaries":[{"txt":"x"}])"), {"/summaries/0", "text"});
  says(cassette_text(
           harness + ",\"prices\": {\"date\": \"2026-01-01\", \"currency\": \"EUR\", \"models\": []}", good),
       {"x.cassette.json:3:", "/prices/currency"});
  says(cassette_text(harness, good, R"([{"answerContain": "x"}])"),
       {":5:", "/expect/0/answerContain", "answerContains"});
  says(cassette_text(harness, good, R"([{"answerMatches": "("}])"),
       {"/expect/0/answerMatches", "regular expression"});
  says(cassette_text(harness, good, R"([{"exact": true, "stopReason": "x"}])"), {"/expect/0"});
  says(R"({"cassette": 1, "harness")", {"x.cassette.json:1:"});
}

TEST(CassetteFile, NamesALimitThatIsMet) {
  RecordedInvocation invocation;
  invocation.messages.push_back({model::Role::kUser, {model::Text{std::string(kMaxCassetteBytes, 'x')}}});
  Cassette cassette;
  cassette.invocations.push_back(std::move(invocation));
  const auto text = write_cassette(cassette);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, os::Code::kLimitExceeded);
  EXPECT_NE(text.error().message.find("kMaxCassetteBytes"), std::string::npos);
}

// Members in another order are the same message.
TEST(CassetteFile, DigestsDoNotDependOnTheOrderOfMembers) {
  const auto with_input = [](const char* input) {
    return model::Message{model::Role::kAssistant, {model::ToolUse{"t", "x", *json::parse(input)}}};
  };
  EXPECT_EQ(digest_of(with_input(R"({"a":1,"b":{"c":2,"d":3}})")),
            digest_of(with_input(R"({"b":{"d":3,"c":2},"a":1})")));
  EXPECT_NE(digest_of(with_input(R"({"a":1})")), digest_of(with_input(R"({"a":2})")));
}

}  // namespace
}  // namespace soma::harness
