#include "services/workflow/query/query_fixture.h"

namespace soma::workflow::query {
namespace {

class JsonataTemplateTest : public QueryTest {
 protected:
  static os::Result<Template> compile(std::string_view text, std::string_view location = "Output") {
    return Template::compile(json_of(text), Language::kJsonata, location);
  }
  Outcome<json::Value> run(std::string_view text, std::string_view location = "Output") {
    auto compiled = compile(text, location);
    EXPECT_TRUE(compiled.has_value()) << text;
    Scope all = scope();
    all.result = &result_;
    return compiled->evaluate(all, surroundings());
  }
  std::string evaluate(std::string_view text) { return told(run(text)); }

  json::Value result_ = json_of(R"({"status": 200})");
};

TEST_F(JsonataTemplateTest, ExpressionsSeeStatesAndVariables) {
  set_input(R"({"a": {"b": [1, 2]}, "c": 3})");
  set_context(R"({"State": {"Name": "Here"}})");
  set_variable("v", R"({"n": 7})");
  EXPECT_EQ(
      evaluate(
          R"({"sum": "{% $sum($states.input.a.b) + $v.n %}", "list": ["{% $states.result.status %}", 1]})"),
      R"({"sum":10,"list":[200,1]})");
  EXPECT_EQ(evaluate(R"("{% $states.context.State.Name %}")"), R"("Here")");
  EXPECT_EQ(evaluate(R"("{% $states.input %}")"), R"({"a":{"b":[1,2]},"c":3})");
  EXPECT_EQ(evaluate(R"("{% $keys($states) %}")"), R"(["input","result","context"])");
}

// A state assigned "count", and "$count + 1" of the next state was about the function.
TEST_F(JsonataTemplateTest, AVariableTakesThePlaceOfTheFunctionOfItsName) {
  set_variable("count", "1");
  EXPECT_EQ(evaluate(R"("{% $count + 1 %}")"), "2");
  EXPECT_EQ(evaluate(R"("{% $sum([$count, 3]) %}")"), "4");
  EXPECT_TRUE(compile(R"("{% $count + 1 %}")")->variables().empty()) << "it may mean the function";
}

// Only the parts that an expression names are handed over; "%" climbs back to what is around them.
TEST_F(JsonataTemplateTest, PartsOfTheInputAreEnough) {
  set_input(R"({"list": [{"n": 1, "m": 5}, {"n": 2, "m": 6}], "o": {"p": {"q": 1}, "r": 2}})");
  EXPECT_EQ(evaluate(R"("{% $states.input.list.n %}")"), "[1,2]");
  EXPECT_EQ(evaluate(R"("{% $states.input.list[n = 2].m %}")"), "6");
  EXPECT_EQ(evaluate(R"("{% [$states.input.o.p.q, $states.input.o.r] %}")"), "[1,2]");
  EXPECT_EQ(evaluate(R"("{% $states.input.o.p.%.r %}")"), "2");
  EXPECT_EQ(evaluate(R"("{% ($s := $states; $s.input.o.r) %}")"), "2");
}

TEST_F(JsonataTemplateTest, OnlyWholeBracesMakeAnExpression) {
  EXPECT_EQ(evaluate(R"([" {% 1 %}", "{% 1 %} ", "{%1%}", "$.a", {"k.$": "$.a"}])"),
            R"([" {% 1 %}","{% 1 %} ",1,"$.a",{"k.$":"$.a"}])");
  EXPECT_TRUE(compile(R"({"a": ["text", 1]})")->constant());
}

TEST_F(JsonataTemplateTest, NullIsAValueAndUndefinedFails) {
  set_input(R"({"n": null})");
  EXPECT_EQ(evaluate(R"({"x": "{% $states.input.n %}"})"), R"({"x":null})");
  auto outcome = run(R"({"a": {"b c": [1, "{% $missing %}"]}})", "Arguments");
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().error, "States.QueryEvaluationError");
  EXPECT_EQ(outcome.error().cause,
            "The JSONata expression '$missing' specified for the field 'Arguments/a/b c[1]' returned nothing "
            "(undefined).");
  EXPECT_EQ(outcome.error().location, "Arguments/a/b c[1]");
}

TEST_F(JsonataTemplateTest, ErrorsCarryTheirCode) {
  auto outcome = run(R"("{% 1 + 'a' %}")", "Seconds");
  ASSERT_FALSE(outcome.has_value());
  EXPECT_TRUE(
      outcome.error().cause.starts_with("The JSONata expression '1 + 'a'' specified for the field 'Seconds' "
                                        "threw an error during evaluation. T2002: "))
      << outcome.error().cause;
  EXPECT_EQ(outcome.error().location, "Seconds");
}

TEST_F(JsonataTemplateTest, FunctionIsNoResult) {
  EXPECT_EQ(evaluate(R"x("{% $f := function($x){ $x } %}")x"),
            "States.QueryEvaluationError: The JSONata expression '$f := function($x){ $x }' specified for "
            "the field 'Output' returned an unsupported result type.");
}

TEST_F(JsonataTemplateTest, SingleExpressionTellsItsText) {
  auto items = compile(R"("{% 'x' %}")", "Items");
  ASSERT_TRUE(items.has_value());
  EXPECT_EQ(items->expression(), "'x'");
  EXPECT_EQ(items->location(), "Items");
  EXPECT_EQ(compile(R"(["{% 'x' %}"])")->expression(), "");
}

TEST_F(JsonataTemplateTest, RefusesWhatDoesNotParseOrIsNotThere) {
  auto detail = [](const os::Result<Template>& refused, std::string_view name) {
    for (const auto& [key, value] : refused.error().details) {
      if (key == name) return value;
    }
    return std::string("none");
  };
  auto broken = compile(R"({"a": ["{% 1 + %}"]})");
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(detail(broken, "code"), "INVALID_JSONATA_EXPRESSION");
  EXPECT_EQ(detail(broken, "location"), "/a/0");
  auto root = compile(R"("{% $$.a %}")");
  ASSERT_FALSE(root.has_value());
  EXPECT_EQ(root.error().message, "Reference to '$$' is not supported.");
  EXPECT_EQ(detail(root, "code"), "UNSUPPORTED_JSONATA_EXPRESSION");
  EXPECT_FALSE(compile(R"("{% phone %}")").has_value());
  EXPECT_FALSE(compile(R"("{% $ %}")").has_value());
  EXPECT_TRUE(compile(R"("{% $count($states.input[$ = 1]) %}")").has_value());
}

TEST_F(JsonataTemplateTest, TellsWhatItReads) {
  auto compiled = compile(R"({"a": "{% $sum($states.input.x) + $b %}", "c": "{% ($d := $a; $d + $b) %}"})");
  ASSERT_TRUE(compiled.has_value());
  EXPECT_EQ(compiled->variables(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(compiled->reads("input"));
  EXPECT_FALSE(compiled->reads("errorOutput"));
  EXPECT_TRUE(compile(R"("{% $states %}")")->reads("errorOutput"));
}

}  // namespace
}  // namespace soma::workflow::query
