#include "services/harness/context/context_window.h"

#include <gtest/gtest.h>

#include "services/harness/context/context_test_kit.h"

namespace soma::harness {
namespace {

using model::Message;

Truncation sliding(int64_t count, std::vector<std::string> pinned = {"skill*"}) {
  Truncation out;
  out.strategy = TruncationStrategy::kSlidingWindow;
  out.messages_count = count;
  out.pinned_tools = std::move(pinned);
  return out;
}
Truncation summarizing(double ratio, int64_t preserve) {
  Truncation out;
  out.strategy = TruncationStrategy::kSummarization;
  out.summary_ratio = ratio;
  out.preserve_recent_messages = preserve;
  return out;
}
PlanInput by_count(MessageRange request = {0, 1}) {
  return {.request = request, .reason = CompactionReason::kWindowCount};
}
PlanInput by_budget(int64_t window, MessageRange request = {0, 1}) {
  return {.request = request, .budget = context_budget(window, std::nullopt)};
}
PlanInput by_overflow(MessageRange request = {0, 1}) {
  return {.request = request, .reason = CompactionReason::kOverflow};
}

// The plan that must be there.
Compaction planned(const std::vector<Message>& messages, const Truncation& truncation,
                   const PlanInput& input) {
  const auto plan = plan_compaction(messages, truncation, input);
  if (!plan) ADD_FAILURE() << plan.error().to_string();
  if (plan && !*plan) ADD_FAILURE() << "nothing was planned";
  return plan && *plan ? **plan : Compaction{};
}
void expect_nothing(const std::vector<Message>& messages, const Truncation& truncation,
                    const PlanInput& input) {
  const auto plan = plan_compaction(messages, truncation, input);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_FALSE(*plan) << json::write(to_json(**plan));
}
std::vector<Message> applied(const std::vector<Message>& messages, const Compaction& compaction,
                             const std::optional<std::string>& summary = std::nullopt) {
  auto after = apply_compaction(messages, compaction, summary);
  if (!after) ADD_FAILURE() << after.error().to_string();
  return after ? *after : std::vector<Message>{};
}
std::vector<Message> conversation(int turns, size_t bytes = 300) {
  std::vector<Message> out{user("Find the bug in parser.cpp")};
  add_turns(out, turns, bytes);
  return out;
}

TEST(ContextWindow, CountWaitsForItsSlackThenLeavesTheCount) {
  // messagesCount 10: slack 5. The task's message stays anyway and is not counted.
  expect_nothing(conversation(7), sliding(10), by_count());  // 15 messages, of which 14 count
  const auto messages = conversation(8);                     // 16 count
  const Compaction plan = planned(messages, sliding(10), by_count());
  EXPECT_EQ(plan.removed, 7u);
  const auto after = applied(messages, plan);
  expect_valid(after);
  EXPECT_EQ(after.size(), 11u);
  EXPECT_EQ(model::text_of(after[0]), "Find the bug in parser.cpp\n" + std::string(kLeftOutNote));
}

TEST(ContextWindow, CompactionByCountIsRare) {
  std::vector<Message> messages = conversation(0);
  int compactions = 0;
  for (int call = 0; call < 100; ++call) {
    add_turns(messages, 1, 300, call);
    const auto plan = plan_compaction(messages, sliding(40), by_count());
    ASSERT_TRUE(plan);
    if (!*plan) continue;
    ++compactions;
    messages = applied(messages, **plan);
    expect_valid(messages);
  }
  EXPECT_EQ(compactions, 7);  // 200 messages, 40 stay, one for every 22
}

TEST(ContextWindow, PinnedCallsDoNotBringTheNextCompactionNearer) {
  std::vector<Message> messages = conversation(0);
  add_turns(messages, 20, 300, 0, "skill_read");
  add_turns(messages, 4, 300, 100);
  expect_nothing(messages, sliding(4), by_count());  // 49 messages, of which 41 are kept whatever is cut off
  add_turns(messages, 1, 300, 200);
  expect_valid(applied(messages, planned(messages, sliding(4), by_count())));
}

TEST(ContextWindow, ParallelCallsOfOneTurnStayTogether) {
  std::vector<Message> messages{user("task")};
  for (int i = 0; i < 8; ++i) {
    const std::string a = "a" + std::to_string(i), b = "b" + std::to_string(i);
    messages.push_back(calls({use(a), use(b)}));
    messages.push_back(results({result(b), result(a, std::string(200, 'x'))}));
  }
  for (int64_t count = 1; count < 8; ++count) {
    const auto plan = plan_compaction(messages, sliding(count), by_count());
    ASSERT_TRUE(plan);
    ASSERT_TRUE(*plan) << count;
    EXPECT_EQ((*plan)->removed % 2, 1u) << "the rest begins with an answer of the model";
    EXPECT_GE(static_cast<int64_t>(messages.size() - (*plan)->removed), count);
    expect_valid(applied(messages, **plan));
  }
}

TEST(ContextWindow, KeepsWhatTheUserAskedAndDropsTheResultsBesideIt) {
  // The second request was joined to the results that ended the first turn.
  std::vector<Message> messages{user("first request"), calls({use("t")}),
                                results({result("t", std::string(900, 'x')), model::Text{"second request"},
                                         model::Image{{.format = "png", .bytes = "p"}}})};
  add_turns(messages, 12, 300, 10);
  const Compaction plan = planned(messages, sliding(4), by_count({2, 3}));
  const auto after = applied(messages, plan);
  expect_valid(after);
  ASSERT_EQ(after[0].content.size(), 5u);
  EXPECT_EQ(std::get<model::Text>(after[0].content[0]).text, "first request");
  EXPECT_EQ(std::get<model::Text>(after[0].content[1]).text, kRequestNote);
  EXPECT_EQ(std::get<model::Text>(after[0].content[2]).text, "second request");
  EXPECT_TRUE(std::holds_alternative<model::Image>(after[0].content[3]));
  EXPECT_EQ(std::get<model::Text>(after[0].content[4]).text, kLeftOutNote);
}

TEST(ContextWindow, RequestsThatAreDoneAndSummariesDoNotPileUp) {
  std::vector<Message> messages{user("first request")};
  MessageRange request{0, 1};
  for (int round = 0; round < 5; ++round) {
    add_turns(messages, 12, 400, round * 100);
    const Compaction plan = planned(messages, summarizing(0.8, 2), by_budget(2'000, request));
    auto after = applied(messages, plan, "summary " + std::to_string(round));
    expect_valid(after);
    const std::string head = model::text_of(after[0]);
    EXPECT_TRUE(head.starts_with("first request\n")) << head;
    EXPECT_NE(head.find("summary " + std::to_string(round)), std::string::npos);
    EXPECT_EQ(head.find("summary " + std::to_string(round - 1)), std::string::npos);
    EXPECT_EQ(head.find("request " + std::to_string(round - 2)), std::string::npos)
        << "an old request stayed";
    if (round > 0) EXPECT_NE(head.find("request " + std::to_string(round - 1)), std::string::npos);
    messages = std::move(after);
    messages.push_back(assistant("done"));
    messages.push_back(user("request " + std::to_string(round)));
    request = {messages.size() - 1, messages.size()};
  }
}

TEST(ContextWindow, PinnedCallsStayWithTheirResultsAlone) {
  std::vector<Message> messages{user("task")};
  messages.push_back(calls({model::Reasoning{.text = "hm", .signature = "s"}, model::Text{"I read"},
                            use("s1", "skill_read"), use("x", "shell"), use("s2", "skill_list")}));
  messages.push_back(results({result("x"), result("s2", "list"), result("s1", "body")}));
  add_turns(messages, 10);
  const auto after = applied(messages, planned(messages, sliding(4), by_count()));
  expect_valid(after);
  EXPECT_EQ(written(after[1]), written(calls({use("s1", "skill_read"), use("s2", "skill_list")})));
  EXPECT_EQ(written(after[2]), written(results({result("s2", "list"), result("s1", "body")})));
  // With other globs they go.
  const auto none = applied(messages, planned(messages, sliding(4, {}), by_count()));
  EXPECT_EQ(none.size() + 2, after.size());
}

TEST(ContextWindow, CallsThatTheProviderRanGoWithTheirTurn) {
  std::vector<Message> messages{
      user("task"),
      calls({model::ToolUse{
                 .id = "s", .name = "skill_search", .type = "server_tool_use", .origin = "anthropic"},
             result("s"), model::Text{std::string(600, 'x')}}),
      user("more")};
  add_turns(messages, 10);
  const Compaction plan = planned(messages, sliding(4), by_count());
  EXPECT_TRUE(plan.pinned.empty());
  expect_valid(applied(messages, plan));
}

TEST(ContextWindow, NewestTurnIsTheLastMessageWithTheCallsThatItAnswers) {
  auto messages = conversation(6, 3'000);
  messages.back().content.emplace_back(model::Text{"and then?"});  // came while the turn ended
  const Compaction plan = planned(messages, sliding(1), by_budget(1'500, {12, 13}));
  EXPECT_EQ(plan.removed, 11u);
  expect_valid(applied(messages, plan));
}

TEST(ContextWindow, TailJoinsTheResultsOfPinnedCalls) {
  std::vector<Message> messages{user("task"),           calls({use("s", "skill")}),
                                results({result("s")}), assistant(std::string(3'000, 'a')),
                                user("go on"),          assistant("yes")};
  const auto after = applied(messages, planned(messages, sliding(2), by_overflow({4, 5})));
  expect_valid(after);
  ASSERT_EQ(after.size(), 4u);
  EXPECT_EQ(model::text_of(after[2]), "go on");
}

TEST(ContextWindow, PendingCallsStayWithAllThatFollows) {
  auto messages = conversation(3, 2'000);
  messages.push_back(calls({use("p1"), use("p2")}));
  PlanInput input = by_budget(1'000);
  input.pending_tool_use_ids = {"p1", "p2"};
  const auto after = applied(messages, planned(messages, sliding(2), input));
  EXPECT_EQ(written(after.back()), written(messages.back()));
  ASSERT_EQ(after.size(), 2u);
  // One that is answered already keeps its turn just the same.
  messages.push_back(results({result("p1")}));
  input.pending_tool_use_ids = {"p2"};
  EXPECT_EQ(planned(messages, sliding(2), input).removed, 7u);
}

TEST(ContextWindow, BudgetGoesBelowTheCountButNeverIntoTheNewestTurn) {
  const auto messages = conversation(10, 3'000);  // each turn about 1,040 tokens
  const auto window = [&](int64_t tokens) {
    return planned(messages, sliding(40), by_budget(tokens)).removed;
  };
  EXPECT_EQ(window(10'000), 9u);  // usable 9,000, target 6,300: 6 of 10 turns
  EXPECT_EQ(window(4'000), 17u);  // target 2,520: 2 turns
  EXPECT_EQ(window(1'200), 19u);  // the newest turn alone is more than the target
  expect_nothing(messages, sliding(40), by_budget(20'000));
  expect_nothing(messages, sliding(40), {});  // the window is not known
}

TEST(ContextWindow, CompactionForTheBudgetEndsAtItsTarget) {
  const auto messages = conversation(40, 1'000);
  PlanInput input = by_budget(10'000);
  input.fixed_tokens = 1'500;
  const Compaction plan = planned(messages, sliding(40), input);
  const auto after = applied(messages, plan);
  EXPECT_LE(plan.tokens_after, 6'300);
  EXPECT_GT(plan.tokens_after, 5'600);
  EXPECT_EQ(plan.tokens_before, 1'500 + estimate_tokens(std::span(messages)));
  EXPECT_LE(1'500 + estimate_tokens(std::span(after)), plan.tokens_after);
}

TEST(ContextWindow, ScaleMovesTheBudget) {
  const auto messages = conversation(10, 3'000);
  PlanInput input = by_budget(20'000);
  input.budget.scale = 2;
  EXPECT_EQ(planned(messages, sliding(40), input).removed, 9u);
}

TEST(ContextWindow, SummaryTakesTheOldestShareAndSparesTheRecent) {
  const auto messages = conversation(20, 600);  // 41 messages, about 4,600 tokens
  const PlanInput input = by_budget(5'000);     // usable 4,500, target 3,150
  EXPECT_EQ(planned(messages, summarizing(0.8, 4), input).removed, 33u);
  EXPECT_EQ(planned(messages, summarizing(0.5, 4), input).removed, 21u);
  EXPECT_EQ(planned(messages, summarizing(0.8, 10), input).removed, 31u);
  // The ratio alone is too little for the budget.
  const Compaction more = planned(messages, summarizing(0.1, 4), input);
  EXPECT_GT(more.removed, 5u);
  EXPECT_LE(more.tokens_after, 3'150);
  expect_nothing(messages, summarizing(0.5, 4), by_count());
}

TEST(ContextWindow, RecentMessagesAreSummarisedOnlyWhenTheWindowCannotBeMetOtherwise) {
  const auto messages = conversation(20, 600);
  // Sparing 30 leaves about 3,900 of 4,500: over the target, inside the window.
  EXPECT_EQ(planned(messages, summarizing(0.1, 30), by_budget(5'000)).removed, 11u);
  // In a smaller window that is not enough.
  const Compaction deep = planned(messages, summarizing(0.1, 30), by_budget(3'000));
  EXPECT_GT(deep.removed, 11u);
  EXPECT_LE(deep.tokens_after, 1'890);
}

TEST(ContextWindow, SummaryIsMarkedAndCutToItsRoom) {
  const auto messages = conversation(20, 600);
  const Compaction plan = planned(messages, summarizing(0.5, 4), by_budget(5'000));
  const std::string small = model::text_of(applied(messages, plan, "Read a, wrote b.\n")[0]);
  EXPECT_EQ(
      small,
      "Find the bug in parser.cpp\n[Summary of the earlier conversation, in place of its first 21 messages]\n"
      "Read a, wrote b.");
  const auto cut = applied(messages, plan, std::string(100'000, 'y'));
  EXPECT_LE(estimate_tokens(cut[0].content[1]), plan.max_summary_tokens);
  EXPECT_TRUE(model::text_of(cut[0]).ends_with("y …"));
  const auto wide = applied(
      messages, plan, "x" + [] {
        std::string text;
        for (int i = 0; i < 9'000; ++i) text += "漢";
        return text;
      }());
  EXPECT_LE(estimate_tokens(wide[0].content[1]), plan.max_summary_tokens);
  EXPECT_TRUE(os::is_valid_utf8(model::text_of(wide[0])));
}

TEST(ContextWindow, NoneDoesNothing) {
  expect_nothing(conversation(50, 3'000), {}, by_budget(1'000));
  expect_nothing(conversation(50, 3'000), {}, by_overflow());
}

TEST(ContextWindow, RefusalMakesItHalfAsLongWhateverTheEstimateSaid) {
  const auto messages = conversation(20, 600);
  for (const Truncation& truncation : {sliding(40), summarizing(0.1, 40)}) {
    PlanInput input = by_overflow();
    const Compaction unknown = planned(messages, truncation, input);
    EXPECT_LE(unknown.tokens_after, unknown.tokens_before / 2);
    EXPECT_GT(unknown.tokens_after, unknown.tokens_before / 3);
    input.budget = context_budget(1'000'000, std::nullopt);
    EXPECT_EQ(planned(messages, truncation, input).removed, unknown.removed);
  }
}

TEST(ContextWindow, SaysWhatIsTooLargeWhenNothingCanGo) {
  const std::vector<Message> alone{user(std::string(60'000, 'a'))};
  const auto plan = plan_compaction(alone, sliding(40), by_budget(8'192));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, os::Code::kLimitExceeded);
  EXPECT_NE(plan.error().message.find("window of 8192 tokens"), std::string::npos)
      << plan.error().to_string();
  EXPECT_NE(plan.error().message.find("the task 20000"), std::string::npos) << plan.error().to_string();
  // What may fit after all is left to the provider: the estimate errs to the high side.
  expect_nothing({user(std::string(40'000, 'a'))}, sliding(40), by_budget(8'192));
  // It refused.
  const auto refused = plan_compaction({user(std::string(40'000, 'a'))}, sliding(40), by_overflow());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, os::Code::kLimitExceeded);
  // The task is kept whatever goes, so the rest cannot help.
  auto messages = alone;
  add_turns(messages, 10);
  EXPECT_FALSE(plan_compaction(messages, sliding(40), by_budget(8'192)));
}

TEST(ContextWindow, NothingToWinIsNothingToDo) {
  // The note in place of what goes would be longer than that.
  const std::vector<Message> messages{user("a"), assistant("b"), user(std::string(9'000, 'x'))};
  expect_nothing(messages, sliding(1), by_budget(3'000, {2, 3}));
}

TEST(ContextWindow, RangesFollowTheirMessages) {
  auto messages = conversation(10);
  messages.push_back(assistant("done"));
  messages.push_back(user("next"));
  const MessageRange request{22, 23};
  const Compaction plan = planned(messages, sliding(4), by_count(request));
  const auto after = applied(messages, plan);
  const MessageRange moved = range_after(request, plan, messages.size(), after.size());
  ASSERT_EQ(moved, (MessageRange{after.size() - 1, after.size()}));
  EXPECT_EQ(model::text_of(after[moved.begin]), "next");
  EXPECT_EQ(range_after({0, 1}, plan, messages.size(), after.size()), (MessageRange{0, 1}));
  EXPECT_EQ(range_after({0, messages.size()}, plan, messages.size(), after.size()),
            (MessageRange{0, after.size()}));
}

TEST(ContextWindow, PlanReadsBackFromItsJsonAndRefusesWhatIsNone) {
  auto messages = conversation(0);
  add_turns(messages, 3, 300, 0, "skill");
  add_turns(messages, 12, 300, 50);
  const Compaction plan = planned(messages, summarizing(0.5, 4), by_overflow());
  const auto parsed = json::parse(json::write(to_json(plan)));
  ASSERT_TRUE(parsed);
  const auto again = compaction_from_json(*parsed);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(*again, plan);

  for (const std::string_view key : {"strategy", "removed", "kept", "maxSummaryTokens", "tokensBefore"}) {
    json::Value broken = *parsed;
    broken.set(key, "x");
    EXPECT_EQ(compaction_from_json(broken).error().code, os::Code::kCorrupt) << key;
  }
  const auto refused = [&](const Compaction& broken) {
    const auto after = apply_compaction(messages, broken, std::nullopt);
    return !after && after.error().code == os::Code::kCorrupt;
  };
  Compaction broken = plan;
  broken.removed = messages.size();
  EXPECT_TRUE(refused(broken));
  broken = plan;
  broken.pinned.push_back({999, 0});
  EXPECT_TRUE(refused(broken));
  broken = plan;
  std::swap(broken.pinned[0], broken.pinned[1]);
  EXPECT_TRUE(refused(broken));
  broken = plan;
  broken.task = {{2, 0}};  // a tool result
  EXPECT_TRUE(refused(broken));
}

}  // namespace
}  // namespace soma::harness
