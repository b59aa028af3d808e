#include "services/workflow/query/path_program.h"
#include "services/workflow/query/query_fixture.h"

namespace soma::workflow::query {
namespace {

class PathTest : public QueryTest {
 protected:
  void SetUp() override {
    set_input(R"({
      "shop": "corner",
      "fruit": [{"name": "plum", "price": 3}, {"name": "pear", "price": 5}, {"name": "fig"}],
      "odd name": {"it's": 1, "a.b": 2},
      "grid": [[1, 2], [3, 4]],
      "nothing": null,
      "tree": {"name": "root", "left": {"name": "l"}, "right": {"name": "r", "left": {"name": "rl"}}}
    })");
    set_context(R"({"State": {"Name": "Here"}})");
    set_variable("basket", R"({"items": [7, 8]})");
  }
};

TEST_F(PathTest, DefinitePathsGiveOneValue) {
  EXPECT_EQ(read("$.shop"), R"("corner")");
  EXPECT_EQ(read("$['shop']"), R"("corner")");
  EXPECT_EQ(read("$.fruit[1].price"), "5");
  EXPECT_EQ(read("$.fruit[-1].name"), R"("fig")");
  EXPECT_EQ(read("$.grid[1][0]"), "3");
  EXPECT_EQ(read("$.nothing"), "null");
  EXPECT_EQ(read("$"), json::write(input_));
}

TEST_F(PathTest, QuotedNamesMayHoldAnything) {
  EXPECT_EQ(read("$['odd name']['a.b']"), "2");
  EXPECT_EQ(read(R"($["odd name"]["it's"])"), "1");
  EXPECT_EQ(read(R"($['odd name']['it\'s'])"), "1");
}

// Seen on the service: a backslash before anything but the quote is part of the name.
TEST_F(PathTest, BackslashStaysInFrontOfOtherCharacters) {
  set_input(R"({"a\\\"b": 1})");
  EXPECT_EQ(read(R"($['a\"b'])"), "1");
}

TEST_F(PathTest, ContextAndVariablesAreRoots) {
  EXPECT_EQ(read("$$.State.Name"), R"("Here")");
  EXPECT_EQ(read("$basket.items[1]"), "8");
  EXPECT_EQ(read("$basket"), R"({"items":[7,8]})");
}

TEST_F(PathTest, IndefinitePathsGiveLists) {
  EXPECT_EQ(read("$.fruit[*].price"), "[3,5]");
  EXPECT_EQ(read("$.fruit[0,2].name"), R"(["plum","fig"])");
  EXPECT_EQ(read("$.tree.*.name"), R"(["l","r"])");
  EXPECT_EQ(read("$.grid[*][*]"), "[1,2,3,4]");
  EXPECT_EQ(read("$..name"), R"(["plum","pear","fig","root","l","r","rl"])");
  EXPECT_EQ(read("$..left.name"), R"(["l","rl"])");
  EXPECT_EQ(read("$..[1]"), R"([{"name":"pear","price":5},[3,4],2,4])");
}

TEST_F(PathTest, SlicesCountFromEitherEnd) {
  set_input(R"({"a": [0, 1, 2, 3, 4]})");
  EXPECT_EQ(read("$.a[1:3]"), "[1,2]");
  EXPECT_EQ(read("$.a[3:]"), "[3,4]");
  EXPECT_EQ(read("$.a[-2:]"), "[3,4]");
  EXPECT_EQ(read("$.a[:2]"), "[0,1]");
  EXPECT_EQ(read("$.a[:-3]"), "[0,1]");
  EXPECT_EQ(read("$.a[3:99]"), "[3,4]");
  EXPECT_EQ(read("$.a[4:2]"), "[]");
  EXPECT_EQ(read("$.a[-1:1]"), "[4,0]");
}

TEST_F(PathTest, SeveralNamesAtTheEndMakeAnObject) {
  EXPECT_EQ(read("$.fruit[0]['name','price']"), R"({"name":"plum","price":3})");
  EXPECT_EQ(read("$.tree['left','right'].name"), R"(["l","r"])");
}

TEST_F(PathTest, IndefinitePathWithoutAWayGivesAnEmptyList) {
  EXPECT_EQ(read("$.absent[*]"), "[]");
  EXPECT_EQ(read("$.absent.deeper[1:].x"), "[]");
  EXPECT_EQ(read("$.shop[*]"), "[]");
  EXPECT_EQ(read("$..absent"), "[]");
}

TEST_F(PathTest, IndexBehindTheEndIsNull) {
  EXPECT_EQ(read("$.grid[5]"), "null");
  EXPECT_EQ(read("$.grid[-5]"), "null");
  EXPECT_EQ(read("$.grid[0,5]"), "[[1,2],null]");
}

TEST_F(PathTest, FunctionsWorkOnTheValueInFrontOfThem) {
  EXPECT_EQ(read("$.fruit.length()"), "3");
  EXPECT_EQ(read("$.shop.length()"), "null");
  EXPECT_EQ(read("$.fruit[0].keys()"), R"(["name","price"])");
  EXPECT_EQ(read("$.grid[0].sum()"), "3.0");
  EXPECT_EQ(read("$.fruit[*].price.max()"), "5.0");
  EXPECT_EQ(read("$..price.avg()"), "4.0");
  EXPECT_EQ(read("$.grid[0].last()"), "2");
  EXPECT_EQ(read("$.grid.index(0)"), "[1,2]");
  EXPECT_EQ(read("$.fruit[*].name.concat()"), R"("plumpearfig")");
}

TEST_F(PathTest, MissingValuesAreExplained) {
  EXPECT_EQ(read("$.absent"), "States.Runtime: Invalid path '$.absent' : No results for path: $['absent']");
  EXPECT_EQ(read("$.tree.up.name"),
            "States.Runtime: Invalid path '$.tree.up.name' : Missing property in path $['tree']['up']");
  EXPECT_EQ(
      read("$.tree.name.x"),
      "States.Runtime: Invalid path '$.tree.name.x' : Expected to find an object with property ['x'] in path "
      "$['tree']['name'] but found 'com.fasterxml.jackson.databind.node.TextNode'. This is not a json object "
      "according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.");
  EXPECT_EQ(
      read("$.shop[0]"),
      "States.Runtime: Invalid path '$.shop[0]' : Filter: [0] can only be applied to arrays. Current context "
      "is: \"corner\"");
  EXPECT_EQ(read("$.grid[9][0]"),
            "States.Runtime: Invalid path '$.grid[9][0]' : The path $['grid'][9] is null");
  EXPECT_EQ(read("$gone"), "States.Runtime: Invalid path '$gone' : No results for path: $['gone']");
}

TEST_F(PathTest, FieldDecidesTheSentence) {
  auto path = Path::compile("$.absent");
  ASSERT_TRUE(path.has_value());
  set_input(R"({"a":1})");
  EXPECT_EQ(
      told(path->evaluate(scope(), "CausePath")),
      "States.Runtime: The JSONPath '$.absent' specified for the field 'CausePath' could not be found in the "
      "input '{\"a\":1}'");
  EXPECT_EQ(told(path->evaluate(scope(), "Variable")),
            "States.Runtime: Invalid path '$.absent': The choice state's condition path references an "
            "invalid value.");
  EXPECT_EQ(told(path->evaluate(scope(), "ItemsPath")),
            "States.ReferencePathConflict: Unable to apply step \"absent\" to input {\"a\":1}");
}

TEST_F(PathTest, FindPointsIntoTheInput) {
  auto compiled = Path::compile("$.fruit[0].name");
  ASSERT_TRUE(compiled.has_value());
  EXPECT_EQ(compiled->find(scope()), &input_.get("fruit").at(0).get("name"));
  EXPECT_EQ(Path::compile("$.fruit[7]")->find(scope()), nullptr);
  EXPECT_EQ(Path::compile("$.fruit[*]")->find(scope()), nullptr);
  EXPECT_TRUE(compiled->definite());
  EXPECT_FALSE(Path::compile("$..name")->definite());
  EXPECT_TRUE(Path::compile("$")->whole());
  EXPECT_FALSE(Path::compile("$$")->whole());
  EXPECT_EQ(Path::compile("$basket.items")->variable(), "basket");
}

TEST_F(PathTest, RefusesWhatIsNoPath) {
  auto refusal = [](std::string_view text) {
    auto path = Path::compile(text);
    return path ? std::string("accepted") : path.error().message;
  };
  EXPECT_EQ(refusal("shop"), "Path must start with '$' or '@'");
  EXPECT_EQ(refusal("$."), "Path must not end with a '.' or '..'");
  EXPECT_EQ(refusal("$.a.."), "Path must not end with a '.' or '..'");
  EXPECT_EQ(refusal("$-a"), "Illegal character at position 1 expected '.' or '['");
  EXPECT_EQ(refusal("$.a b"),
            "Use bracket notion ['my prop'] if your property contains blank "
            "characters. position: 2");
  EXPECT_EQ(refusal("$['a"), "Property has not been closed - missing closing '");
  EXPECT_EQ(refusal("$[a]"), "Could not parse token starting at position 1. Expected ?, ', 0-9, * ");
  for (std::string_view text :
       {"", "@.a", "$[", "$[?", "$[?(", "$[?(@.a", "$[?(@.a)", "$[]", "$[:]", "$[1", "$[1,]", "$['a',]",
        "$['a' 'b']", "$...a", "$.a.nosuch()", "$.a.length().b", "$[99999999999]"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
  EXPECT_NE(refusal("$" + std::string(kMaxPathBytes, 'a')), "accepted");
  std::string long_path = "$";
  for (size_t i = 0; i <= kMaxPathSteps; ++i) long_path += ".a";
  EXPECT_NE(refusal(long_path), "accepted");
}

// A path written out in the library's form reads the same.
TEST_F(PathTest, CanonicalFormMeansTheSame) {
  for (std::string_view text : {"$.fruit[1].price", "$['odd name']['a.b']", "$.fruit[*]['name']",
                                "$..left.name", "$.grid[0:1][-1]", "$.fruit[0,1].name", "$.fruit.length()"}) {
    auto program = compile_path(text);
    ASSERT_TRUE(program.has_value()) << text;
    auto again = compile_path(program->canonical());
    ASSERT_TRUE(again.has_value()) << program->canonical();
    EXPECT_EQ(again->canonical(), program->canonical());
    EXPECT_EQ(read(text), read(program->canonical())) << text;
  }
}

TEST_F(PathTest, ResultsAreBounded) {
  json::Array many(2000, json::Value(1));
  json::Array grid(600, json::Value(many));
  input_ = json::object({{"a", std::move(grid)}});
  EXPECT_NE(read("$.a[*][*]").find("kMaxPathResults"), std::string::npos);
}

TEST_F(PathTest, VisitsAreBoundedAcrossFilters) {
  json::Array many(6000, json::Value(1));
  input_ = json::object({{"a", std::move(many)}});
  EXPECT_NE(read("$.a[?(@ in $.a[*])]"), "");
  EXPECT_NE(read("$.a[?($.a[?(@ == 2)] == @)]").find("kMaxPathVisits"), std::string::npos);
}

}  // namespace
}  // namespace soma::workflow::query
