#include "services/workflow/executions/redrive_tokens.h"

#include <gtest/gtest.h>

namespace soma::workflow {
namespace {

const os::Time kNow = os::from_unix_ms(1'800'000'000'000);

TEST(RedriveTokens, ATokenIsKnownForAQuarterOfAnHour) {
  const std::string label = with_redrive_token("", "a", kNow);
  EXPECT_EQ(redriven_with(label, "a", kNow + std::chrono::minutes(14)), kNow);
  EXPECT_EQ(redriven_with(label, "a", kNow + kRedriveTokenLife), std::nullopt);
  EXPECT_EQ(redriven_with(label, "b", kNow), std::nullopt);
}

TEST(RedriveTokens, TheLastTenAreKept) {
  std::string label;
  for (size_t i = 0; i <= kMaxRedriveTokens; ++i) label = with_redrive_token(label, std::to_string(i), kNow);
  EXPECT_EQ(redriven_with(label, "0", kNow), std::nullopt);
  EXPECT_EQ(redriven_with(label, "1", kNow), kNow);
  EXPECT_EQ(redriven_with(label, "10", kNow), kNow);
}

}  // namespace
}  // namespace soma::workflow
