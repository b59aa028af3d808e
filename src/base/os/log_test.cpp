#include "base/os/log.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/os/text.h"

namespace soma::os {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

// What log() writes to stderr while `action` runs.
template <class Action>
std::string logged(Action action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

class LogTest : public testing::Test {
 protected:
  ~LogTest() override {
    set_log_level(Level::kInfo);
    set_log_format(LogFormat::kText);
  }
};

TEST_F(LogTest, TextIsOneReadableLine) {
  std::string line = logged([] {
    log(Level::kInfo, "server.started",
        {{"url", "http://127.0.0.1:8080/"},
         {"pid", 42},
         {"ratio", 0.5},
         {"first", true},
         {"note", "two words"}});
  });
  EXPECT_THAT(
      line, MatchesRegex("20..-..-..T..:..:..\\....Z INFO  server.started url=http://127.0.0.1:8080/ pid=42 "
                         "ratio=0.5 first=true note=\"two words\"\n"));
}

TEST_F(LogTest, JsonIsOneObject) {
  set_log_format(LogFormat::kJson);
  std::string line = logged([] {
    log(Level::kWarning, "tool.failed", {{"tool", "shell"}, {"code", -1}, {"text", "a \"b\" \\ \n\x01"}});
  });
  EXPECT_THAT(line,
              MatchesRegex("\\{\"time\":\"[^\"]*\",\"level\":\"warning\",\"event\":\"tool.failed\",.*\\}\n"));
  EXPECT_THAT(line, HasSubstr(R"("tool":"shell","code":-1,"text":"a \"b\" \\ \n\u0001"})"));
}

TEST_F(LogTest, NoValueCanForgeALineOrSteerATerminal) {
  std::string line = logged([] { log(Level::kInfo, "x", {{"evil", "a\n2026 ERROR fake\x1b[2J\x7f"}}); });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_THAT(line, Not(HasSubstr("\x7f")));
}

TEST_F(LogTest, SecretsAreNotShown) {
  for (LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    set_log_format(format);
    std::string line = logged([] { log(Level::kError, "x", {{"key", Secret{"hunter2"}}}); });
    EXPECT_THAT(line, Not(HasSubstr("hunter2")));
    EXPECT_THAT(line, HasSubstr("***"));
  }
}

TEST_F(LogTest, LevelsBelowTheLimitAreSilent) {
  set_log_level(Level::kWarning);
  EXPECT_FALSE(log_enabled(Level::kInfo));
  EXPECT_EQ(logged([] { log(Level::kInfo, "quiet"); }), "");
  EXPECT_NE(logged([] { log(Level::kError, "loud"); }), "");
  set_log_level(Level::kOff);
  EXPECT_EQ(logged([] { log(Level::kError, "quiet"); }), "");
}

TEST_F(LogTest, LongLinesAreCutToTheLimitAndStayWhole) {
  const std::string flood(100'000, '\x01');  // six bytes each once escaped
  const std::string wide = [] {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "€";
    return text;
  }();
  for (LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    set_log_format(format);
    for (const std::string& value : {flood, wide, std::string(100'000, 'x'), std::string(100'000, '"')}) {
      std::string line = logged([&] { log(Level::kInfo, "x", {{"a", value}, {"b", value}, {"c", "last"}}); });
      EXPECT_LE(line.size(), kMaxLogLineBytes);
      EXPECT_GE(line.size(), kMaxLogLineBytes / 2);
      EXPECT_TRUE(is_valid_utf8(line));
      EXPECT_THAT(line, HasSubstr("…\""));
      EXPECT_TRUE(line.ends_with(format == LogFormat::kJson ? "}\n" : "\n"));
      EXPECT_THAT(line, HasSubstr("cut"));
    }
  }
}

TEST_F(LogTest, InvalidUtf8BecomesReplacementCharacters) {
  set_log_format(LogFormat::kJson);
  EXPECT_THAT(logged([] { log(Level::kInfo, "x", {{"bytes", "a\xff\xfe"}}); }), HasSubstr("a\uFFFD\uFFFD"));
}

}  // namespace
}  // namespace soma::os
