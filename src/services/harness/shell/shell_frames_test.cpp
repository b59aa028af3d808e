#include "services/harness/shell/shell_frames.h"

#include <gtest/gtest.h>

namespace soma::harness {
namespace {

TEST(ShellFrames, AChannelStandsInFrontOfItsPayload) {
  EXPECT_EQ(shell_frame(ShellChannel::kOutput, "hi"), "\x01hi");
  EXPECT_EQ(shell_frame(ShellChannel::kClose), "\xff");
}

TEST(ShellFrames, AConfirmationNamesTheShellAndComesBackAsItWas) {
  EXPECT_EQ(
      confirmation_frame("s1", true, 0),
      "\x03{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{\"shellId\":\"s1\",\"reconnected\":true},"
      "\"status\":\"Success\"}");
  const auto status = parse_status(confirmation_frame("s1", false, 17).substr(1));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->shell_id, "s1");
  EXPECT_FALSE(status->reconnected);
  EXPECT_EQ(status->dropped_bytes, 17u);
}

TEST(ShellFrames, AnEndHasItsExitCode) {
  for (const int code : {0, 1, 137}) {
    const auto status = parse_status(exit_frame(code).substr(1));
    ASSERT_TRUE(status);
    EXPECT_EQ(status->shell_id, "");
    EXPECT_EQ(status->exit_code, code);
  }
}

TEST(ShellFrames, ASizeMustBeOne) {
  const os::TerminalSize size{.columns = 132, .rows = 43};
  EXPECT_EQ(parse_resize(resize_frame(size).substr(1)), size);
  for (const char* bad : {"", "{}", "[]", R"({"width":0,"height":24})", R"({"width":80,"height":10001})",
                          R"({"width":"80","height":24})", R"({"width":80.5,"height":24})"})
    EXPECT_FALSE(parse_resize(bad)) << bad;
}

TEST(ShellFrames, AShellIdIsAName) {
  for (const std::string& good : {std::string("a"), std::string("build_1-x"), std::string(128, 'x')})
    EXPECT_TRUE(check_shell_id(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("-a"), std::string("a/b"), std::string("a b"), std::string(129, 'x')})
    EXPECT_FALSE(check_shell_id(bad)) << bad;
}

}  // namespace
}  // namespace soma::harness
