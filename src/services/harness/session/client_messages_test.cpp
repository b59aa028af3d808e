#include "services/harness/session/client_messages.h"

#include <gmock/gmock.h>

namespace soma::harness {
namespace {

using model::Message;
using model::Role;

model::Block use(const std::string& id) {
  return model::ToolUse{id, "ask_user", json::Object{}};
}
model::Block result(const std::string& id) {
  return model::ToolResult{id, false, {model::Text{"yes"}}};
}
model::Block words() {
  return model::Text{"words"};
}

// What is wrong, or "".
std::string refused(const std::vector<Message>& messages, const HandedOverCalls& calls = {}) {
  const auto checked = check_calls_and_results(messages, calls);
  return checked ? "" : checked.error().to_string();
}

const HandedOverCalls kTwoWait{{"a", "b", "c"}, {"b", "c"}};

TEST(ClientMessages, WordsAndWholePairsAreTaken) {
  EXPECT_EQ(refused({{Role::kUser, {words()}}}), "");
  EXPECT_EQ(refused({{Role::kUser, {words()}},
                     {Role::kAssistant, {words(), use("x"), use("y")}},
                     {Role::kUser, {result("y"), result("x")}},
                     {Role::kAssistant, {words()}},
                     {Role::kUser, {words()}}}),
            "");
}

TEST(ClientMessages, ResultsOfWaitingCallsComeAloneOrBehindTheTurn) {
  EXPECT_EQ(refused({{Role::kUser, {result("c"), result("b")}}}, kTwoWait), "");
  EXPECT_EQ(refused({{Role::kAssistant, {words(), use("a"), use("b"), use("c")}},
                     {Role::kUser, {result("b"), result("c"), words()}}},
                    kTwoWait),
            "");
  EXPECT_EQ(refused({{Role::kUser, {result("b")}}}, kTwoWait), "") << "the other one waits on";
  EXPECT_EQ(refused({{Role::kUser, {words()}}}, kTwoWait), "") << "nobody has to answer";
}

TEST(ClientMessages, AResultWithoutItsCallIsRefusedByName) {
  EXPECT_THAT(refused({{Role::kUser, {result("x")}}}), testing::HasSubstr("messages/0: no call 'x' waits"));
  EXPECT_THAT(refused({{Role::kUser, {result("a")}}}, kTwoWait), testing::HasSubstr("these wait: b, c"));
  EXPECT_THAT(refused({{Role::kUser, {result("b"), result("b")}}}, kTwoWait), testing::HasSubstr("'b'"))
      << "a call has one result";
}

// The model's turn is left out of what a client sends while calls wait: a pair that it made up left its
// result without a call, and no model took the session's history any more.
TEST(ClientMessages, APairThatIsMadeUpIsRefusedWhileCallsWait) {
  EXPECT_THAT(refused({{Role::kAssistant, {use("x")}}, {Role::kUser, {result("x"), result("b")}}}, kTwoWait),
              testing::HasSubstr("messages/0: 'x' is no call of the turn"));
}

TEST(ClientMessages, ACallThatIsBroughtAlongNeedsItsResultInTheNextMessage) {
  EXPECT_THAT(refused({{Role::kAssistant, {use("x")}}, {Role::kUser, {words()}}}),
              testing::HasSubstr("'x' has no toolResult"));
  EXPECT_THAT(
      refused({{Role::kAssistant, {use("x")}}, {Role::kAssistant, {words()}}, {Role::kUser, {result("x")}}}),
      testing::HasSubstr("'x' has no toolResult"));
}

TEST(ClientMessages, CallsAreTheModelsAndResultsTheClients) {
  EXPECT_THAT(refused({{Role::kUser, {use("x"), result("x")}}}), testing::HasSubstr("role assistant"));
  EXPECT_THAT(refused({{Role::kAssistant, {result("b")}}, {Role::kUser, {words()}}}, kTwoWait),
              testing::HasSubstr("role user"));
}

// A provider that runs tools itself puts the result into its own message, or none at all.
TEST(ClientMessages, CallsThatAServerRanAreLeftAsTheyAre) {
  const model::Block search = model::ToolUse{"s", "web_search", json::Object{}, "server_tool_use"};
  EXPECT_EQ(refused({{Role::kAssistant, {search, result("s"), words()}}, {Role::kUser, {words()}}}), "");
  EXPECT_EQ(refused({{Role::kAssistant, {search}}, {Role::kUser, {words()}}}), "");
  EXPECT_EQ(refused({{Role::kAssistant, {search, use("b")}}, {Role::kUser, {result("b")}}}, kTwoWait), "");
}

}  // namespace
}  // namespace soma::harness
