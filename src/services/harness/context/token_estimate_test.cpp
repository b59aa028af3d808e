#include "services/harness/context/token_estimate.h"

#include <gtest/gtest.h>

#include "services/harness/context/context_test_kit.h"

namespace soma::harness {
namespace {

TEST(TokenEstimate, TextCostsByItsBytes) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_EQ(estimate_tokens("abc"), 1);
  EXPECT_EQ(estimate_tokens("abcd"), 2);
  EXPECT_EQ(estimate_tokens("привет"), 6);    // 12 bytes
  EXPECT_EQ(estimate_tokens("漢字漢字"), 6);  // 12 bytes
  EXPECT_EQ(estimate_tokens("🙂"), 2);
}

TEST(TokenEstimate, BlocksCostTheirFrameAndContent) {
  EXPECT_EQ(estimate_tokens(user("abc")), kMessageTokens + 1);
  EXPECT_EQ(
      estimate_tokens(model::Block(model::Image{{.format = "png", .bytes = std::string(1 << 20, 'x')}})),
      kImageTokens);
  EXPECT_EQ(estimate_tokens(model::Block(use("id", "shell"))), kToolBlockTokens + 2 + 1);  // "{}"
  EXPECT_EQ(estimate_tokens(model::Block(result("id", "abcdef"))), kToolBlockTokens + 2);
  model::ToolResult pictures{"id", false, {model::Image{}, model::JsonContent{json::array({1, 2})}}};
  EXPECT_EQ(estimate_tokens(model::Block(pictures)), kToolBlockTokens + kImageTokens + 2);
  EXPECT_EQ(estimate_tokens(model::Block(model::Document{{.format = "md", .bytes = "abcdef"}})), 2);
  EXPECT_EQ(
      estimate_tokens(model::Block(model::Document{{.format = "pdf", .bytes = std::string(100, '\0')}})),
      kDocumentTokens + 5);
  EXPECT_EQ(estimate_tokens(model::Block(model::Document{{.format = "pdf", .file = "a.pdf"}})),
            kDocumentTokens);
  EXPECT_EQ(
      estimate_tokens(model::Block(model::Reasoning{.text = "abc", .signature = "abc", .redacted = "abc"})),
      3);
}

TEST(TokenEstimate, InstructionsAndToolsAreFixed) {
  const std::vector<std::string> system{"abc", "abcdef"};
  const std::vector<model::ToolSpec> tools{{"abc", "abcdef", json::object({{"type", "object"}})}};
  EXPECT_EQ(estimate_fixed_tokens(system, tools), 2 * kMessageTokens + 3 + kToolSpecTokens + 3 + 6);
  EXPECT_EQ(estimate_fixed_tokens({}, {}), 0);
}

TEST(TokenEstimate, PrefixesHoldTheirTokensAndWholeCharacters) {
  EXPECT_EQ(prefix_of_tokens("abcdef", 1), "abc");
  EXPECT_EQ(prefix_of_tokens("abcdef", 100), "abcdef");
  EXPECT_EQ(prefix_of_tokens("abcdef", 0), "");
  EXPECT_EQ(prefix_of_tokens("漢字", 2), "漢");
  for (int64_t tokens = 0; tokens < 20; ++tokens) {
    const std::string_view prefix = prefix_of_tokens("a漢б🙂zz漢字漢字ббб", tokens);
    EXPECT_LE(estimate_tokens(prefix), tokens);
    EXPECT_TRUE(os::is_valid_utf8(prefix));
  }
}

TEST(TokenEstimate, ProvidersCountCorrectsTheNextEstimate) {
  EXPECT_EQ(
      calibrated_scale(
          1'000, {.input_tokens = 100, .cache_read_input_tokens = 500, .cache_write_input_tokens = 150}),
      0.75);
  EXPECT_EQ(calibrated_scale(1'000, {.input_tokens = 100}), kMinScale);
  EXPECT_EQ(calibrated_scale(1'000, {.input_tokens = 9'000}), kMaxScale);
  EXPECT_EQ(calibrated_scale(0, {.input_tokens = 9}), 1);
  EXPECT_EQ(calibrated_scale(1'000, {.output_tokens = 9}), 1);
}

TEST(TokenEstimate, ReserveIsTheAnswersWithinATenthAndAHalf) {
  EXPECT_EQ(context_budget(100'000, std::nullopt).reserve, 10'000);
  EXPECT_EQ(context_budget(100'000, 4'096).reserve, 10'000);
  EXPECT_EQ(context_budget(100'000, 32'000).reserve, 32'000);
  EXPECT_EQ(context_budget(100'000, 64'000).reserve, 50'000);
  EXPECT_EQ(context_budget(std::nullopt, 64'000).usable(), std::nullopt);
}

TEST(TokenEstimate, CompactionIsNeededPastTheUsableWindow) {
  const ContextBudget budget = context_budget(1'000, std::nullopt);
  EXPECT_FALSE(needs_compaction(900, budget));
  EXPECT_TRUE(needs_compaction(901, budget));
  EXPECT_TRUE(needs_compaction(451, context_budget(1'000, std::nullopt, 2)));
  EXPECT_FALSE(needs_compaction(INT32_MAX, context_budget(std::nullopt, std::nullopt)));
}

}  // namespace
}  // namespace soma::harness
