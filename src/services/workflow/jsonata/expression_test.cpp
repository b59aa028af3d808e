#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/workflow/jsonata/jsonata_test_kit.h"

namespace soma::workflow::jsonata {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Expression compile(std::string_view text) {
  auto expression = Expression::compile(text);
  EXPECT_TRUE(expression) << (expression ? "" : expression.error().to_string());
  return *expression;
}

os::Error compile_error(std::string_view text) {
  auto expression = Expression::compile(text);
  EXPECT_FALSE(expression) << text;
  return expression ? os::Error{} : expression.error();
}

TEST(JsonataExpression, NamesItsVariablesWithTheStepsBehindThem) {
  const Expression expression = compile("$states.input.items[0].sku & $label");
  const auto& references = expression.references();
  ASSERT_EQ(references.size(), 2u);
  EXPECT_EQ(references[0].name, "states");
  EXPECT_THAT(references[0].steps, ElementsAre("input", "items"));
  EXPECT_EQ(references[0].position, 0u);
  EXPECT_EQ(references[1].name, "label");
  EXPECT_THAT(references[1].steps, IsEmpty());
}

TEST(JsonataExpression, TellsVariablesOfItsOwnFromTheCallers) {
  const Expression expression = compile("($own := $given; $map($own, function($each) { $each }))");
  std::vector<std::string> outside;
  for (const VariableReference& reference : expression.references()) {
    if (!reference.bound_inside && !reference.is_function) outside.push_back(reference.name);
  }
  EXPECT_THAT(outside, ElementsAre("given"));
}

TEST(JsonataExpression, TellsFunctionsOfTheLanguage) {
  EXPECT_TRUE(compile("$sum([1])").references()[0].is_function);
  EXPECT_FALSE(compile("$nosuch([1])").references()[0].is_function);
}

TEST(JsonataExpression, SeesFieldsOfTheInputThatStandBare) {
  EXPECT_TRUE(compile("total * 2").has_bare_field());
  EXPECT_TRUE(compile("$sum(items)").has_bare_field());
  EXPECT_TRUE(compile("*").has_bare_field());
}

TEST(JsonataExpression, TakesFieldsOfParts) {
  EXPECT_FALSE(compile("$states.input.items[price > 3].(price * 2)").has_bare_field());
  EXPECT_FALSE(compile("$states.input ~> |items|{'a': b}|").has_bare_field());
}

TEST(JsonataExpression, ReadsTheInputThatIsThere) {
  EXPECT_FALSE(compile("$").references()[0].bound_inside);
  EXPECT_TRUE(compile("$x[$ > 1]").references()[1].bound_inside);
}

TEST(JsonataExpression, SaysWhereTheSyntaxIsWrong) {
  const os::Error error = compile_error("1 + )");
  EXPECT_EQ(error.code, os::Code::kInvalidArgument);
  EXPECT_EQ(detail(error, "code"), "S0211");
  EXPECT_EQ(detail(error, "position"), "5");
  EXPECT_EQ(detail(error, "token"), ")");
  EXPECT_EQ(error.message, "The symbol \")\" cannot be used as a unary operator");
}

TEST(JsonataExpression, CountsPositionsInUtf16) {
  EXPECT_EQ(detail(compile_error("'𝒳' + )"), "position"), "8");
}

TEST(JsonataExpression, NamesTheOperatorThatFailed) {
  const Expression expression = compile("1 + 'a'");
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  const auto result = expression.evaluate({}, {.now = clock.now(), .ids = *ids});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "The right side of the \"+\" operator must evaluate to a number");
  EXPECT_EQ(detail(result.error(), "position"), "3");
}

TEST(JsonataExpression, RefusesWhatNestsTooDeep) {
  const std::string open(1'000, '('), close(1'000, ')');
  EXPECT_EQ(compile_error(open + "1" + close).code, os::Code::kLimitExceeded);
  std::string calls = "$f";
  for (int count = 0; count < 2'000; ++count) calls += "()";
  EXPECT_EQ(compile_error(calls).code, os::Code::kLimitExceeded);
}

TEST(JsonataExpression, TakesLongChainsOfOperators) {
  std::string sum = "0";
  for (int count = 0; count < 5'000; ++count) sum += " + 1";
  EXPECT_EQ(run(sum), "5000");
}

TEST(JsonataExpression, RefusesWhatIsTooLong) {
  EXPECT_EQ(compile_error(std::string(kMaxExpressionBytes + 1, ' ')).code, os::Code::kLimitExceeded);
}

TEST(JsonataExpression, GivesNoFunctionAway) {
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  const auto result = compile("function($x) { $x }").evaluate({}, {.now = clock.now(), .ids = *ids});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kUnsupported);
}

TEST(JsonataExpression, SeesBindingsBeforeItsOwnFunctions) {
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  const json::Value value = 7;
  const Binding bindings[] = {{"sum", &value}};
  const auto result = compile("$sum").evaluate({.bindings = bindings}, {.now = clock.now(), .ids = *ids});
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(**result, json::Value(7));
}

TEST(JsonataExpression, CanBeEvaluatedAgain) {
  const Expression expression = compile("($x := $x + 1; $x)");
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  const json::Value one = 1;
  const Binding bindings[] = {{"x", &one}};
  for (int turn = 0; turn < 3; ++turn) {
    const auto result = expression.evaluate({.bindings = bindings}, {.now = clock.now(), .ids = *ids});
    ASSERT_TRUE(result && *result);
    EXPECT_EQ(**result, json::Value(2));
  }
}

}  // namespace
}  // namespace soma::workflow::jsonata
