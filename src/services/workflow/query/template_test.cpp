#include "services/workflow/query/query_fixture.h"

namespace soma::workflow::query {
namespace {

class TemplateTest : public QueryTest {
 protected:
  static os::Result<Template> compile(std::string_view text) {
    return Template::compile(json_of(text), Language::kJsonPath, "Parameters");
  }
  std::string evaluate(std::string_view text) {
    auto compiled = compile(text);
    return compiled ? told(compiled->evaluate(scope(), surroundings())) : compiled.error().message;
  }
  static std::string detail(const os::Error& error, std::string_view name) {
    for (const auto& [key, value] : error.details) {
      if (key == name) return value;
    }
    return "none";
  }
};

TEST_F(TemplateTest, KeysWithASuffixAreComputed) {
  set_input(R"({"a": {"b": 1}, "list": [1, 2]})");
  set_context(R"({"Execution": {"Id": "e1"}})");
  set_variable("v", R"([5])");
  EXPECT_EQ(evaluate(R"({"x.$": "$.a.b", "all.$": "$", "id.$": "$$.Execution.Id", "v.$": "$v[0]"})"),
            R"({"x":1,"all":{"a":{"b":1},"list":[1,2]},"id":"e1","v":5})");
  EXPECT_EQ(evaluate(R"x({"n": {"deep": [{"x.$": "$.list[1]"}, "$.a"]}, "text": "States.UUID()"})x"),
            R"x({"n":{"deep":[{"x":2},"$.a"]},"text":"States.UUID()"})x");
  EXPECT_EQ(evaluate(R"x({"f.$": "States.Format('{}!', $.a.b)"})x"), R"({"f":"1!"})");
}

TEST_F(TemplateTest, MissingPathNamesTheKey) {
  set_input(R"({"a":1})");
  set_context(R"({"c":2})");
  EXPECT_EQ(
      evaluate(R"({"outer": {"x.$": "$.b"}})"),
      "States.Runtime: The JSONPath '$.b' specified for the field 'x.$' could not be found in the input "
      "'{\"a\":1}'");
  EXPECT_EQ(
      evaluate(R"({"x.$": "$$.d.e"})"),
      "States.Runtime: The JSONPath '$$.d.e' specified for the field 'x.$' could not be found in the input "
      "'{\"c\":2}'");
  EXPECT_EQ(
      evaluate(R"({"x.$": "$gone"})"),
      "States.Runtime: The JSONPath '$gone' specified for the field 'x.$' could not be found in the input "
      "'{\"a\":1}'");
}

TEST_F(TemplateTest, NullAndMissingIndexAreValues) {
  set_input(R"({"n":null,"a":[]})");
  EXPECT_EQ(evaluate(R"({"x.$": "$.n", "y.$": "$.a[4]", "z.$": "$.a[*]"})"), R"({"x":null,"y":null,"z":[]})");
}

TEST_F(TemplateTest, ConstantGivesItsSource) {
  auto compiled = compile(R"({"a": [1, {"b": "$.x"}]})");
  ASSERT_TRUE(compiled.has_value());
  EXPECT_TRUE(compiled->constant());
  EXPECT_EQ(told(compiled->evaluate(scope(), surroundings())), R"({"a":[1,{"b":"$.x"}]})");
  EXPECT_FALSE(compile(R"({"a": [1, {"b.$": "$.x"}]})")->constant());
  EXPECT_EQ(evaluate("7"), "7");
}

TEST_F(TemplateTest, LaterOfTwoSpellingsCounts) {
  set_input(R"({"a":1})");
  EXPECT_EQ(evaluate(R"({"x": 5, "y": 6, "x.$": "$.a"})"), R"({"x":1,"y":6})");
}

TEST_F(TemplateTest, RefusalNamesTheFieldAndItsObject) {
  auto refused = compile(R"({"ok": 1, "inner": {"x.$": "States.Format('a"}})");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call");
  EXPECT_EQ(detail(refused.error(), "location"), "/inner");
  EXPECT_EQ(detail(refused.error(), "code"), "SCHEMA_VALIDATION_FAILED");
  EXPECT_EQ(evaluate(R"({"x.$": {"y": 1}})"),
            "The value for the field 'x.$' must be a STRING that contains a JSONPath but was an OBJECT");
}

TEST_F(TemplateTest, DepthIsLimited) {
  json::Value value = 1;
  for (size_t i = 0; i <= kMaxTemplateDepth; ++i) value = json::array({std::move(value)});
  auto refused = Template::compile(value, Language::kJsonPath, "Parameters");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("kMaxTemplateDepth"), std::string::npos);
}

TEST_F(TemplateTest, TellsWhatItReads) {
  auto compiled = compile(R"x({"a.$": "$x.y", "b": [{"c.$": "States.Array($$.State.Name, $w, $x)"}]})x");
  ASSERT_TRUE(compiled.has_value());
  EXPECT_EQ(compiled->variables(), (std::vector<std::string>{"w", "x"}));
  EXPECT_TRUE(compiled->reads("context"));
  EXPECT_FALSE(compiled->reads("input"));
  EXPECT_FALSE(compile(R"({"a.$": "$.x"})")->reads("context"));
}

}  // namespace
}  // namespace soma::workflow::query
