#include "services/workflow/query/query_fixture.h"

namespace soma::workflow::query {
namespace {

class ReferencePathTest : public QueryTest {
 protected:
  static std::string put(std::string_view path, std::string_view input, std::string_view result) {
    auto compiled = ReferencePath::compile(path);
    return compiled ? told(compiled->put(json_of(input), json_of(result))) : compiled.error().message;
  }
};

TEST_F(ReferencePathTest, RootReplacesTheInput) {
  EXPECT_EQ(put("$", R"({"a":1})", "2"), "2");
}

TEST_F(ReferencePathTest, PutsAndReplaces) {
  EXPECT_EQ(put("$.b", R"({"a":1})", "2"), R"({"a":1,"b":2})");
  EXPECT_EQ(put("$.a", R"({"a":1,"b":3})", "[]"), R"({"a":[],"b":3})");
  EXPECT_EQ(put("$['x y'].z", R"({"a":1})", "2"), R"({"a":1,"x y":{"z":2}})");
}

TEST_F(ReferencePathTest, MakesTheObjectsOnTheWay) {
  EXPECT_EQ(put("$.a.b.c", "{}", "1"), R"({"a":{"b":{"c":1}}})");
  EXPECT_EQ(put("$.a.b", R"({"a":{"x":0}})", "1"), R"({"a":{"x":0,"b":1}})");
}

TEST_F(ReferencePathTest, IndexesReachIntoArrays) {
  EXPECT_EQ(put("$.a[1]", R"({"a":[1,2]})", "9"), R"({"a":[1,9]})");
  EXPECT_EQ(put("$.a[2].b", R"({"a":[1,2]})", "9"), R"({"a":[1,2,{"b":9}]})");
  EXPECT_EQ(put("$[0]", "[5]", "6"), "[6]");
}

TEST_F(ReferencePathTest, SaysWhatIsInTheWay) {
  EXPECT_EQ(put("$.out", R"("text")", "1"),
            "States.ReferencePathConflict: Unable to apply ReferencePath $.out to input \"text\"");
  EXPECT_EQ(put("$.a.b", R"({"a":5})", "1"),
            "States.ReferencePathConflict: Unable to apply ReferencePath $.a.b to input {\"a\":5}");
  EXPECT_EQ(put("$.a[7]", R"({"a":[1]})", "1"),
            "States.ReferencePathConflict: Unable to apply ReferencePath $.a[7] to input {\"a\":[1]}");
}

TEST_F(ReferencePathTest, RefusesPathsThatNameSeveralPlaces) {
  for (std::string_view path : {"$.a[*]", "$..a", "$.a[0:1]", "$.a[0,1]", "$['a','b']", "$.a[?(@.b)]", "$$.a",
                                "$v", "$.a.length()", "a", ""}) {
    auto compiled = ReferencePath::compile(path);
    EXPECT_FALSE(compiled.has_value()) << path;
  }
  EXPECT_EQ(ReferencePath::compile("a").error().message, "Reference path didn't start with '$'");
}

}  // namespace
}  // namespace soma::workflow::query
