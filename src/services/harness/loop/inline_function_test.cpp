// Calls that the client answers: the invocation ends with them, the next one brings the results.
#include <gmock/gmock.h>

#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using json::object;

class InlineFunctionTest : public HarnessTest {
 protected:
  InlineFunctionTest() { life_ = std::make_unique<Life>(directory_ + "/life", *clock_); }

  Config with_function(std::vector<std::string> turns) {
    Config out = config(script(turns));
    out.tools.push_back(
        {"inline_function", "ask_user",
         object({{"description", "Asks the user"}, {"inputSchema", object({{"type", "object"}})}})});
    return out;
  }

  std::vector<journal::Event> run(InvokeRequest what) {
    const auto invocation = life_->wait(life_->service().invoke(std::move(what)));
    if (!invocation) throw std::runtime_error(invocation.error().to_string());
    return life_->finish(*invocation);
  }

  static InvokeRequest results(std::vector<std::pair<std::string, std::string>> answers) {
    InvokeRequest out = request("");
    out.messages.front().content.clear();
    for (const auto& [id, text] : answers)
      out.messages.front().content.emplace_back(model::ToolResult{id, false, {model::Text{text}}});
    return out;
  }

  static json::Value list() { return object({{"operation", "list"}, {"path", "."}}); }
  std::vector<model::Message> messages() {
    return life_->service().session("agent", session_name(1))->messages;
  }

  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<Life> life_;
};

TEST_F(InlineFunctionTest, TheInvocationEndsWithTheCallAndTheResultGoesOn) {
  ASSERT_TRUE(life_->wait(life_->service().create(with_function(
      {tool_turn({{"q1", "ask_user", object({{"question", "Red?"}})}}), text_turn("Red it is.")}))));
  const auto first = run(request("Paint"));
  const json::Value end = body(first, "invocation.finished");
  EXPECT_EQ(end.get("stopReason").string_or(""), "tool_use");
  EXPECT_EQ(end.get("pending"), json::array({"q1"}));
  EXPECT_TRUE(end.get("stopStreamed").bool_or(false)) << "the model's own stop ended the stream";
  EXPECT_EQ(count(first, "tool.intent"), 0u);

  const auto second = run(results({{"q1", "yes"}}));
  const json::Value last = body(second, "invocation.finished", 1);
  EXPECT_EQ(last.get("stopReason").string_or(""), "end_turn");
  const std::vector<model::Message> said = messages();
  ASSERT_EQ(said.size(), 4u);
  const auto& result = std::get<model::ToolResult>(said[2].content.front());
  EXPECT_EQ(result.tool_use_id, "q1");
  EXPECT_EQ(std::get<model::Text>(result.content.front()).text, "yes");
  EXPECT_EQ(model::text_of(said[3]), "Red it is.");
}

// Clients of the managed service send the model's turn back with their results.
TEST_F(InlineFunctionTest, ARepeatedTurnOfTheModelIsNotTakenTwice) {
  ASSERT_TRUE(life_->wait(life_->service().create(
      with_function({tool_turn({{"q1", "ask_user", object({})}}), text_turn("Done.")}))));
  run(request("Paint"));
  InvokeRequest both = results({{"q1", "yes"}});
  both.messages.insert(both.messages.begin(),
                       {model::Role::kAssistant, {model::ToolUse{"q1", "ask_user", object({})}}});
  run(std::move(both));
  EXPECT_EQ(messages().size(), 4u);
}

TEST_F(InlineFunctionTest, ResultsAreCheckedAgainstTheCallsThatWait) {
  ASSERT_TRUE(life_->wait(life_->service().create(with_function(
      {tool_turn({{"q1", "ask_user", object({})}}), text_turn("Done."), text_turn("Still done.")}))));
  run(request("Paint"));
  const auto wrong = life_->wait(life_->service().invoke(results({{"q2", "yes"}})));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, os::Code::kInvalidArgument);
  EXPECT_THAT(wrong.error().hint, testing::HasSubstr("q1"));
  run(results({{"q1", "yes"}}));
  EXPECT_FALSE(life_->wait(life_->service().invoke(results({{"q1", "no"}})))) << "a call is answered once";
}

TEST_F(InlineFunctionTest, AClientThatAsksSomethingElseLeavesTheCallUnanswered) {
  ASSERT_TRUE(life_->wait(life_->service().create(
      with_function({tool_turn({{"q1", "ask_user", object({})}}), text_turn("Never mind.")}))));
  run(request("Paint"));
  const auto events = run(request("Forget it"));
  EXPECT_EQ(body(events, "invocation.finished", 1).get("stopReason").string_or(""), "end_turn");
  ASSERT_EQ(messages().size(), 4u);
  EXPECT_THAT(json::write(model::to_json(messages()[2])), testing::HasSubstr("the client did not answer it"));
  EXPECT_THAT(json::write(model::to_json(messages()[2])), testing::HasSubstr("Forget it"));
}

// A runs, B is the client's, C waits for B: as the managed service orders them.
TEST_F(InlineFunctionTest, CallsKeepTheirOrderAroundTheClientsCall) {
  ASSERT_TRUE(
      life_->wait(life_->service().create(with_function({tool_turn({{"a", "file_operations", list()},
                                                                    {"b", "ask_user", object({})},
                                                                    {"c", "file_operations", list()}}),
                                                         text_turn("Done.")}))));
  const auto first = run(request("Go"));
  EXPECT_EQ(count(first, "tool.result"), 1u);
  EXPECT_EQ(body(first, "tool.result").get("toolUseId").string_or(""), "a");
  EXPECT_FALSE(body(first, "invocation.finished").get("stopStreamed").bool_or(false))
      << "a result came after the model's stop: the stream needs one of its own";
  const auto second = run(results({{"b", "yes"}}));
  EXPECT_EQ(count(second, "tool.result"), 3u);
  const std::vector<model::Message> said = messages();
  ASSERT_EQ(said.size(), 4u);
  std::vector<std::string> order;
  for (const model::Block& block : said[2].content)
    order.push_back(std::get<model::ToolResult>(block).tool_use_id);
  EXPECT_THAT(order, testing::ElementsAre("a", "b", "c"));
}

TEST_F(InlineFunctionTest, ACallThatWaitsForTheClientOutlivesARestart) {
  ASSERT_TRUE(life_->wait(life_->service().create(
      with_function({tool_turn({{"q1", "ask_user", object({})}}), text_turn("Done.")}))));
  run(request("Paint"));
  life_.reset();
  life_ = std::make_unique<Life>(directory_ + "/life", *clock_);
  const auto events = run(results({{"q1", "yes"}}));
  EXPECT_EQ(body(events, "invocation.finished", 1).get("stopReason").string_or(""), "end_turn");
}

}  // namespace
}  // namespace soma::harness
