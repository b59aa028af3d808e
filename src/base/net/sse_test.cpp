#include <gtest/gtest.h>

#include "base/net/http.h"

namespace soma::net {
namespace {

std::string text_of(const std::vector<SseEvent>& events) {
  std::string text;
  for (const SseEvent& event : events) {
    text += "[" + event.id + "|" + event.event + "|" + event.data;
    if (event.retry_ms) text += "|" + std::to_string(*event.retry_ms);
    text += "]";
  }
  return text;
}

// The same text, split into two pieces at every place, and byte by byte, must give the same events.
std::string parse_in_all_ways(std::string_view text) {
  SseParser whole;
  const auto events = whole.feed(text);
  if (!events) return "error";
  const std::string expected = text_of(*events);
  for (size_t at = 0; at <= text.size(); ++at) {
    SseParser parser;
    auto first = parser.feed(text.substr(0, at));
    auto second = parser.feed(text.substr(at));
    EXPECT_EQ(text_of(*first) + text_of(*second), expected) << "split at " << at;
  }
  SseParser parser;
  std::string by_byte;
  for (const char byte : text) by_byte += text_of(*parser.feed({&byte, 1}));
  EXPECT_EQ(by_byte, expected);
  return expected;
}

TEST(SseParser, ReadsFieldsWithEachLineEnding) {
  EXPECT_EQ(parse_in_all_ways("id: 7\nevent: add\ndata: one\ndata: two\n\n"), "[7|add|one\ntwo]");
  EXPECT_EQ(parse_in_all_ways("id: 7\r\nevent: add\r\ndata: one\r\ndata: two\r\n\r\n"), "[7|add|one\ntwo]");
  EXPECT_EQ(parse_in_all_ways("id: 7\revent: add\rdata: one\rdata: two\r\r"), "[7|add|one\ntwo]");
}

TEST(SseParser, FollowsTheStandardsExamples) {
  EXPECT_EQ(parse_in_all_ways("data: YHOO\ndata: +2\ndata: 10\n\n"), "[||YHOO\n+2\n10]");
  EXPECT_EQ(
      parse_in_all_ways(
          ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
      "[1||first event][||second event][|| third event]");
  EXPECT_EQ(parse_in_all_ways("data\n\ndata\ndata\n\ndata:"), "[||][||\n]");
  EXPECT_EQ(parse_in_all_ways("data:test\n\ndata: test\n\n"), "[||test][||test]");
}

TEST(SseParser, KeepsTheLastIdAndForgetsTheRest) {
  EXPECT_EQ(parse_in_all_ways("id: 1\nevent: a\nretry: 50\ndata: x\n\ndata: y\n\n"), "[1|a|x|50][1||y]");
  EXPECT_EQ(parse_in_all_ways("event: lost\n\ndata: x\n\n"), "[||x]");
}

TEST(SseParser, IgnoresWhatTheStandardIgnores) {
  EXPECT_EQ(parse_in_all_ways("\xEF\xBB\xBF"
                              "data: x\n\n"),
            "[||x]");
  EXPECT_EQ(
      parse_in_all_ways(std::string("id: a") + '\0' + "b\nretry: 1x\nunknown: y\n:comment\ndata: x\n\n"),
      "[||x]");
  EXPECT_EQ(parse_in_all_ways("data: cut"), "");
}

TEST(SseParser, RefusesAnEventWithoutEnd) {
  SseParser parser;
  const std::string piece = "data: " + std::string(1 << 20, 'x') + "\n";
  os::Result<std::vector<SseEvent>> result;
  for (int i = 0; i < 20 && result; ++i) result = parser.feed(piece);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kLimitExceeded);
}

TEST(FormatSse, ReadsBackTheSame) {
  const SseEvent event{"12", "journal", "line one\nline two\n", 3000};
  SseParser parser;
  const auto events = parser.feed(format_sse(event));
  ASSERT_TRUE(events);
  EXPECT_EQ(text_of(*events), "[12|journal|line one\nline two\n|3000]");
}

// The fuzzer found that NUL was left out of event names, where the standard allows it, and not of ids alone,
// where it voids the id.
TEST(FormatSse, LeavesNulOutOfIdsOnly) {
  const std::string with_nul("a\0b", 3);
  const SseEvent event{with_nul, with_nul, with_nul, {}};
  SseParser parser;
  const auto events = parser.feed(format_sse(event));
  ASSERT_TRUE(events);
  EXPECT_EQ(text_of(*events), "[ab|" + with_nul + "|" + with_nul + "]");
}

TEST(FormatSse, CannotBeMadeToForgeFields) {
  const SseEvent event{"1\ndata: forged", "e\r\nid: 9", "a\rb\r\nc", {}};
  SseParser parser;
  const auto events = parser.feed(format_sse(event));
  ASSERT_TRUE(events);
  EXPECT_EQ(text_of(*events), "[1data: forged|eid: 9|a\nb\nc]");
}

}  // namespace
}  // namespace soma::net
