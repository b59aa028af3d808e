#include "services/harness/context/context_summary.h"

#include <gtest/gtest.h>

#include "services/harness/context/context_test_kit.h"

namespace soma::harness {
namespace {

using model::Message;

std::vector<Message> worked() {
  return {user("Find the bug"),
          calls({model::Reasoning{.text = "secret thought", .signature = "sig"}, model::Text{"I look."},
                 use("t1", "shell", json::object({{"command", "make"}})), use("t2", "read")}),
          results({result("t1", "error: parser.cpp:12", true), result("t2", "int main")}),
          assistant("It is line 12.")};
}

TEST(ContextSummary, ConversationIsRenderedAsPlainText) {
  EXPECT_EQ(
      render_conversation(worked(), 10'000),
      "User: Find the bug\n\nAssistant: I look.\n\nAssistant called shell with {\"command\":\"make\"}\n\n"
      "Assistant called read with {}\n\nResult of shell (error): error: parser.cpp:12\n\n"
      "Result of read: int main\n\nAssistant: It is line 12.");
}

TEST(ContextSummary, MediaAreNamedAndNotCarried) {
  const std::vector<Message> messages{results(
      {model::Image{{.format = "png", .bytes = "PIXELS"}}, model::Document{{.format = "pdf", .name = "plan"}},
       model::ToolResult{"t", false, {model::Image{{.format = "png", .file = "shots/1.png"}}}}})};
  EXPECT_EQ(render_conversation(messages, 1'000),
            "User: [image]\n\nUser: [document plan]\n\nResult of a call: [image shots/1.png]");
}

TEST(ContextSummary, BigResultsAreCutInTheMiddle) {
  auto messages = worked();
  messages[2] = results({result("t1", "BEGIN" + std::string(100'000, 'x') + "END"), result("t2")});
  const std::string text = render_conversation(messages, 100'000);
  EXPECT_LT(text.size(), kMaxRenderedResultBytes + 400);
  EXPECT_NE(text.find("BEGIN"), std::string::npos);
  EXPECT_NE(text.find("bytes left out"), std::string::npos);
  EXPECT_NE(text.find("END"), std::string::npos);
}

TEST(ContextSummary, WholeStaysInsideItsBoundAndValid) {
  std::vector<Message> messages{user("Find the bug")};
  for (int i = 0; i < 300; ++i) {
    messages.push_back(calls({use("t" + std::to_string(i))}));
    std::string wide;
    for (int n = 0; n < 500; ++n) wide += "漢";
    messages.push_back(results({result("t" + std::to_string(i), wide)}));
  }
  for (const size_t bound : {size_t{1'024}, size_t{20'000}, size_t{100'000}, size_t{1'000'000}}) {
    const std::string text = render_conversation(messages, bound);
    EXPECT_LE(text.size(), bound);
    EXPECT_TRUE(os::is_valid_utf8(text));
    EXPECT_TRUE(text.starts_with("User: Find the bug"));
  }
}

TEST(ContextSummary, RequestIsOneTextWithoutTools) {
  const auto messages = worked();
  Compaction compaction;
  compaction.removed = 3;
  compaction.max_summary_tokens = 1'000;
  model::ModelSettings settings{
      .provider = "anthropic", .model_id = "m", .max_tokens = 9, .stop_sequences = {"x"}};
  settings.additional_params = json::object({{"thinking", json::object({{"budget_tokens", 9'000}})}});
  const auto request = summary_request(settings, messages, compaction, {}, {});
  EXPECT_EQ(request.model.model_id, "m");
  EXPECT_EQ(request.model.max_tokens, 2'000);
  EXPECT_TRUE(request.model.stop_sequences.empty());
  EXPECT_TRUE(request.model.additional_params.is_null());
  EXPECT_TRUE(request.tools.empty());
  EXPECT_EQ(request.system, std::vector<std::string>{std::string(default_summarization_prompt())});
  ASSERT_EQ(request.messages.size(), 1u);
  ASSERT_EQ(request.messages[0].content.size(), 1u);
  const std::string text = model::text_of(request.messages[0]);
  EXPECT_NE(text.find("Result of read: int main"), std::string::npos);
  EXPECT_EQ(text.find("It is line 12"), std::string::npos) << "what stays is not summarised";
  EXPECT_EQ(text.find("secret thought"), std::string::npos);
  EXPECT_NE(text.find("400 words"), std::string::npos);

  Truncation own;
  own.summarization_system_prompt = "Be brief.";
  EXPECT_EQ(summary_request(settings, messages, compaction, own, {}).system,
            std::vector<std::string>{"Be brief."});
}

TEST(ContextSummary, RequestFitsTheWindowBesideItsAnswer) {
  std::vector<Message> messages{user("task")};
  add_turns(messages, 500, 3'000);
  Compaction compaction;
  compaction.removed = messages.size() - 2;
  compaction.max_summary_tokens = kMaxSummaryTokens;
  for (const int64_t window : {4'096, 8'192, 32'768, 200'000}) {
    for (const double scale : {0.5, 1.0, 3.0}) {
      const ContextBudget budget = context_budget(window, std::nullopt, scale);
      const auto request = summary_request({}, messages, compaction, {}, budget);
      const int64_t tokens = budget.scaled(estimate_fixed_tokens(request.system, {}) +
                                           estimate_tokens(std::span(request.messages)));
      EXPECT_LE(*request.model.max_tokens, std::min(window / 4, kMaxSummaryTokens));
      EXPECT_LE(tokens + *request.model.max_tokens, window) << window << " × " << scale;
    }
  }
}

TEST(ContextSummary, DigestSaysWhatWasAskedDoneAndHowItEnded) {
  EXPECT_EQ(plain_digest(worked()),
            "- user asked: Find the bug\n- assistant said: I look.\n"
            "- called shell {\"command\":\"make\"} → error: error: parser.cpp:12\n- called read {} → ok\n"
            "- assistant said: It is line 12.");
  EXPECT_EQ(plain_digest({}), "");
}

TEST(ContextSummary, DigestIsBoundedAndKeepsTheNewest) {
  std::vector<Message> messages{user("task")};
  add_turns(messages, 1'000);
  const std::string digest = plain_digest(messages);
  EXPECT_LE(digest.size(), kMaxDigestBytes);
  EXPECT_NE(digest.find("older entries left out)"), std::string::npos);
  EXPECT_NE(digest.find("step 999"), std::string::npos);
  EXPECT_EQ(digest.find("step 9\n"), std::string::npos);
}

TEST(ContextSummary, DigestCarriesTheEarlierSummaryOver) {
  std::vector<Message> messages{
      results({model::Text{"task"}, model::Text{std::string(kSummaryHead) + "]\nWrote b."}})};
  add_turns(messages, 1'000);
  EXPECT_TRUE(plain_digest(messages).starts_with("Wrote b.\n("));
}

}  // namespace
}  // namespace soma::harness
