#include "services/harness/loop/structured_output.h"

#include <gtest/gtest.h>

namespace soma::harness {
namespace {

json::Schema schema_of(std::string_view text) {
  return *json::Schema::compile(*json::parse(text));
}

TEST(StructuredOutput, ReadsAWholeAFencedAndABracketedAnswer) {
  EXPECT_EQ(*read_output(" {\"a\": 1} \n"), json::object({{"a", 1}}));
  EXPECT_EQ(*read_output("Here it is:\n```json\n{\"a\": 2}\n```\nDone."), json::object({{"a", 2}}));
  EXPECT_EQ(*read_output("First ```json\n{\"a\": 1}\n``` then better:\n```\n{\"a\": 3}\n```"),
            json::object({{"a", 3}}));
  EXPECT_EQ(*read_output("The list is [1, 2]."), json::array({1, 2}));
  EXPECT_EQ(*read_output("42"), json::Value(42));
  EXPECT_EQ(*read_output("{\"text\": \"with ``` inside\"}"), json::object({{"text", "with ``` inside"}}));
}

TEST(StructuredOutput, SaysWhyThereIsNoJson) {
  EXPECT_EQ(read_output("  ").error(), "the answer is empty");
  EXPECT_NE(read_output("It is sunny.").error().find("no JSON"), std::string::npos);
  EXPECT_FALSE(read_output("{\"a\": 1").has_value());
  EXPECT_FALSE(read_output("```").has_value());
}

TEST(StructuredOutput, NamesEveryViolation) {
  const json::Schema schema = schema_of(
      R"({"type":"object","required":["name"],"properties":{"name":{"type":"string"},"age":{"type":"integer"}}})");
  EXPECT_TRUE(check_output(schema, R"({"name": "Ada", "age": 36})").has_value());
  const auto wrong = check_output(schema, R"({"age": "old"})");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().size(), 2u);
  const std::string prompt = repair_prompt(json::array({"/age must be integer, is string"}));
  EXPECT_NE(prompt.find("\n- /age must be integer"), std::string::npos);
}

}  // namespace
}  // namespace soma::harness
