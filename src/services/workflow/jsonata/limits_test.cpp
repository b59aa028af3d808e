// No expression runs without end, takes all memory, or overflows the stack.
#include <gtest/gtest.h>

#include "services/workflow/jsonata/jsonata_test_kit.h"

namespace soma::workflow::jsonata {
namespace {

constexpr Limits kFew{.max_steps = 100'000};

TEST(JsonataLimits, EndlessRecursionEnds) {
  EXPECT_EQ(run("($f := function($n) { 1 + $f($n) }; $f(1))"), "error U1001");
  EXPECT_EQ(run("($f := function($n) { $f($n) }; $f(1))", "", kFew), "error U1001");
  EXPECT_EQ(run("($f := function() { $map([1], $f) }; $f())"), "error U1001");
  EXPECT_EQ(
      run("($f := function($n, $g) { $n = 0 ? $g : $f($n - 1, $g ~> $uppercase) }; $f(3000, $trim)('a'))"),
      "error U1001");
}

TEST(JsonataLimits, NestedLoopsEnd) {
  EXPECT_EQ(run("[1..1000].([1..1000].(1))", "", kFew), "error U1001");
  EXPECT_EQ(
      run("$sort([1..1000], function($a, $b) { $count($filter([1..1000], function($x) { $x > $a })) > 3 })",
          "", kFew),
      "error U1001");
}

TEST(JsonataLimits, RangesHaveASize) {
  EXPECT_EQ(run("$count([1..873782])"), "873782");
  EXPECT_EQ(run("[1..873783]"), "error D2014");
  EXPECT_EQ(run("$range(0, 1e300, 1)"), "error D2014");
}

TEST(JsonataLimits, TextsHaveASize) {
  EXPECT_EQ(run("$length($pad('', 4194304))"), "4194304");
  EXPECT_EQ(run("$pad('', 8388608)"), "error D2014");
  EXPECT_EQ(run("($d := function($s, $n) { $n = 0 ? $s : $d($s & $s, $n - 1) }; $length($d('x', 40)))"),
            "error D2014");
  EXPECT_EQ(run("$replace($pad('', 100000, 'a'), 'a', $pad('', 100, 'b'))"), "error D2014");
  EXPECT_EQ(run("$join($map([1..5000], function() { $pad('', 1000) }))"), "error D2014");
}

TEST(JsonataLimits, ALoopOverTextIsLinear) {
  EXPECT_EQ(run("$length($reduce([1..20000], function($a, $b) { $a & 'abcdefghij' }, ''))"), "200000");
  EXPECT_EQ(run("$count($reduce([1..20000], function($a, $b) { $append($a, $b) }, []))"), "20000");
}

TEST(JsonataLimits, MemoryIsLimited) {
  EXPECT_EQ(run("[1..100000].[$, $]", "", {.max_value_bytes = 1u << 20}), "error D2014");
}

TEST(JsonataLimits, WhatIsSharedIsCountedAsOftenAsItIsWritten) {
  EXPECT_EQ(run("$reduce([1..40], function($a) { [[$a], [$a]] })"), "error D3050");
  EXPECT_EQ(run("$reduce([1..40], function($a, $b) { [[$a], [$a]] })", "", {.max_value_bytes = 4u << 20}),
            "error D2014");
  EXPECT_EQ(run("($x := $reduce([1..40], function($a, $b) { [[$a], [$a]] }); $y := $reduce([1..40], "
                "function($a, $b) {"
                " [[$a], [$a]] }); $x = $y)",
                "", kFew),
            "error U1001");
}

TEST(JsonataLimits, ParsedTextsCount) {
  EXPECT_EQ(
      run("$count([1..1000].$parse('[' & $pad('', 10000, '0,') & '0]'))", "", {.max_value_bytes = 4u << 20}),
      "error D2014");
}

TEST(JsonataLimits, PatternsCannotExplode) {
  EXPECT_EQ(run("$contains($pad('', 40, 'a'), /^(a+)+$/)"), "true");
  EXPECT_EQ(run("$contains($pad('', 40, 'a') & 'b', /^(a+)+$/)", "", kFew), "error U1001");
  EXPECT_EQ(run("$contains($pad('', 40, 'a') & 'b', /^(a|aa)+$/)", "", kFew), "error U1001");
}

TEST(JsonataLimits, ValuesHaveADepth) {
  EXPECT_EQ(run("$reduce([1..5000], function($a, $b) { [[$a]] })"), "error U1001");
  EXPECT_EQ(run("$string($reduce([1..5000], function($a, $b) { {'a': $a} }))"), "error U1001");
  EXPECT_EQ(run("$reduce([1..5000], function($a, $b) { [[$a]] }) ? 1 : 2"), "error U1001");
}

TEST(JsonataLimits, DepthIsCounted) {
  EXPECT_EQ(run("($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(100))"), "100");
  EXPECT_EQ(run("($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(100))", "", {.max_depth = 100}),
            "error U1001");
}

TEST(JsonataLimits, TheLimitIsNamed) {
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  const auto expression = Expression::compile("[1..1000000]");
  ASSERT_TRUE(expression);
  const auto result = expression->evaluate({}, {.now = clock.now(), .ids = *ids});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kLimitExceeded);
  EXPECT_EQ(detail(result.error(), "limit"), "max_range_items");
}

}  // namespace
}  // namespace soma::workflow::jsonata
