#include "services/workflow/query/query_fixture.h"

namespace soma::workflow::query {
namespace {

class FilterTest : public QueryTest {
 protected:
  // The ids of the elements that the predicate accepts.
  std::string accepted(const std::string& predicate) const { return read("$.all[?(" + predicate + ")].id"); }

  void SetUp() override {
    set_input(R"({"limit": 4, "wanted": ["red", "blue"], "all": [
      {"id": 1, "n": 3, "s": "red", "on": true, "tags": ["x", "y"]},
      {"id": 2, "n": 4, "s": "blue", "on": false, "tags": []},
      {"id": 3, "n": 5.5, "s": "", "empty": null},
      {"id": 4, "n": "4", "s": "Redder"}
    ]})");
  }
};

TEST_F(FilterTest, ComparesNumbersAndStrings) {
  EXPECT_EQ(accepted("@.n == 3"), "[1]");
  EXPECT_EQ(accepted("@.n > 3"), "[2,3]");
  EXPECT_EQ(accepted("@.n >= 4.0"), "[2,3]");
  EXPECT_EQ(accepted("@.n < 4"), "[1]");
  EXPECT_EQ(accepted("@.s > 'c'"), "[1]");
  EXPECT_EQ(accepted("@.s == \"blue\""), "[2]");
  EXPECT_EQ(accepted("4 == @.id"), "[4]");
}

TEST_F(FilterTest, StringEqualsTheNumberItSpells) {
  EXPECT_EQ(accepted("@.n == 4"), "[2,4]");
  EXPECT_EQ(accepted("@.n === 4"), "[2]");
  EXPECT_EQ(accepted("@.n !== 4"), "[1,3,4]");
}

TEST_F(FilterTest, MissingEqualsNothing) {
  EXPECT_EQ(accepted("@.on == false"), "[2]");
  EXPECT_EQ(accepted("@.on != true"), "[2,3,4]");
  EXPECT_EQ(accepted("@.empty == null"), "[3]");
}

TEST_F(FilterTest, ExistenceNeedsNoValue) {
  EXPECT_EQ(accepted("@.empty"), "[3]");
  EXPECT_EQ(accepted("!@.on"), "[3,4]");
  EXPECT_EQ(accepted("!(@.on)"), "[3,4]");
}

TEST_F(FilterTest, JoinsWithAndOrNot) {
  EXPECT_EQ(accepted("@.n > 3 && @.on == false"), "[2]");
  EXPECT_EQ(accepted("@.id == 1 || @.id == 3"), "[1,3]");
  EXPECT_EQ(accepted("@.id==1||@.id==2&&@.on==true"), "[1]");
  EXPECT_EQ(accepted("(@.id == 1 || @.id == 2) && @.on"), "[1,2]");
  EXPECT_EQ(accepted("!(@.id == 1 || @.id == 2)"), "[3,4]");
}

TEST_F(FilterTest, MatchesWholeTextAgainstAPattern) {
  EXPECT_EQ(accepted("@.s =~ /red/"), "[1]");
  EXPECT_EQ(accepted("@.s =~ /red.*/i"), "[1,4]");
  EXPECT_EQ(accepted("@.n =~ /[34]/"), "[1,2,4]");
  EXPECT_EQ(accepted("@.tags =~ /y|z/"), "[1]");
}

TEST_F(FilterTest, KnowsLists) {
  EXPECT_EQ(accepted("@.s in ['red', 'green']"), "[1]");
  EXPECT_EQ(accepted("@.s in $.wanted"), "[1,2]");
  EXPECT_EQ(accepted("@.s nin [\"red\", \"blue\"]"), "[3,4]");
  EXPECT_EQ(accepted("@.tags contains 'x'"), "[1]");
  EXPECT_EQ(accepted("@.s contains 'ed'"), "[1,4]");
  EXPECT_EQ(accepted("@.tags size 2"), "[1]");
  EXPECT_EQ(accepted("@.s size 4"), "[2]");
  EXPECT_EQ(accepted("@.tags empty true"), "[2]");
  EXPECT_EQ(accepted("@.s empty false"), "[1,2,4]");
  EXPECT_EQ(accepted("@.tags subsetof ['x','y','z']"), "[1,2]");
  EXPECT_EQ(accepted("@.tags anyof ['y']"), "[1]");
  EXPECT_EQ(accepted("@.tags noneof ['y']"), "[2]");
  EXPECT_EQ(accepted("@.tags all ['x','y']"), "[1]");
  EXPECT_EQ(accepted("@.tags == ['x','y']"), "[1]");
}

TEST_F(FilterTest, ReadsTheDocumentAndNestedFilters) {
  EXPECT_EQ(accepted("@.n == $.limit"), "[2,4]");
  EXPECT_EQ(accepted("@.tags[?(@ == 'y')] size 1"), "[1]");
  EXPECT_EQ(accepted("@.tags[0] == 'x'"), "[1]");
  EXPECT_EQ(accepted("@['id'] == 2"), "[2]");
  EXPECT_EQ(accepted("@.tags.length() == 2"), "[1]");
}

TEST_F(FilterTest, ChecksAnObjectItself) {
  EXPECT_EQ(read("$[?(@.limit == 4)].wanted[0]"), R"(["red"])");
  EXPECT_EQ(read("$..[?(@.id == 2)].s"), R"(["blue"])");
}

TEST_F(FilterTest, RefusesWhatItCannotParse) {
  for (std::string_view filter :
       {"$[?(@.a ==)]", "$[?(== 1)]", "$[?(1)]", "$[?(@.a = 1)]", "$[?(@.a like 'x')]", "$[?(@.a =~ /(/)]",
        "$[?(@.a == 'x)]", "$[?(@.a in ['x')]", "$[?(@.a && )]", "$[?(@.a =~ /x/x)]", "$[?(@.a) x]"}) {
    EXPECT_FALSE(Path::compile(filter).has_value()) << filter;
  }
  std::string deep = "$[?";
  for (int i = 0; i < 100; ++i) deep += "(";
  EXPECT_FALSE(Path::compile(deep).has_value());
}

}  // namespace
}  // namespace soma::workflow::query
