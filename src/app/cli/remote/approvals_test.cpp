#include "app/cli/remote/approvals.h"

#include <gtest/gtest.h>

#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

TEST(Approvals, ReadsWhatAPersonTypes) {
  for (const char* yes : {"y", "Y", " yes\t", "YES please"}) {
    ASSERT_TRUE(parse_reply(yes)) << yes;
    EXPECT_EQ(parse_reply(yes)->choice, Choice::kYes) << yes;
  }
  const auto no = parse_reply("n  it is the wrong branch ");
  ASSERT_TRUE(no);
  EXPECT_EQ(no->choice, Choice::kNo);
  EXPECT_EQ(no->reason, "it is the wrong branch");
  EXPECT_EQ(parse_reply("later")->choice, Choice::kLater);
}

// An answer is never guessed: Enter alone, and a word that only begins like one, are asked again.
TEST(Approvals, TakesNothingElseForAnAnswer) {
  for (const char* line : {"", "   ", "yep", "ye", "ok", "nope", "1", "\x1b[A"})
    EXPECT_FALSE(parse_reply(line)) << line;
}

TEST(Approvals, AnswersForTheArgumentsThatWereRead) {
  const json::Value approval = json_of(R"({"approvalId":"apr_1","inputHash":"abc","sessionId":"s"})");
  EXPECT_EQ(json::write(answer_body(approval, {true, "ada"})),
            R"({"decision":"approve","inputHash":"abc","by":"ada"})");
  EXPECT_EQ(json::write(answer_body(approval, {false, "ada", "no"})),
            R"({"decision":"deny","inputHash":"abc","by":"ada","reason":"no"})");
  EXPECT_EQ(answer_path("a b", "s", approval), "/api/sessions/a%20b/s/approvals/apr_1");
}

TEST(Approvals, NamesWhoRunsThis) {
  EXPECT_FALSE(login_name().empty());
}

}  // namespace
}  // namespace soma::cli
