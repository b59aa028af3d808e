#include "services/workflow/query/query_fixture.h"

namespace soma::workflow::query {
namespace {

class IntrinsicTest : public QueryTest {
 protected:
  // What the service says when a function does not take its values.
  static std::string invalid(const std::string& expression, const std::string& function) {
    return "States.Runtime: The function '" + expression +
           "' had the following error: Invalid arguments in States." + function;
  }
  void expect_invalid(const std::string& expression, const std::string& function) {
    EXPECT_EQ(call(expression), invalid(expression, function));
  }
  static bool compiles(std::string_view text) { return Source::compile(text).has_value(); }
};

TEST_F(IntrinsicTest, TakesEveryKindOfArgument) {
  set_input(R"({"a": {"b": [1, 2]}, "list": [{"n": 1}, {"n": 2}]})");
  set_context(R"({"State": {"Name": "Here"}})");
  set_variable("v", R"({"x": 7})");
  EXPECT_EQ(call("States.Array()"), "[]");
  EXPECT_EQ(call("States.Array('t', 1, -2.5, true, false, null)"), R"(["t",1,-2.5,true,false,null])");
  EXPECT_EQ(call("States.Array( $.a.b[0] , $$.State.Name,$v.x )"), R"([1,"Here",7])");
  EXPECT_EQ(call("States.Array($.list[?(@.n == 2)].n, $.a['b'], $)"),
            R"([[2],[1,2],{"a":{"b":[1,2]},"list":[{"n":1},{"n":2}]}])");
  EXPECT_EQ(call("States.Array(States.Array(States.ArrayLength($.a.b)))"), "[[2]]");
  EXPECT_EQ(call("States.ArrayLength($.list[*].n)"), "2");
  EXPECT_EQ(call("States.ArrayLength($.none[*])"), "0");
}

TEST_F(IntrinsicTest, StringsEscapeFourCharacters) {
  EXPECT_EQ(call(R"(States.Array('it\'s', '\{\}', 'back\\slash', '{"a": 1}'))"),
            R"(["it's","{}","back\\slash","{\"a\": 1}"])");
  EXPECT_FALSE(compiles(R"(States.Array('a\"b'))"));
  EXPECT_FALSE(compiles(R"(States.Array('a\n'))"));
  EXPECT_FALSE(compiles("States.Array('a)"));
}

TEST_F(IntrinsicTest, RefusesWhatIsNoCall) {
  for (std::string_view text :
       {"States.Nothing()", "States.Array", "States.Array(", "States.Array(1", "States.Array(1,)",
        "States.Array(,1)", "States.Array(1) x", "States.Array(1 2)", "States.Array([1])", "States.Array({})",
        "States.Array(\"a\")", "States.Array(.5)", "States.Array(1.)", "States.Array($.)",
        "States.Array(@.a)", "states.Array()", "Array()", "States.array()", ""}) {
    EXPECT_FALSE(compiles(text)) << text;
  }
}

TEST_F(IntrinsicTest, NestingIsLimited) {
  auto nested = [](size_t depth) {
    std::string text = "1";
    for (size_t i = 0; i < depth; ++i) text = "States.Array(" + text + ")";
    return text;
  };
  EXPECT_TRUE(compiles(nested(kMaxIntrinsicNesting)));
  EXPECT_FALSE(compiles(nested(kMaxIntrinsicNesting + 1)));
}

TEST_F(IntrinsicTest, CountOfArgumentsIsCheckedWhenCalled) {
  expect_invalid("States.UUID(1)", "UUID");
  expect_invalid("States.Hash('a')", "Hash");
  expect_invalid("States.MathAdd(1, 2, 3)", "MathAdd");
  expect_invalid("States.Format()", "Format");
}

TEST_F(IntrinsicTest, MissingArgumentNamesTheWholeCall) {
  set_input(R"({"n":1})");
  set_context(R"({"State":{}})");
  EXPECT_EQ(
      call("States.Format('{}', States.ArrayLength($.no.where))"),
      "States.Runtime: The function 'States.Format('{}', States.ArrayLength($.no.where))' had the following "
      "error: The JsonPath argument for the field '$.no.where' could not be found in the input '{\"n\":1}'");
  EXPECT_EQ(call("States.Format('{}', $$.State.Nome)"),
            "States.Runtime: The function 'States.Format('{}', $$.State.Nome)' had the following error: The "
            "JsonPath "
            "argument for the field '$.State.Nome' could not be found in the input '{\"n\":1}'");
  EXPECT_EQ(
      call("States.Array($.n[0])"),
      "States.Runtime: The function 'States.Array($.n[0])' had the following error: Filter: [0] can only be "
      "applied to arrays. Current context is: 1");
}

TEST_F(IntrinsicTest, IndexBehindTheEndIsMissingInACall) {
  set_input(R"({"a":[1]})");
  EXPECT_EQ(call("$.a[3]"), "null");
  EXPECT_EQ(call("States.Array($.a[3])"),
            "States.Runtime: The function 'States.Array($.a[3])' had the following error: The JsonPath "
            "argument for "
            "the field '$.a[3]' could not be found in the input '{\"a\":[1]}'");
}

TEST_F(IntrinsicTest, FormatFillsPlacesInOrder) {
  set_input(
      R"({"o": {"k": [1, "x", null], "e": {}}, "t": "<{}>", "whole": 2.0, "big": 1.5e10, "small": 0.00012})");
  EXPECT_EQ(call("States.Format('{}-{}', 'a', 1)"), R"("a-1")");
  EXPECT_EQ(call("States.Format('plain')"), R"("plain")");
  EXPECT_EQ(call("States.Format('{}', $.o)"), R"("{k=[1, x, null], e={}}")");
  EXPECT_EQ(call("States.Format($.t, true)"), R"("<true>")");
  EXPECT_EQ(call(R"(States.Format('\{\} {} it\'s \\', null))"), R"("{} null it's \\")");
  EXPECT_EQ(call("States.Format('{} {} {} {}', 1.5, $.whole, $.big, $.small)"), R"("1.5 2.0 1.5E10 1.2E-4")");
}

TEST_F(IntrinsicTest, FormatRefusesBrokenTemplates) {
  const std::string head = "States.Runtime: The function '";
  const std::string tail = "' had the following error: ";
  for (const std::string& text :
       {std::string("States.Format('{')"), std::string("States.Format('{{}}', 1)")}) {
    EXPECT_EQ(call(text),
              head + text + tail + "Invalid template in States.Format: matching '}' not found for '{'.");
  }
  EXPECT_EQ(call("States.Format('}')"),
            head + "States.Format('}')" + tail +
                "Invalid template in States.Format: matching '{' not found for '}'.");
  for (const std::string& text :
       {std::string("States.Format('{} {}', 1)"), std::string("States.Format('{}', 1, 2)")}) {
    EXPECT_EQ(call(text),
              head + text + tail +
                  "Invalid arguments in States.Format: number of arguments do not match the occurrences "
                  "of {}.");
  }
  expect_invalid("States.Format(1)", "Format");
}

TEST_F(IntrinsicTest, ArrayPartitionCutsFractionsOff) {
  set_input(R"({"a": [1, 2, 3, 4, 5]})");
  EXPECT_EQ(call("States.ArrayPartition($.a, 2)"), "[[1,2],[3,4],[5]]");
  EXPECT_EQ(call("States.ArrayPartition($.a, 2.9)"), "[[1,2],[3,4],[5]]");
  EXPECT_EQ(call("States.ArrayPartition(States.Array(), 2)"), "[]");
  expect_invalid("States.ArrayPartition($.a, 0.9)", "ArrayPartition");
  expect_invalid("States.ArrayPartition($.a, '2')", "ArrayPartition");
  expect_invalid("States.ArrayPartition('a', 2)", "ArrayPartition");
}

TEST_F(IntrinsicTest, ArrayContainsComparesText) {
  set_input(
      R"({"a": [1, "two", {"x": 1, "y": [2]}, null], "o": {"x": 1, "y": [2]}, "p": {"y": [2], "x": 1}})");
  EXPECT_EQ(call("States.ArrayContains($.a, 1)"), "true");
  EXPECT_EQ(call("States.ArrayContains($.a, 'two')"), "true");
  EXPECT_EQ(call("States.ArrayContains($.a, $.o)"), "true");
  EXPECT_EQ(call("States.ArrayContains($.a, null)"), "true");
  EXPECT_EQ(call("States.ArrayContains($.a, 'three')"), "false");
  EXPECT_EQ(call("States.ArrayContains($.a, $.p)"), "false");
  EXPECT_EQ(call("States.ArrayContains($.a, '1')"), "true");
  expect_invalid("States.ArrayContains('a', 1)", "ArrayContains");
}

TEST_F(IntrinsicTest, ArrayRangeIncludesItsEnd) {
  EXPECT_EQ(call("States.ArrayRange(1, 7, 3)"), "[1,4,7]");
  EXPECT_EQ(call("States.ArrayRange(1, 6, 3)"), "[1,4]");
  EXPECT_EQ(call("States.ArrayRange(3, -1, -2)"), "[3,1,-1]");
  EXPECT_EQ(call("States.ArrayRange(1, 5, -1)"), "[]");
  EXPECT_EQ(call("States.ArrayRange(1.9, 3.9, 1.9)"), "[1,2,3]");
  expect_invalid("States.ArrayRange(1, 2, 0)", "ArrayRange");
  expect_invalid("States.ArrayRange(1, 1001, 1)", "ArrayRange");
  expect_invalid("States.ArrayRange('1', 2, 1)", "ArrayRange");
  EXPECT_EQ(json_of(call("States.ArrayRange(1, 1000, 1)")).size(), kMaxArrayRangeItems);
}

TEST_F(IntrinsicTest, ArrayGetItemWantsAnIndexInside) {
  set_input(R"({"a": [10, 20]})");
  EXPECT_EQ(call("States.ArrayGetItem($.a, 1)"), "20");
  EXPECT_EQ(call("States.ArrayGetItem($.a, 0.9)"), "10");
  EXPECT_EQ(call("States.ArrayGetItem(States.Array(), 4)"), "null");
  expect_invalid("States.ArrayGetItem($.a, 2)", "ArrayGetItem");
  expect_invalid("States.ArrayGetItem($.a, -1)", "ArrayGetItem");
  expect_invalid("States.ArrayGetItem($.a, '0')", "ArrayGetItem");
}

TEST_F(IntrinsicTest, ArrayUniqueKeepsTheFirst) {
  set_input(R"({"a": [3, 1, 3, "1", {"x": 1, "y": 2}, {"y": 2, "x": 1}, null, null]})");
  EXPECT_EQ(call("States.ArrayUnique($.a)"), R"([3,1,"1",{"x":1,"y":2},null])");
  expect_invalid("States.ArrayUnique('a')", "ArrayUnique");
}

TEST_F(IntrinsicTest, Base64DecodesLeniently) {
  EXPECT_EQ(call("States.Base64Encode('Zebra ü')"), R"("WmVicmEgw7w=")");
  EXPECT_EQ(call("States.Base64Decode('WmVicmEgw7w=')"), R"("Zebra ü")");
  EXPECT_EQ(call("States.Base64Decode('WmVi-cmE')"), R"("Zebra")");
  EXPECT_EQ(call("States.Base64Decode('WmU= tail')"), R"("Ze")");
  EXPECT_EQ(call("States.Base64Decode('')"), R"("")");
  EXPECT_EQ(call("States.Base64Decode('/w==')"), "\"\xEF\xBF\xBD\"");
  expect_invalid("States.Base64Decode('W')", "Base64Decode");
  expect_invalid("States.Base64Encode(1)", "Base64Encode");
}

TEST_F(IntrinsicTest, EncodersTakeTenThousandCharacters) {
  input_ = json::object({{"fits", std::string(10'000, 'a')}, {"not", std::string(10'001, 'a')}});
  EXPECT_EQ(call("States.Base64Encode($.fits)").size(), 13'338u);
  EXPECT_NE(call("States.Base64Encode($.not)").find("Invalid arguments in States.Base64Encode"),
            std::string::npos);
  EXPECT_NE(call("States.Base64Decode($.not)").find("Invalid arguments"), std::string::npos);
  EXPECT_NE(call("States.Hash($.not, 'MD5')").find("Invalid arguments"), std::string::npos);
}

TEST_F(IntrinsicTest, HashKnowsFiveAlgorithms) {
  EXPECT_EQ(call("States.Hash('soma', 'MD5')"), R"("15a00ab33070d69d3ec3f03a9222034b")");
  EXPECT_EQ(call("States.Hash('', 'SHA-1')"), R"("da39a3ee5e6b4b0d3255bfef95601890afd80709")");
  EXPECT_EQ(call("States.Hash('', 'SHA-256')"),
            R"("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")");
  EXPECT_EQ(call("States.Hash('a', 'SHA-384')").size(), 98u);
  EXPECT_EQ(call("States.Hash('a', 'SHA-512')").size(), 130u);
  EXPECT_EQ(call("States.Hash(12, 'MD5')"), call("States.Hash('12', 'MD5')"));
  expect_invalid("States.Hash('a', 'sha-256')", "Hash");
}

TEST_F(IntrinsicTest, JsonMergeIsShallow) {
  set_input(R"({"a": {"x": {"deep": 1}, "y": 1}, "b": {"x": {"other": 2}, "z": null}})");
  EXPECT_EQ(call("States.JsonMerge($.a, $.b, false)"), R"({"x":{"other":2},"y":1,"z":null})");
  EXPECT_EQ(call("States.JsonMerge($.a, $.b, 'no')"), R"({"x":{"other":2},"y":1,"z":null})");
  expect_invalid("States.JsonMerge($.a, $.b, true)", "JsonMerge");
  expect_invalid("States.JsonMerge($.a, 1, false)", "JsonMerge");
}

TEST_F(IntrinsicTest, JsonAndTextTurnIntoEachOther) {
  set_input(R"({"o": {"k": [1, 2.5, "x"]}})");
  EXPECT_EQ(call("States.JsonToString($.o)"), R"("{\"k\":[1,2.5,\"x\"]}")");
  EXPECT_EQ(call("States.StringToJson(States.JsonToString($.o))"), R"({"k":[1,2.5,"x"]})");
  EXPECT_EQ(call("States.StringToJson(' [1] ')"), "[1]");
  EXPECT_EQ(call("States.StringToJson('  ')"), "null");
  expect_invalid("States.StringToJson('{a:1}')", "StringToJson");
  expect_invalid("States.StringToJson(1)", "StringToJson");
}

TEST_F(IntrinsicTest, MathAddRoundsHalfUpWithinInt32) {
  EXPECT_EQ(call("States.MathAdd(40, 2)"), "42");
  EXPECT_EQ(call("States.MathAdd(1.5, 2.4)"), "4");
  EXPECT_EQ(call("States.MathAdd(-2.5, 0)"), "-2");
  EXPECT_EQ(call("States.MathAdd(2147483646, 1)"), "2147483647");
  expect_invalid("States.MathAdd(2147483647, 1)", "MathAdd");
  expect_invalid("States.MathAdd(3000000000, -3000000000)", "MathAdd");
  expect_invalid("States.MathAdd('1', 1)", "MathAdd");
}

// The numbers of java.util.Random.
TEST_F(IntrinsicTest, MathRandomRepeatsForASeed) {
  EXPECT_EQ(call("States.MathRandom(0, 100, 42)"), "30");
  EXPECT_EQ(call("States.MathRandom(0, 10, 42)"), "0");
  EXPECT_EQ(call("States.MathRandom(0, 16, 1)"), "11");
  EXPECT_EQ(call("States.MathRandom(-5, 95, 3)"), call("States.MathRandom(-5, 95, 3)"));
}

TEST_F(IntrinsicTest, MathRandomLeavesItsEndOut) {
  for (int i = 0; i < 50; ++i) {
    json::Value value = json_of(call("States.MathRandom(3.9, 5)"));
    EXPECT_TRUE(value == json::Value(3) || value == json::Value(4));
  }
  json::Value far = json_of(call("States.MathRandom(-2000000000, 2000000000)"));
  EXPECT_LT(std::abs(far.as_double()), 2e9);
  expect_invalid("States.MathRandom(5, 5)", "MathRandom");
  expect_invalid("States.MathRandom(1.4, 1.6)", "MathRandom");
  expect_invalid("States.MathRandom(1, 9, 'seed')", "MathRandom");
}

TEST_F(IntrinsicTest, StringSplitTakesASetOfDelimiters) {
  EXPECT_EQ(call("States.StringSplit('a,b;c', ',;')"), R"(["a","b","c"])");
  EXPECT_EQ(call("States.StringSplit(',a,,b,', ',')"), R"(["a","b"])");
  EXPECT_EQ(call("States.StringSplit('aéb', 'é')"), R"(["a","b"])");
  EXPECT_EQ(call("States.StringSplit('abc', '')"), R"(["abc"])");
  EXPECT_EQ(call("States.StringSplit('', ',')"), "[]");
  expect_invalid("States.StringSplit(1, ',')", "StringSplit");
}

TEST_F(IntrinsicTest, UuidIsOfVersionFour) {
  std::string uuid = call("States.UUID()");
  ASSERT_EQ(uuid.size(), 38u);
  EXPECT_EQ(uuid[9], '-');
  EXPECT_EQ(uuid[15], '4');
  EXPECT_NE(std::string("89ab").find(uuid[20]), std::string::npos);
  EXPECT_NE(uuid, call("States.UUID()"));
}

TEST_F(IntrinsicTest, SourceTellsWhatItReads) {
  auto source = Source::compile("States.Format('{}{}', States.Array($b.x, $$.State, $a), $.c)");
  ASSERT_TRUE(source.has_value());
  EXPECT_EQ(source->variables(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(source->reads_context());
  EXPECT_FALSE(Source::compile("$.a")->reads_context());
  EXPECT_TRUE(Source::compile("$")->whole());
}

}  // namespace
}  // namespace soma::workflow::query
