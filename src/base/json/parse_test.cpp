#include <gtest/gtest.h>

#include "base/json/json.h"
#include "base/json/scan.h"

namespace soma::json {
namespace {

std::string detail(const os::Error& error, std::string_view key) {
  for (const auto& [name, value] : error.details) {
    if (name == key) return value;
  }
  return "";
}

// "line:column" of the error, or the value's text where there was none.
std::string error_place(std::string_view text, const ParseOptions& options = {}) {
  auto value = parse(text, options);
  if (value) return write(*value);
  return detail(value.error(), "line") + ":" + detail(value.error(), "column");
}

TEST(Parse, KeepsIntegersExactAndApartFromDoubles) {
  Value value = *parse(
      "[0, -0, 9223372036854775807, -9223372036854775808, 9223372036854775808, 18446744073709551615, 1.0, "
      "1e2, -0.0]");
  const std::vector<Type> types{Type::kInt,  Type::kInt,    Type::kInt,    Type::kInt,   Type::kUint,
                                Type::kUint, Type::kDouble, Type::kDouble, Type::kDouble};
  for (size_t i = 0; i < types.size(); ++i) EXPECT_EQ(value.at(i).type(), types[i]) << i;
  EXPECT_EQ(value.at(2).as_int(), INT64_MAX);
  EXPECT_EQ(value.at(3).as_int(), INT64_MIN);
  EXPECT_EQ(value.at(5).as_uint(), UINT64_MAX);
}

TEST(Parse, IntegersBeyond64BitsBecomeDoubles) {
  EXPECT_EQ(parse("[18446744073709551616]")->at(0).as_double(), 0x1p64);
  EXPECT_EQ(parse("[-9223372036854775809]")->at(0).as_double(), -0x1p63);
  EXPECT_EQ(parse("[" + std::string(300, '9') + "]")->at(0).as_double(), 1e300);
}

TEST(Parse, ReadsDoublesToTheLastDigit) {
  EXPECT_EQ(parse("[0.1]")->at(0).as_double(), 0.1);
  EXPECT_EQ(parse("[2.2250738585072011e-308]")->at(0).as_double(), 2.2250738585072011e-308);
  EXPECT_EQ(parse("[1.7976931348623157e308]")->at(0).as_double(), 1.7976931348623157e308);
  EXPECT_EQ(parse("[5e-324]")->at(0).as_double(), 5e-324);
  EXPECT_EQ(parse("[1e-400]")->at(0).as_double(), 0.0);
  EXPECT_EQ(parse("[9007199254740993.0]")->at(0).as_double(), 9007199254740992.0);
  EXPECT_EQ(parse("[1e400]").error().code, os::Code::kInvalidArgument);
  EXPECT_EQ(parse("[" + std::string(400, '9') + "]").error().code, os::Code::kInvalidArgument);
}

TEST(Parse, ScalarsAreDocuments) {
  EXPECT_EQ(*parse(" 42 "), Value(42));
  EXPECT_EQ(*parse("\"a\\u00e9\""), Value("aé"));
  EXPECT_EQ(*parse("true"), Value(true));
  EXPECT_EQ(*parse("null"), Value());
  EXPECT_EQ(*parse("\t-1.5e3\n"), Value(-1500.0));
}

TEST(Parse, DecodesEveryEscape) {
  EXPECT_EQ(parse(R"(["\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud834\udd1e\u0000"])")->at(0).as_string(),
            std::string("\"\\/\b\f\n\r\tAé€𝄞\0", 19));
}

TEST(Parse, KeepsMembersInOrder) {
  EXPECT_EQ(write(*parse(R"({"z":1,"a":{"y":2,"b":3}})")), R"({"z":1,"a":{"y":2,"b":3}})");
}

TEST(Parse, PointsAtTheFirstProblem) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "1:1"},
      {"  \n ", "2:2"},
      {"{\n  \"a\": 1,\n  \"b\" 2\n}", "3:7"},
      {"[1 2]", "1:4"},
      {"[1,]", "1:3"},
      {"{\"a\":1,}", "1:7"},
      {"[1", "1:3"},
      {"[", "1:2"},
      {"{", "1:2"},
      {"{\"a\"", "1:5"},
      {"{\"a\":", "1:6"},
      {"[1}", "1:3"},
      {"{\"a\":[1}", "1:8"},
      {"{a:1}", "1:2"},
      {"{1:1}", "1:2"},
      {"[1] [2]", "1:5"},
      {"[1]]", "1:4"},
      {"{}x", "1:3"},
      {"1 2", "1:3"},
      {"[tru]", "1:2"},
      {"[nul]", "1:2"},
      {"[True]", "1:2"},
      {"[NaN]", "1:2"},
      {"[-]", "1:2"},
      {"[+1]", "1:2"},
      {"[01]", "1:2"},
      {"[-01]", "1:2"},
      {"[1.]", "1:2"},
      {"[.5]", "1:2"},
      {"[1e]", "1:2"},
      {"[1e+]", "1:2"},
      {"[1a]", "1:3"},
      {"[0x10]", "1:3"},
      {"[\"a]", "1:2"},
      {"[\"a\\", "1:4"},
      {"[\"\\x\"]", "1:3"},
      {"[\"\\u12G4\"]", "1:3"},
      {"[\"\\u12", "1:3"},
      {"[\"\\ud834\"]", "1:3"},
      {"[\"\\udd1e\"]", "1:3"},
      {"[\"\\ud834\\ud834\"]", "1:3"},
      {"[\"ab\tc\"]", "1:5"},
      {"[\"ab\nc\"]", "1:5"},
      {"[\"ok\", \"ab\xff\"]", "1:11"},
      {"[\"\xed\xa0\x80\"]", "1:3"},
      {"['a']", "1:2"},
      {"// comment\n{}", "1:1"},
      {"[1, // two\n2]", "1:5"},
      {"\xEF\xBB\xBF{}", "1:1"},
      {"[1\v]", "1:3"},
      {std::string("[1]\0", 4), "1:4"},
      {std::string("[1,\0]", 5), "1:4"},
      {",", "1:1"},
      {"]", "1:1"},
      {":", "1:1"},
      {"[,1]", "1:2"},
      {"[1,,2]", "1:4"},
      {"{,}", "1:2"},
      {"{\"a\"::1}", "1:6"},
      {"{\"a\":1 \"b\":2}", "1:8"},
      {"{\"a\":1:2}", "1:7"},
      {"[\"a\":1]", "1:5"},
      {"[\xff]", "1:2"},
  };
  for (const auto& [text, place] : cases) EXPECT_EQ(error_place(text), place) << text;
}

TEST(Parse, MessageNamesFilePlaceReasonAndRemedy) {
  auto error = parse("{\n  \"a\": 1,\n}", {.source = "config.json"}).error();
  EXPECT_EQ(
      error.to_string(),
      "InvalidArgument: config.json:2:9: there is a comma with nothing behind it (take the last comma out)");
  EXPECT_EQ(detail(error, "file"), "config.json");
  EXPECT_EQ(parse("[1, # no\n]").error().to_string(),
            "InvalidArgument: JSON: line 1, column 5: expected a value, found '#' (JSON has no comments)");
}

TEST(Parse, RefusesDuplicateKeysWhereTheyStand) {
  auto error = parse("{\n \"a\": 1,\n \"b\": {\"c\": 1,\n  \"\\u0063\": 2}}").error();
  EXPECT_EQ(error.code, os::Code::kInvalidArgument);
  EXPECT_EQ(error.message, "JSON: line 4, column 3: the key 'c' stands twice in this object");
  EXPECT_EQ(error_place(R"({"a":{"x":1},"b":{"x":1}})"), R"({"a":{"x":1},"b":{"x":1}})");
}

TEST(Parse, FindsDuplicatesInLargeObjects) {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) text += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  EXPECT_EQ(parse(text + "\"last\":0}")->size(), 5001u);
  auto error = parse(text + "\"key17\":0}").error();
  EXPECT_NE(error.message.find("'key17'"), std::string::npos);
  EXPECT_EQ(detail(error, "column"), std::to_string(text.size() + 1));
}

TEST(Parse, BoundsDepth) {
  auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse(nested(kDefaultMaxDepth)));
  auto error = parse(nested(kDefaultMaxDepth + 1)).error();
  EXPECT_EQ(error.code, os::Code::kLimitExceeded);
  EXPECT_EQ(detail(error, "column"), std::to_string(kDefaultMaxDepth + 1));
  EXPECT_EQ(detail(error, "limit"), "max_depth");
  EXPECT_TRUE(parse(nested(1000), {.max_depth = 1000}));
  EXPECT_EQ(parse(nested(1001), {.max_depth = 1000}).error().code, os::Code::kLimitExceeded);
  EXPECT_EQ(parse("[]", {.max_depth = 1001}).error().code, os::Code::kInvalidArgument);
  EXPECT_EQ(parse("[]", {.max_depth = 0}).error().code, os::Code::kLimitExceeded);
  EXPECT_TRUE(parse("1", {.max_depth = 0}));
}

TEST(Parse, HostileNestingIsRefusedCheaply) {
  for (std::string_view unit : {"[", "{\"a\":", "[{\"a\":["}) {
    std::string text;
    while (text.size() < 4'000'000) text += unit;
    EXPECT_EQ(parse(text).error().code, os::Code::kLimitExceeded) << unit;
  }
}

TEST(Parse, BoundsSize) {
  auto error = parse("[1,2,3]", {.max_bytes = 6}).error();
  EXPECT_EQ(error.code, os::Code::kLimitExceeded);
  EXPECT_EQ(detail(error, "limit"), "max_bytes");
  EXPECT_TRUE(parse("[1,2,3]", {.max_bytes = 7}));
}

TEST(Parse, ReadsTextsOfEveryLengthAroundABlock) {
  for (size_t length = 0; length < 300; ++length) {
    std::string text(length, 'x');
    auto value = parse("[\"" + text + "\"]");
    ASSERT_TRUE(value) << length;
    EXPECT_EQ(value->at(0).as_string(), text);
    EXPECT_FALSE(parse("[\"" + text + "\"")) << length;
    EXPECT_FALSE(parse("[\"" + text)) << length;
  }
}

TEST(Parse, LargeTextsLeaveTheParserUsable) {
  std::string text = "[" + std::string(2'000'000, ' ') + "1]";
  EXPECT_EQ(*parse(text), array({1}));
  EXPECT_EQ(*parse("[2]"), array({2}));
}

// The quick reader and the careful one must agree on what JSON is; cutting and changing a text that holds
// everything finds out.
TEST(Parse, BothReadersAgreeOnDamagedTexts) {
  const std::string good =
      R"({"a":[1,-2.5e+3,true,false,null,"x\n\u00e9é"],"b":{"c":{},"d":[]},"e":18446744073709551615} )";
  ASSERT_TRUE(parse(good));
  auto agree = [](const std::string& text) {
    auto quick = parse(text);
    Scanner careful(text, kDefaultMaxDepth);
    ASSERT_EQ(quick.has_value(), careful.document()) << text;
    if (!quick) ASSERT_NE(quick.error().code, os::Code::kInternal) << text;
  };
  for (size_t i = 0; i < good.size(); ++i) {
    agree(good.substr(0, i));
    agree(good.substr(i));
    for (char c : std::string("\0 \n\t\"\\{}[]:,0-.eutx\x7f\x80\xc3\xff", 24)) {
      std::string text = good;
      text[i] = c;
      agree(text);
      agree(good.substr(0, i) + c + good.substr(i));
    }
  }
}

}  // namespace
}  // namespace soma::json
