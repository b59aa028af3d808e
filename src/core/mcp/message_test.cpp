#include "core/mcp/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/mcp/client/http_transport.h"
#include "core/mcp/client/tool_headers.h"

namespace soma::mcp {
namespace {

TEST(MessageTest, TellsRequestsNotificationsAndResponsesApart) {
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":1,"method":"ping"})")->kind, Message::Kind::kRequest);
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","method":"a/b","params":{}})")->kind,
            Message::Kind::kNotification);
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":"x","result":{}})")->kind, Message::Kind::kResponse);
}

TEST(MessageTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "[]", "{}", R"({"jsonrpc":"1.0","method":"a"})", R"({"jsonrpc":"2.0"})",
        R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1}})",
        R"({"jsonrpc":"2.0","id":1,"result":5})", R"({"jsonrpc":"2.0","id":{},"result":{}})",
        R"({"jsonrpc":"2.0","method":"a","params":[1]})", R"({"jsonrpc":"2.0","id":null,"method":"a"})",
        R"([{"jsonrpc":"2.0","method":"a"}])"}) {
    const auto message = parse_message(text);
    EXPECT_FALSE(message) << text;
    if (!message) EXPECT_EQ(message.error().code, os::Code::kCorrupt) << text;
  }
}

TEST(MessageTest, RefusesNestingBeyondItsLimit) {
  const std::string deep = R"({"jsonrpc":"2.0","method":"a","params":{"a":)" + std::string(100, '[') +
                           std::string(100, ']') + "}}";
  const auto message = parse_message(deep);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, os::Code::kLimitExceeded);
}

TEST(HeaderValueTest, EncodesWhatAHeaderCannotCarry) {
  EXPECT_EQ(header_value("us-west1"), "us-west1");
  EXPECT_EQ(header_value(" padded "), "=?base64?IHBhZGRlZCA=?=");
  EXPECT_EQ(header_value("line1\nline2"), "=?base64?bGluZTEKbGluZTI=?=");
  EXPECT_EQ(header_value("=?base64?literal?="), "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=");
}

std::string refusal_of(const char* schema) {
  const auto mirrored = mirrored_arguments(*json::parse(schema));
  return mirrored ? "" : mirrored.error().message;
}

TEST(ToolHeadersTest, RefusesAnnotationsThatBreakTheRules) {
  EXPECT_NE(refusal_of(R"({"properties": {"a": {"type": "string", "x-mcp-header": ""}}})"), "");
  EXPECT_NE(refusal_of(R"({"properties": {"a": {"type": "string", "x-mcp-header": "two words"}}})"), "");
  EXPECT_NE(refusal_of(R"({"properties": {"a": {"type": "number", "x-mcp-header": "A"}}})"), "");
  EXPECT_NE(refusal_of(R"({"properties": {"a": {"type": "string", "x-mcp-header": "A"},
                                          "b": {"type": "string", "x-mcp-header": "a"}}})"),
            "");
  EXPECT_NE(refusal_of(R"({"properties": {"a": {"items": {"type": "string", "x-mcp-header": "A"}}}})"), "");
}

TEST(ToolHeadersTest, FollowsPropertiesToTheirValues) {
  const auto mirrored = mirrored_arguments(*json::parse(
      R"({"properties": {"a": {"type": "object", "properties": {"b": {"type": "integer", "x-mcp-header": "B"}}},
                         "c": {"type": "boolean", "x-mcp-header": "C"}}})"));
  ASSERT_TRUE(mirrored) << mirrored.error().to_string();
  const auto headers = mirrored_headers(*mirrored, *json::parse(R"({"a": {"b": 42}, "c": null})"));
  EXPECT_THAT(headers, testing::ElementsAre(testing::Pair("Mcp-Param-B", "42")));
}

}  // namespace
}  // namespace soma::mcp
