// What paths, sequences, functions and the other forms of the language mean.
#include <gtest/gtest.h>

#include "services/workflow/jsonata/jsonata_test_kit.h"

namespace soma::workflow::jsonata {
namespace {

constexpr std::string_view kShop = R"({
  "name": "corner", "shelves": [
    {"id": "a", "goods": [{"what": "tea", "price": 3, "tags": ["hot"]}, {"what": "rice", "price": 2, "tags": []}]},
    {"id": "b", "goods": [{"what": "salt", "price": 1, "tags": ["dry", "white"]}]}]})";

TEST(JsonataPath, GoesThroughArrays) {
  EXPECT_EQ(run("shelves.goods.what", kShop), R"(["tea","rice","salt"])");
  EXPECT_EQ(run("shelves.goods.tags", kShop), R"(["hot","dry","white"])");
}

TEST(JsonataPath, OneResultIsNoArray) {
  EXPECT_EQ(run("shelves[id = 'b'].goods.what", kShop), R"("salt")");
  EXPECT_EQ(run("shelves[id = 'b'].goods.what[]", kShop), R"(["salt"])");
}

TEST(JsonataPath, AnArrayOfTheInputStaysOne) {
  EXPECT_EQ(run("a", R"({"a": [1]})"), "[1]");
  EXPECT_EQ(run("a", R"({"a": []})"), "[]");
  EXPECT_EQ(run("a.b", R"({"a": [{"b": [1]}]})"), "[1]");
}

TEST(JsonataPath, NothingIsUndefined) {
  EXPECT_EQ(run("shelves.nothing", kShop), "undefined");
  EXPECT_EQ(run("nothing.at.all"), "undefined");
}

TEST(JsonataPath, CountsFromBothEnds) {
  EXPECT_EQ(run("shelves.goods[0].what", kShop), R"(["tea","salt"])");
  EXPECT_EQ(run("(shelves.goods)[0].what", kShop), R"("tea")");
  EXPECT_EQ(run("shelves[-1].id", kShop), R"("b")");
  EXPECT_EQ(run("[1..5][[0, 2]]"), "[1,3]");
}

TEST(JsonataPath, FindsParents) {
  EXPECT_EQ(run("shelves.goods.{'at': %.id, 'what': what}", kShop),
            R"([{"at":"a","what":"tea"},{"at":"a","what":"rice"},{"at":"b","what":"salt"}])");
  EXPECT_EQ(run("%.id", kShop), "error S0217");
}

TEST(JsonataPath, JoinsByFocusAndIndex) {
  EXPECT_EQ(run("shelves@$s.$s.goods@$g[$g.price > 1].($s.id & $g.what)", kShop), R"(["atea","arice"])");
  EXPECT_EQ(run("shelves.goods#$i.($string($i) & what)", kShop), R"(["0tea","1rice","0salt"])");
}

TEST(JsonataPath, GroupsAndSorts) {
  EXPECT_EQ(run("shelves.goods{what: price}", kShop), R"({"tea":3,"rice":2,"salt":1})");
  EXPECT_EQ(run("shelves.goods^(price).what", kShop), R"(["salt","rice","tea"])");
  EXPECT_EQ(run("shelves.goods^(>price).what", kShop), R"(["tea","rice","salt"])");
  EXPECT_EQ(run("{'a': 1, 'a': 2}"), "error D1009");
}

TEST(JsonataPath, KeepsTheOrderOfEquals) {
  EXPECT_EQ(run("a^(k).v", R"({"a": [{"k":1,"v":"x"},{"k":0,"v":"y"},{"k":1,"v":"z"},{"k":0,"v":"w"}]})"),
            R"(["y","w","x","z"])");
}

// A path that binds and finds nothing once had its first tuple read, which was not there.
TEST(JsonataPath, NothingCanBeGrouped) {
  EXPECT_EQ(run("nothing@$x{}", kShop), "{}");
  EXPECT_EQ(run("shelves.nothing#$i{}", kShop), "{}");
}

// One result is no array even where it has been sorted.
TEST(JsonataPath, OneResultIsSortedToItself) {
  EXPECT_EQ(run("[a, b]^(c)", R"({"a": {"c": 1}})"), R"({"c":1})");
}

// What an array constructor at the beginning has made is the result when nothing follows from it.
TEST(JsonataPath, BeginsWithAnArrayConstructor) {
  EXPECT_EQ(run("[].a"), "[]");
  EXPECT_EQ(run("[{'g': 1}, {'g': 2}].g"), "[1,2]");
  EXPECT_EQ(run("[{'g': 1}][0].g"), "undefined");
  EXPECT_EQ(run("['ab'][0].($ & '!')"), R"(["a!","b!"])");
}

TEST(JsonataPath, TakesEverything) {
  EXPECT_EQ(run("shelves.*.what", kShop), R"(["tea","rice","salt"])");
  EXPECT_EQ(run("**.price", kShop), "[3,2,1]");
}

TEST(JsonataValue, NumericKeysComeFirst) {
  EXPECT_EQ(run("$keys($)", R"({"b": 1, "10": 2, "a": 3, "9": 4})"), R"(["9","10","b","a"])");
}

TEST(JsonataLambda, SeesWhatIsAroundIt) {
  EXPECT_EQ(run("($n := 2; $f := function($x) { $x * $n }; $n := 5; $f(3))"), "15");
  EXPECT_EQ(run("($make := function($n) { function($x) { $x + $n } }; $two := $make(2); $ten := $make(10); "
                "[$two(1), $ten(1)])"),
            "[3,11]");
}

TEST(JsonataLambda, ALoopNeedsNoStack) {
  EXPECT_EQ(
      run("($loop := function($n, $sum) { $n = 0 ? $sum : $loop($n - 1, $sum + $n) }; $loop(20000, 0))"),
      "200010000");
}

TEST(JsonataLambda, BranchesCallEachOther) {
  EXPECT_EQ(run("($even := function($n) { $n = 0 ? true : $odd($n - 1) };"
                " $odd := function($n) { $n = 0 ? false : $even($n - 1) }; $even(9001))"),
            "false");
}

TEST(JsonataLambda, CanBeAppliedInPart) {
  EXPECT_EQ(run("($first := $substring(?, 0, 2); $map(['abc', 'def'], $first))"), R"(["ab","de"])");
  EXPECT_EQ(run("($f := function($a, $b) { $a - $b }; $g := $f(?, 1); $g(5))"), "4");
}

TEST(JsonataLambda, ChecksItsSignature) {
  EXPECT_EQ(run("function($x)<n:n>{ $x }('a')"), "error T0410");
  EXPECT_EQ(run("'abc' ~> function($x)<s-:s>{ $x & '!' }"), R"("abc!")");
}

TEST(JsonataApply, Chains) {
  EXPECT_EQ(run("'a b' ~> $uppercase ~> $split(' ')"), R"(["A","B"])");
  EXPECT_EQ(run("($both := $trim ~> $uppercase; $both('  x '))"), R"("X")");
  EXPECT_EQ(run("1 ~> 2"), "error T2006");
}

TEST(JsonataApply, HintsAtAForgottenDollar) {
  EXPECT_EQ(run("sum([1])"), "error T1005");
}

TEST(JsonataTransform, ChangesACopy) {
  EXPECT_EQ(
      run("$ ~> |shelves.goods[price > 1]|{'dear': true}, ['tags', 'price']|", kShop),
      R"({"name":"corner","shelves":[{"id":"a","goods":[{"what":"tea","dear":true},{"what":"rice","dear":true}]},)"
      R"({"id":"b","goods":[{"what":"salt","price":1,"tags":["dry","white"]}]}]})");
  EXPECT_EQ(run("($ ~> |shelves|{'id': 0}|; shelves.id)", kShop), R"(["a","b"])");
}

TEST(JsonataOperators, CompareLikeWithLike) {
  EXPECT_EQ(run("'b' > 'a' and 2 > 1"), "true");
  EXPECT_EQ(run("1 < 'a'"), "error T2009");
  EXPECT_EQ(run("{'a': [1, {'b': 2}]} = {'a': [1, {'b': 2}]}"), "true");
  EXPECT_EQ(run("nothing < 1"), "undefined");
  EXPECT_EQ(run("nothing = 1"), "false");
}

TEST(JsonataOperators, StopWhereTheAnswerIsKnown) {
  EXPECT_EQ(run("false and $error()"), "false");
  EXPECT_EQ(run("true or $error()"), "true");
}

TEST(JsonataOperators, NoArithmeticBeyondNumbers) {
  EXPECT_EQ(run("1/0 + 1"), "error D1001");
  EXPECT_EQ(run("'1' * 2"), "error T2001");
  EXPECT_EQ(run("0.1 + 0.2"), "0.30000000000000004");
  EXPECT_EQ(run("'' & (0.1 + 0.2)"), R"("0.3")");
}

TEST(JsonataErrors, TheNearestCallIsNamed) {
  EXPECT_EQ(run("$error('boom')"), "error D3137");
  EXPECT_EQ(run("$assert(1 = 2, 'no')"), "error D3141");
}

}  // namespace
}  // namespace soma::workflow::jsonata
