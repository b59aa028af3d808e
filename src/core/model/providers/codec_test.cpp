#include "core/model/providers/codec.h"

#include <gtest/gtest.h>

namespace soma::model {
namespace {

using namespace std::chrono_literals;

std::optional<os::Duration> retry_after(net::Headers headers) {
  return failure_of_status(429, headers, "service", "", "").retry_after;
}

TEST(FailureOfStatus, ReadsHowLongToWait) {
  EXPECT_EQ(retry_after({{"Retry-After", "7"}}), 7s);
  EXPECT_EQ(retry_after({{"retry-after", "7"}, {"retry-after-ms", "250"}}), 250ms);
  EXPECT_EQ(retry_after({{"retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"}}), std::nullopt);
  EXPECT_EQ(retry_after({}), std::nullopt);
  EXPECT_EQ(retry_after({{"retry-after", "99999999999999999999"}}), 24h);
}

TEST(FailureOfStatus, CutsALongMessageAndKeepsItValid) {
  const Failure failure = failure_of_status(500, {}, "service", "oops", std::string(5000, 'x') + "\xff");
  EXPECT_LT(failure.error.message.size(), kMaxErrorMessageBytes + 64);
  EXPECT_TRUE(os::is_valid_utf8(failure.error.message));
  EXPECT_TRUE(failure.retryable);
}

TEST(FailureOfStatus, CutsAnErrorsName) {
  const Failure failure = failure_of_status(500, {}, "service", std::string(1u << 20, 'x'), "");
  EXPECT_LT(failure.error.to_string().size(), kMaxErrorTypeBytes * 4);
}

// Ten calls of 1e18 tokens made the sum negative, and with it the limit on tokens unreachable.
TEST(TokenCount, IsAFigureWhateverTheServiceWrote) {
  for (const std::string_view text : {"-5", "-1e300", "null", "\"12\"", "{}", "-9223372036854775808"})
    EXPECT_EQ(token_count(json::parse(text).value()), 0) << text;
  for (const std::string_view text : {"1000000000000000000", "1e18", "1e308", "9223372036854775807"})
    EXPECT_EQ(token_count(json::parse(text).value()), kMaxTokenCount) << text;
  EXPECT_EQ(token_count(json::parse("12").value()), 12);
  EXPECT_EQ(token_count(json::parse("12.0").value()), 12);
}

TEST(MergeAdditional, ObjectsMergeArraysAppendAnythingElseReplaces) {
  json::Value body = json::object({{"a", json::object({{"x", 1}})}, {"list", json::array({1})}, {"n", 1}});
  merge_additional(body,
                   json::object({{"a", json::object({{"y", 2}})}, {"list", json::array({2})}, {"n", 2}}));
  EXPECT_EQ(json::write(body), R"({"a":{"x":1,"y":2},"list":[1,2],"n":2})");
  merge_additional(body, json::Value());
  EXPECT_EQ(body.get("n").int_or(0), 2);
}

TEST(Formats, GoToMimeTypesAndBack) {
  for (const std::string_view format : {"png", "jpeg", "pdf", "docx", "txt", "csv"})
    EXPECT_EQ(format_of_mime(mime_type_of(format)), format);
  EXPECT_TRUE(is_text_format("md"));
  EXPECT_FALSE(is_text_format("pdf"));
}

}  // namespace
}  // namespace soma::model
