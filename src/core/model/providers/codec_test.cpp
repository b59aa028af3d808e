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
