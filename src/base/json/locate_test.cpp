#include <gtest/gtest.h>

#include "base/json/json.h"

namespace soma::json {

static bool operator==(const Position& left, const Position& right) {
  return left.line == right.line && left.column == right.column;
}

static void PrintTo(const Position& position, std::ostream* out) {
  *out << position.line << ':' << position.column;
}

namespace {

constexpr std::string_view kText = R"(
{
  "model": {"provider": "bedrock", "a/b": 1},
  "tools": [
    {"type": "shell"},
    [1, "]", {"deep": true}]
  ],
  "last\u0021": null
})";

TEST(Locate, FindsKeysAndElements) {
  EXPECT_EQ(locate(kText, ""), (Position{2, 1}));
  EXPECT_EQ(locate(kText, "/model"), (Position{3, 3}));
  EXPECT_EQ(locate(kText, "/model/a~1b"), (Position{3, 36}));
  EXPECT_EQ(locate(kText, "/tools/0"), (Position{5, 5}));
  EXPECT_EQ(locate(kText, "/tools/0/type"), (Position{5, 6}));
  EXPECT_EQ(locate(kText, "/tools/1/1"), (Position{6, 9}));
  EXPECT_EQ(locate(kText, "/tools/1/2/deep"), (Position{6, 15}));
  EXPECT_EQ(locate(kText, "/last!"), (Position{8, 3}));
}

TEST(Locate, UnknownPointersGiveTheNearestEnclosingValue) {
  EXPECT_EQ(locate(kText, "/nothing"), (Position{2, 1}));
  EXPECT_EQ(locate(kText, "/model/nothing/more"), (Position{3, 3}));
  EXPECT_EQ(locate(kText, "/tools/2"), (Position{4, 3}));
  EXPECT_EQ(locate(kText, "/tools/x"), (Position{4, 3}));
  EXPECT_EQ(locate(kText, "broken"), (Position{2, 1}));
  EXPECT_EQ(locate("[]", "/0"), (Position{1, 1}));
  EXPECT_EQ(locate("{}", "/a"), (Position{1, 1}));
  EXPECT_EQ(locate("1", "/a"), (Position{1, 1}));
}

TEST(Locate, StaysInsideABrokenText) {
  for (size_t length = 0; length < kText.size(); ++length) {
    Position position = locate(kText.substr(0, length), "/tools/1/2/deep");
    EXPECT_GE(position.line, 1u);
    EXPECT_LE(position.line, 8u);
  }
}

}  // namespace
}  // namespace soma::json
