#include "base/os/result.h"

#include <algorithm>
#include <cerrno>

#include <gtest/gtest.h>

namespace soma::os {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(Code::kInvalidArgument, "odd", "use an even number");
  return number / 2;
}

Result<int> quarter(int number) {
  SOMA_ASSIGN(int once, half(number));
  SOMA_ASSIGN(int twice, half(once));
  return twice;
}

Result<> check(int number) {
  SOMA_TRY(quarter(number));
  return {};
}

TEST(Result, PassesTheFirstErrorUp) {
  EXPECT_EQ(quarter(12), 3);
  EXPECT_TRUE(check(8));
  Result<> failed = check(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().to_string(), "InvalidArgument: odd (use an even number)");
}

TEST(Result, ErrorWithoutHintHasNoBrackets) {
  EXPECT_EQ((Error{Code::kCorrupt, "bad page"}).to_string(), "Corrupt: bad page");
}

TEST(Result, NamesEveryCodeOnce) {
  std::vector<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    std::string_view name = code_name(static_cast<Code>(code));
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 0) << name;
    names.push_back(name);
  }
  EXPECT_EQ(names.size(), 14u);
}

TEST(Result, MapsErrnoToCodes) {
  EXPECT_EQ(fail_errno("open x", ENOENT).error().code, Code::kNotFound);
  EXPECT_EQ(fail_errno("open x", EACCES).error().code, Code::kPermissionDenied);
  EXPECT_EQ(fail_errno("write x", ENOSPC).error().code, Code::kLimitExceeded);
  EXPECT_EQ(fail_errno("sync x", EIO).error().code, Code::kInternal);
  Error error = fail_errno("write x", ENOSPC).error();
  EXPECT_EQ(error.message, "write x: No space left on device");
  ASSERT_EQ(error.details.size(), 1u);
  EXPECT_EQ(error.details[0].second, "ENOSPC");
}

TEST(Result, UnknownErrnoStillHasText) {
  EXPECT_EQ(fail_errno("call", 54321).error().message, "call: error 54321");
}

}  // namespace
}  // namespace soma::os
