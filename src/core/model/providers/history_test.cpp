#include "core/model/providers/history.h"

#include <gtest/gtest.h>

namespace soma::model {
namespace {

TEST(PortableHistory, SpellsAnOddIdTheSameWayEachTime) {
  const std::vector<Message> messages = {
      {Role::kAssistant,
       {ToolUse{"a/b", "tool", json::object({})}, ToolUse{"a.b", "tool", json::object({})}}},
      {Role::kUser, {ToolResult{"a/b", false, {}}, ToolResult{"a.b", false, {}}}}};
  const HistoryRules rules{.origin = "x", .more_id_characters = "."};
  const auto kept = portable_history(messages, rules);
  const auto& odd = std::get<ToolUse>(kept[0].content[0]);
  EXPECT_NE(odd.id, "a/b");
  EXPECT_EQ(odd.id, std::get<ToolResult>(kept[1].content[0]).tool_use_id);
  EXPECT_EQ(std::get<ToolUse>(kept[0].content[1]).id, "a.b");
  EXPECT_EQ(to_json(portable_history(messages, rules)[0]), to_json(kept[0]));
}

TEST(PortableHistory, SpellsAnIdThatIsTooLongAnew) {
  const std::vector<Message> messages = {
      {Role::kAssistant, {ToolUse{std::string(41, 'a'), "tool", json::object({})}}},
      {Role::kAssistant, {ToolUse{std::string(40, 'a'), "tool", json::object({})}}}};
  const auto kept = portable_history(messages, {.origin = "x", .max_tool_id_bytes = 40});
  EXPECT_LE(std::get<ToolUse>(kept[0].content[0]).id.size(), 40u);
  EXPECT_EQ(std::get<ToolUse>(kept[1].content[0]).id, std::string(40, 'a'));
}

// One call of "functions.shell" made every later request of the session a 400.
TEST(PortableHistory, ANameThatNoToolCanHaveIsSpelledSoThatApisTakeIt) {
  const std::vector<Message> messages = {{Role::kAssistant,
                                          {ToolUse{"a", "functions.shell", json::object({})},
                                           ToolUse{"b", std::string(300, 'x'), json::object({})},
                                           ToolUse{"c", "file_operations", json::object({})}}}};
  const auto kept = portable_history(messages, {.origin = "x"});
  EXPECT_EQ(std::get<ToolUse>(kept[0].content[0]).name, "functions_shell");
  EXPECT_EQ(std::get<ToolUse>(kept[0].content[1]).name.size(), kMaxToolNameBytes);
  EXPECT_EQ(std::get<ToolUse>(kept[0].content[2]).name, "file_operations");
}

TEST(PortableHistory, AResultThatNobodyCalledForIsLeftOut) {
  const std::vector<Message> messages = {
      {Role::kAssistant, {ToolResult{"never", false, {JsonContent{json::object({})}}}, Text{"found"}}}};
  const auto kept = portable_history(messages, {.origin = "x"});
  ASSERT_EQ(kept[0].content.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Text>(kept[0].content[0]));
}

TEST(PortableHistory, LeavesOutAMessageThatLosesAllItsBlocks) {
  const std::vector<Message> messages = {{Role::kUser, {Text{"hi"}}},
                                         {Role::kAssistant, {Reasoning{"hm", "signature", "", "other"}}}};
  EXPECT_EQ(portable_history(messages, {.origin = "x"}).size(), 1u);
  EXPECT_EQ(portable_history(messages, {.origin = "other"}).size(), 2u);
}

TEST(PortableHistory, AForeignServerCallGoesWithItsResult) {
  const ToolUse call{"s1", "web_search", json::object({}), "server_tool_use", "", "other"};
  const std::vector<Message> messages = {
      {Role::kAssistant, {call, ToolResult{"s1", false, {JsonContent{json::object({})}}}, Text{"found"}}}};
  EXPECT_EQ(portable_history(messages, {.origin = "x"})[0].content.size(), 1u);
  EXPECT_EQ(portable_history(messages, {.origin = "other"})[0].content.size(), 3u);
}

TEST(PortableHistory, OwnReasoningWithoutASignatureStaysOnlyWhereItIsTaken) {
  const std::vector<Message> messages = {{Role::kAssistant, {Reasoning{"hm", "", "", "x"}, Text{"hi"}}}};
  EXPECT_EQ(portable_history(messages, {.origin = "x"})[0].content.size(), 1u);
  EXPECT_EQ(portable_history(messages, {.origin = "x", .keep_unsigned_reasoning = true})[0].content.size(),
            2u);
}

}  // namespace
}  // namespace soma::model
