#include <gtest/gtest.h>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/regex.h"

namespace soma::workflow::jsonata {
namespace {

constexpr uint64_t kSteps = 100'000;

// The match and its groups, "-" for a group that took no part; "none"; "error".
std::string find(std::string_view pattern, std::string_view text, std::string_view flags = "") {
  try {
    const auto regex = Regex::compile(pattern, flags, 0);
    const Subject subject(text);
    uint64_t steps = kSteps;
    RegexScratch scratch;
    const auto match = search(*regex, subject, 0, steps, scratch);
    if (!match) return "none";
    std::string storage;
    std::string all(subject.slice(match->start, match->end, storage));
    for (const auto& group : match->groups) {
      all += "|" + (group ? std::string(subject.slice(group->start, group->end, storage)) : "-");
    }
    return all;
  } catch (const Failure& failure) {
    return "error " + std::string(failure.code);
  }
}

TEST(JsonataRegex, Atoms) {
  EXPECT_EQ(find("b.d", "abcde"), "bcd");
  EXPECT_EQ(find("a\\.b", "axb a.b"), "a.b");
  EXPECT_EQ(find("[b-d]+", "abcde"), "bcd");
  EXPECT_EQ(find("[^b-d]+$", "abcde"), "e");
  EXPECT_EQ(find("\\x41\\u0042\\t", "AB\t"), "AB\t");
  EXPECT_EQ(find("[]a", "]a"), "none");
  EXPECT_EQ(find("[^]a", "\na"), "\na");
}

TEST(JsonataRegex, Repetition) {
  EXPECT_EQ(find("a{2,3}", "aaaa"), "aaa");
  EXPECT_EQ(find("a{2,3}?", "aaaa"), "aa");
  EXPECT_EQ(find("<.+?>", "<a><b>"), "<a>");
  EXPECT_EQ(find("(ab){2,}c", "ababababc"), "ababababc|ab");
  EXPECT_EQ(find("x{,2}", "x{,2}"), "x{,2}");
  EXPECT_EQ(find("(a*)*", "b"), "|-");
  EXPECT_EQ(find("(z)((a+)?(b+)?(c))*", "zaacbbbcac"), "zaacbbbcac|z|ac|a|-|c");
}

TEST(JsonataRegex, AlternativesAreTriedInOrder) {
  EXPECT_EQ(find("a|ab|abc", "abc"), "a");
}

TEST(JsonataRegex, Anchors) {
  EXPECT_EQ(find("^b", "a\nb"), "none");
  EXPECT_EQ(find("^b$", "a\nb\nc", "m"), "b");
  EXPECT_EQ(find("\\bfoo\\b", "afoo foo"), "foo");
  EXPECT_EQ(find("\\Boo", "foo"), "oo");
}

TEST(JsonataRegex, LookAround) {
  EXPECT_EQ(find("\\d+(?=€)", "10$ 20€"), "20");
  EXPECT_EQ(find("(?<=\\$)\\d+(\\.\\d+)?", "€7 $10.53"), "10.53|.53");
  EXPECT_EQ(find("(?<!-)\\b\\d+", "-5 6"), "6");
  EXPECT_EQ(find("(?=(a+))a*b\\1", "baaabac"), "aba|a");
  EXPECT_EQ(find("(.*?)a(?!(a+)b\\2c)\\2(.*)", "baaabaac"), "baaabaac|ba|-|abaac");
  EXPECT_EQ(find("(?<=(\\d+)(\\d+))$", "1053"), "|1|053");
}

TEST(JsonataRegex, BackReferences) {
  EXPECT_EQ(find("(.)\\1", "abccd"), "cc|c");
  EXPECT_EQ(find("(?<q>['\"]).*?\\k<q>", "say \"it's\""), "\"it's\"|\"");
  EXPECT_EQ(find("\\1(a)", "aa"), "a|a");
}

TEST(JsonataRegex, IgnoresCase) {
  EXPECT_EQ(find("straSSe", "STRASSE", "i"), "STRASSE");
  EXPECT_EQ(find("[à-ö]+", "ÀÖ", "i"), "ÀÖ");
  EXPECT_EQ(find("k", "\u212A", "i"), "none");  // the Kelvin sign is no k without the flag u
}

TEST(JsonataRegex, WorksOnUtf16) {
  EXPECT_EQ(find("^..$", "𝒳"), "𝒳");
  EXPECT_EQ(find("ü+", "aüüb"), "üü");
}

TEST(JsonataRegex, RefusesWhatIsMalformed) {
  for (const char* pattern :
       {"a**", "(", ")", "[z-a]", "a{3,2}", "[", "(?<n", "(?x)", "\\", "(?<a>.)\\k<b>"}) {
    EXPECT_EQ(find(pattern, ""), "error S0303") << pattern;
  }
}

TEST(JsonataRegex, RefusesWhatIsTooLarge) {
  EXPECT_EQ(find("(((a{1,100}b){1,100}c){1,100}d){1,100}", ""), "error S0303");
  EXPECT_EQ(find(std::string(500, '(') + std::string(500, ')'), ""), "error S0303");
  EXPECT_EQ(find(std::string(kMaxPatternUnits + 1, 'a'), ""), "error S0303");
}

TEST(JsonataRegex, PaysForItsSteps) {
  EXPECT_EQ(find("(x+x+)+y", std::string(60, 'x')), "error U1001");
  EXPECT_EQ(find("(?:a?){30}a{30}", std::string(29, 'a')), "error U1001");
}

}  // namespace
}  // namespace soma::workflow::jsonata
