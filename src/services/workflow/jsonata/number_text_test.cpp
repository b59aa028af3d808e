#include <gtest/gtest.h>

#include <cmath>

#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/rounding.h"

namespace soma::workflow::jsonata {
namespace {

TEST(JsonataNumberText, IsTheShortestThatReadsBack) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(1e21), "1e+21");
  EXPECT_EQ(number_text(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(number_text(0.000001), "0.000001");
  EXPECT_EQ(number_text(0.0000001), "1e-7");
  EXPECT_EQ(number_text(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(number_text(5e-324), "5e-324");
  EXPECT_EQ(number_text(-1234.5), "-1234.5");
}

TEST(JsonataNumberText, Has15Digits) {
  EXPECT_EQ(to_15_digits(0.1 + 0.2), 0.3);
  EXPECT_EQ(to_15_digits(100000000000000.5), 100000000000001.0);  // halves go up
  EXPECT_EQ(to_15_digits(1.0000000000000002), 1.0);
  EXPECT_EQ(to_15_digits(123456789.0), 123456789.0);
}

TEST(JsonataNumberText, FixedHalvesGoUp) {
  EXPECT_EQ(fixed_text(0.5, 0), "1");
  EXPECT_EQ(fixed_text(2.5, 0), "3");
  EXPECT_EQ(fixed_text(1.25, 1), "1.3");
  EXPECT_EQ(fixed_text(1.005, 2), "1.00");  // it is a little less
  EXPECT_EQ(fixed_text(0, 2), "0.00");
  EXPECT_EQ(fixed_text(0.0625, 3), "0.063");
  EXPECT_EQ(fixed_text(9.5, 0), "10");
}

TEST(JsonataNumberText, OtherRadixes) {
  EXPECT_EQ(radix_text(255, 16), "ff");
  EXPECT_EQ(radix_text(-10, 2), "-1010");
  EXPECT_EQ(radix_text(1e21, 10), "1e+21");
}

TEST(JsonataNumberText, ReadsWholeTextsOnly) {
  EXPECT_EQ(read_decimal("1.5e3"), 1500);
  EXPECT_EQ(read_decimal("1e-400"), 0);
  EXPECT_FALSE(read_decimal("1e400"));
  EXPECT_FALSE(read_decimal("1x"));
  EXPECT_FALSE(read_decimal(".5"));
  EXPECT_EQ(leading_integer(" +42px"), 42);
  EXPECT_TRUE(std::isnan(leading_integer("px")));
}

TEST(JsonataNumberText, RoundsHalvesToEven) {
  EXPECT_EQ(round_half_even(0.5, 0), 0);
  EXPECT_EQ(round_half_even(1.5, 0), 2);
  EXPECT_EQ(round_half_even(4.525, 2), 4.52);
  EXPECT_EQ(round_half_even(1234.567, -2), 1200);
  EXPECT_FALSE(std::signbit(round_half_even(-0.2, 0)));
}

}  // namespace
}  // namespace soma::workflow::jsonata
