#include "core/tool/result_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/tool/tool.h"

namespace soma::tool {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ResultTextTest, CutsTheMiddleOnCharacterBorders) {
  EXPECT_EQ(cut_middle("short", kMaxResultBytes), "short");
  std::string text;
  while (text.size() < 2 * kMaxResultBytes) text += "é€";
  for (size_t max_bytes = kMaxResultBytes; max_bytes > kMaxResultBytes - 12; --max_bytes) {
    std::string cut = cut_middle("begin" + text + "end", max_bytes);
    EXPECT_LE(cut.size(), max_bytes);
    EXPECT_GT(cut.size(), max_bytes - 16);
    EXPECT_TRUE(os::is_valid_utf8(cut));
    EXPECT_THAT(cut, StartsWith("begin"));
    EXPECT_THAT(cut, EndsWith("end"));
    EXPECT_THAT(cut, HasSubstr("bytes left out …]"));
  }
}

TEST(ResultTextTest, OneByteDecidesWhetherATextIsShortened) {
  const std::string text(kMinResultBytes, 'x');
  EXPECT_EQ(cut_middle(text.substr(1), kMinResultBytes), text.substr(1));
  EXPECT_EQ(cut_middle(text, kMinResultBytes), text);
  const std::string cut = cut_middle(text + "x", kMinResultBytes);
  EXPECT_THAT(cut, HasSubstr("left out"));
  EXPECT_LE(cut.size(), kMinResultBytes);
}

TEST(ResultTextTest, WhatIsLeftOutIsCountedToTheByte) {
  const std::string text(100'000, 'x');
  const std::string cut = cut_middle(text, 2048);
  const auto shown = static_cast<size_t>(std::ranges::count(cut, 'x'));
  EXPECT_THAT(cut, HasSubstr("[… " + with_commas(text.size() - shown) + " bytes left out"));
}

TEST(ResultTextTest, TheLongestNoteAndClosingFitTheSmallestResult) {
  const KeptResult failed{.failure = os::Error{os::Code::kInternal, std::string(5000, 'e')}};
  const KeptResult cut{.path = "/workspace/.soma/results/" + std::string(110, 'p') + ".txt",
                       .bytes = UINT64_MAX,
                       .lines = UINT64_MAX,
                       .missing = UINT64_MAX,
                       .limit = std::string(80, 'l')};
  const std::string text(1'000'000, 'x');
  for (const KeptResult& kept : {failed, cut}) {
    const std::string out = shorten({.head = text, .tail = text, .total = text.size()},
                                    std::string(4096, 'c'), kMinResultBytes, &kept);
    EXPECT_LE(out.size(), kMinResultBytes);
    EXPECT_THAT(out, HasSubstr(kept.words()));
  }
}

}  // namespace
}  // namespace soma::tool
