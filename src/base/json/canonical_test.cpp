#include "base/json/canonical.h"

#include <gtest/gtest.h>

namespace soma::json {
namespace {

TEST(Canonical, SortsMembersAtEveryDepthAndNothingElse) {
  const Value value =
      *parse(R"({"b": [{"z": 1, "a": [3, 2, 1]}, "x"], "a": {"d": null, "c": "\n"}, "": true})");
  EXPECT_EQ(canonical_text(value), R"({"":true,"a":{"c":"\n","d":null},"b":[{"a":[3,2,1],"z":1},"x"]})");
}

TEST(Canonical, IsTheCompactTextOfWhatHasNoMembers) {
  for (const char* text : {"1", "1.0", "-0.0", "1e+22", "\"a\\\"b\"", "null", "[]", "{}", "[[],{}]"})
    EXPECT_EQ(canonical_text(*parse(text)), text);
}

// The example of RFC 8785, section 3.2.3: an emoji comes before U+FB33, though its UTF-8 is greater.
TEST(Canonical, OrdersNamesByTheirUtf16CodeUnits) {
  const std::vector<std::string> order = {"\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001F600", "\uFB33"};
  for (size_t left = 0; left < order.size(); ++left)
    for (size_t right = 0; right < order.size(); ++right)
      EXPECT_EQ(canonical_less(order[left], order[right]), left < right) << left << " and " << right;
  Object members;
  for (auto name = order.rbegin(); name != order.rend(); ++name) members.emplace_back(*name, 0);
  const Value sorted = *parse(canonical_text(members));
  for (size_t index = 0; index < order.size(); ++index)
    EXPECT_EQ(sorted.as_object()[index].first, order[index]);
}

TEST(Canonical, AShorterNameComesBeforeTheOneItBegins) {
  EXPECT_TRUE(canonical_less("a", "aa"));
  EXPECT_FALSE(canonical_less("aa", "a"));
  EXPECT_FALSE(canonical_less("a", "a"));
}

}  // namespace
}  // namespace soma::json
