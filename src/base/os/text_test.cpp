#include "base/os/text.h"

#include <random>

#include <gtest/gtest.h>

namespace soma::os {
namespace {

using namespace std::string_literals;

TEST(Base64, MatchesRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"},
                                                                 {"\xff\xfe\0"s, "//4A"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text).value_or("?"), bytes);
  }
}

TEST(Base64, PaddingMayBeLeftOut) {
  EXPECT_EQ(base64_decode("Zm8"), "fo");
  EXPECT_EQ(base64_decode("Zg"), "f");
}

TEST(Base64, RefusesWhatNoEncoderWrites) {
  for (std::string_view text :
       {"Z", "Zm9vY", "Zm 9v", "Zm9v\n", "Zg=", "Zg===", "====", "=", "Zh==", "Zm9=", "-_==", "Zg==Zg=="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(Base64, ReadsBackRandomBytes) {
  std::mt19937 random(1);
  for (size_t length = 0; length < 300; ++length) {
    std::string bytes(length, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    ASSERT_EQ(base64_decode(base64_encode(bytes)).value_or("?"), bytes);
  }
}

TEST(Hex, IsLowerCase) {
  EXPECT_EQ(hex_encode("\x00\x7f\xff"s), "007fff");
}

TEST(PercentEncoding, KeepsUnreservedCharactersOnly) {
  EXPECT_EQ(percent_encode("aZ09-._~ /?é"), "aZ09-._~%20%2F%3F%C3%A9");
  EXPECT_EQ(percent_encode("a/b c", true), "a/b%20c");
}

TEST(PercentEncoding, DecodesAndRefusesBrokenSequences) {
  EXPECT_EQ(percent_decode("a%20b%C3%a9+"), "a bé+");
  for (std::string_view text : {"%", "%2", "a%zz", "%2g", "100%"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Utf8, AcceptsWellFormedAndRefusesTheRest) {
  for (std::string_view text :
       {"", "plain", "é€𝄞", "\x7f", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
  for (std::string_view text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "12345678\xff", "1234567\xe2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

TEST(Utf8, PrefixNeverEndsInsideACharacter) {
  const std::string text = "aé€𝄞b";  // 1 + 2 + 3 + 4 + 1 bytes
  const std::vector<size_t> lengths{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (size_t max = 0; max < lengths.size(); ++max) {
    EXPECT_EQ(utf8_prefix(text, max).size(), lengths[max]) << max;
    EXPECT_TRUE(is_valid_utf8(utf8_prefix(text, max)));
  }
  EXPECT_LE(utf8_prefix(std::string(50, '\x80'), 10).size(), 10u);
}

TEST(Utf8, RepairReplacesEachBadByteAndKeepsTheRest) {
  EXPECT_EQ(to_valid_utf8("a\xff"
                          "b\xe2\x82"
                          "c€"),
            "a\uFFFDb\uFFFD\uFFFDc€");
  std::mt19937 random(2);
  for (int round = 0; round < 1000; ++round) {
    std::string bytes(random() % 20, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    ASSERT_TRUE(is_valid_utf8(to_valid_utf8(bytes)));
  }
}

TEST(Text, TrimsSplitsJoinsAndLowers) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), std::vector<std::string_view>{""});
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(to_lower("AbÉZ"), "abÉz");
}

TEST(EditDistance, CountsSlips) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("abcd", "abdc"), 1u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);  // optimal string alignment does not edit what it swapped
  EXPECT_EQ(edit_distance(std::string(300, 'a'), "b"), 300u);
}

TEST(EditDistance, IsSymmetric) {
  std::mt19937 random(3);
  auto word = [&] {
    std::string text(random() % 12, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int i = 0; i < 500; ++i) {
    std::string left = word();
    std::string right = word();
    ASSERT_EQ(edit_distance(left, right), edit_distance(right, left)) << left << ' ' << right;
  }
}

TEST(Nearest, FindsSlipsAndNothingElse) {
  const std::vector<std::string_view> keys{"model", "maxIterations", "timeoutSeconds", "tools", "id"};
  EXPECT_EQ(nearest("modle", keys), "model");
  EXPECT_EQ(nearest("max_iterations", keys), "maxIterations");
  EXPECT_EQ(nearest("TIMEOUTSECONDS", keys), "timeoutSeconds");
  EXPECT_EQ(nearest("tool", keys), "tools");
  EXPECT_EQ(nearest("temperature", keys), "");
  EXPECT_EQ(nearest("ix", keys), "");
  EXPECT_EQ(nearest("", keys), "");
}

TEST(Glob, MatchesStarsAndQuestionMarksOverTheWholeText) {
  for (auto [pattern, text] : std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                                               {"*", ""},
                                                                               {"*", "any"},
                                                                               {"a*c", "abc"},
                                                                               {"a*c", "ac"},
                                                                               {"a?c", "abc"},
                                                                               {"*browser*", "my_browser_1"},
                                                                               {"**a**", "a"},
                                                                               {"a*b*c", "aXbXbXc"},
                                                                               {"@srv/*", "@srv/tool"},
                                                                               {"a.b", "a.b"}}) {
    EXPECT_TRUE(glob_match(pattern, text)) << pattern << " " << text;
  }
  for (auto [pattern, text] : std::vector<std::pair<std::string, std::string>>{{"", "a"},
                                                                               {"a", ""},
                                                                               {"a?c", "ac"},
                                                                               {"a*c", "ab"},
                                                                               {"a.b", "axb"},
                                                                               {"abc", "abcd"},
                                                                               {"?", ""},
                                                                               {"[a]", "a"}}) {
    EXPECT_FALSE(glob_match(pattern, text)) << pattern << " " << text;
  }
}

TEST(Glob, HostilePatternsStayCheap) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(glob_match(pattern + "b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace soma::os
