// A crash at every point: an invocation runs once to its end; then, for each prefix of its journal, a new
// life begins on exactly that prefix and must go on to the end by itself, with every rule about effects kept.
#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using json::object;

class ResumeTest : public HarnessTest {
 protected:
  static std::string workspace_of(Life& life, const Definition& definition) {
    return life.dependencies().data_directory + "/sessions/" + definition.id + "/" + session_name(1) +
           "/workspace";
  }

  // Blocks until the one invocation of the run has finished.
  static std::vector<journal::Event> finished(Life& life, const Definition& definition) {
    const std::string run = "session/" + definition.id + "/" + session_name(1);
    const auto events = life.journal().read(run, 1, journal::kMaxReadEvents);
    const json::Value started = body(*events, "invocation.started");
    return life.finish({std::string(started.get("invocationId").string_or("")), run, session_name(1), 1});
  }
};

TEST_F(ResumeTest, GoesOnFromEveryPrefixWithoutDoingAnEffectTwice) {
  const auto clock = os::make_system_clock();
  const json::Value write = object({{"command", "echo done >> effects.log"}});
  const json::Value look = object({{"operation", "list"}, {"path", "."}});
  std::vector<journal::Event> whole;
  Definition definition;
  {
    Life life(directory_ + "/whole", *clock);
    if (!sandbox::probe(life.dependencies().launcher).available) GTEST_SKIP() << "bubblewrap cannot run here";
    const auto made = life.wait(life.service().create(
        config(script({tool_turn({{"w", "shell", write}, {"l", "file_operations", look}}),
                       tool_turn({{"l2", "file_operations", look}}), text_turn("Done.")}))));
    ASSERT_TRUE(made);
    definition = **made;
    const auto invocation = life.wait(life.service().invoke(request("Go")));
    ASSERT_TRUE(invocation) << invocation.error().to_string();
    whole = life.finish(*invocation);
  }
  ASSERT_GT(whole.size(), 12u);

  for (size_t length = 2; length < whole.size(); ++length) {
    const std::vector<journal::Event> prefix(whole.begin(),
                                             whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto life = life_on_prefix(whole, length, definition, *clock);
    const std::vector<journal::Event> events = finished(*life, definition);
    SCOPED_TRACE("prefix of " + std::to_string(length) + " ending in " + prefix.back().type);
    // What was acknowledged stands.
    for (size_t index = 0; index < length; ++index) {
      EXPECT_EQ(events[index].type, whole[index].type);
      EXPECT_EQ(events[index].body, whole[index].body);
    }
    EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
    EXPECT_EQ(count(events, "tool.result"), 3u);

    // The crash cut the shell call after its intent: it must not run again. Before its intent: it must run,
    // once.
    const bool intended = std::ranges::any_of(prefix, [](const auto& e) {
      return e.type == "tool.intent" && e.body.find("\"w\"") != std::string::npos;
    });
    const std::string log = workspace_of(*life, definition) + "/effects.log";
    std::string text;
    if (auto read = os::read_file(log)) text = *read;
    EXPECT_EQ(text, intended ? "" : "done\n");

    // The history that the next model call would get is valid: every tool use has its result in the next
    // message.
    const auto view = life->service().session("agent", session_name(1));
    ASSERT_TRUE(view);
    for (size_t index = 0; index < view->messages.size(); ++index) {
      EXPECT_EQ(view->messages[index].role, index % 2 == 0 ? model::Role::kUser : model::Role::kAssistant);
      for (const model::Block& block : view->messages[index].content)
        if (const auto* use = std::get_if<model::ToolUse>(&block)) {
          ASSERT_LT(index + 1, view->messages.size());
          const auto& next = view->messages[index + 1].content;
          EXPECT_TRUE(std::ranges::any_of(next, [&](const model::Block& b) {
            const auto* result = std::get_if<model::ToolResult>(&b);
            return result && result->tool_use_id == use->id;
          }));
        }
    }
  }
}

TEST_F(ResumeTest, AMessageThatTheCrashCutIsEndedAndAskedAgain) {
  const auto clock = os::make_system_clock();
  Definition definition;
  definition.id = "agent-0000000000";
  definition.config = config(script({text_turn("The whole answer.")}));
  const json::Value started = object(
      {{"invocationId", "inv_1"},
       {"messages", json::array({model::to_json(model::Message{model::Role::kUser, {model::Text{"Hi"}}})})},
       {"config", to_json(definition.config)}});
  const json::Value half = json::array(
      {*json::parse(R"({"messageStart":{"role":"assistant"}})"),
       *json::parse(R"({"contentBlockStart":{"contentBlockIndex":0,"start":{}}})"),
       *json::parse(R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"The wh"}}})")});
  std::vector<journal::Event> cut;
  for (auto [type, text] : std::vector<std::pair<std::string, std::string>>{
           {"session.created", "{}"},
           {"invocation.started", json::write(started)},
           {"model.intent", R"({"callId":"call_1","iteration":1,"provider":"replay","modelId":""})"},
           {"stream", json::write(half)}})
    cut.push_back({cut.size() + 1, clock->now(), type, text});
  const auto life = life_on_prefix(cut, cut.size(), definition, *clock);
  const auto events = finished(*life, definition);
  EXPECT_EQ(count(events, "invocation.resumed"), 1u);
  EXPECT_EQ(count(events, "model.intent"), 2u);
  const auto closing =
      std::ranges::find_if(events, [&](const auto& e) { return e.type == "stream" && e.seq > cut.size(); });
  ASSERT_NE(closing, events.end());
  EXPECT_NE(closing->body.find("interrupted"), std::string::npos) << closing->body;
  EXPECT_EQ(model::text_of(*model::message_from_json(body(events, "model.result").get("message"))),
            "The whole answer.");
}

}  // namespace
}  // namespace soma::harness
