// What context_window.h promises, held against conversations and plans of chance: each seed is one
// conversation that is compacted, goes on, and is compacted again.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <unordered_set>

#include "services/harness/context/context_summary.h"
#include "services/harness/context/context_test_kit.h"

namespace soma::harness {
namespace {

using model::Block;
using model::Message;
using model::Role;

class Chance {
 public:
  explicit Chance(uint32_t seed) : engine_(seed) {}
  int64_t up_to(int64_t most) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(most + 1)); }
  bool one_in(int64_t n) { return up_to(n - 1) == 0; }
  std::string text() {
    static constexpr std::string_view kParts[] = {"word ", "слово ", "漢字", "🙂", "{\"a\":1}", "\n"};
    std::string out = "m" + std::to_string(up_to(1'000'000'000)) + " ";
    const size_t bytes = static_cast<size_t>(one_in(16) ? up_to(5'000) : up_to(120));
    while (out.size() < bytes) out += kParts[up_to(std::size(kParts) - 1)];
    return out;
  }

 private:
  std::mt19937 engine_;
};

// What a session keeps beside its messages.
struct Talk {
  std::vector<Message> messages;
  MessageRange request;
  std::vector<std::string> pending;
  int ids = 0;
};

void push(std::vector<Message>& messages, Message message) {
  if (messages.empty() || messages.back().role != message.role)
    messages.push_back(std::move(message));
  else
    std::ranges::move(message.content, std::back_inserter(messages.back().content));
}

void ask(Talk& talk, Chance& chance) {
  Message message{Role::kUser, {}};
  if (chance.one_in(5)) message.content.emplace_back(model::Image{{.format = "png", .bytes = "p"}});
  message.content.emplace_back(model::Text{chance.text()});
  push(talk.messages, std::move(message));
  talk.request = {talk.messages.size() - 1, talk.messages.size()};
}

void work(Talk& talk, Chance& chance, bool answered) {
  static constexpr std::string_view kTools[] = {"shell", "skill_read", "browser", "skills"};
  Message turn{Role::kAssistant, {}}, answers{Role::kUser, {}};
  if (chance.one_in(3))
    turn.content.emplace_back(model::Reasoning{.text = chance.text(), .signature = "sig"});
  if (chance.one_in(2)) turn.content.emplace_back(model::Text{chance.text()});
  if (chance.one_in(8)) {  // a call that the provider ran itself
    const std::string id = "s" + std::to_string(talk.ids++);
    turn.content.emplace_back(model::ToolUse{.id = id,
                                             .name = "skill_search",
                                             .input = json::Object{},
                                             .type = "server_tool_use",
                                             .origin = "anthropic"});
    turn.content.emplace_back(result(id, chance.text()));
  }
  talk.pending.clear();
  for (int64_t n = chance.up_to(3); n >= 0; --n) {
    const std::string id = "t" + std::to_string(talk.ids++);
    turn.content.emplace_back(
        use(id, std::string(kTools[chance.up_to(3)]), json::object({{"q", chance.text()}})));
    answers.content.emplace_back(result(id, chance.text(), chance.one_in(4)));
    if (!answered) talk.pending.push_back(id);
  }
  if (chance.one_in(2)) std::ranges::reverse(answers.content);
  push(talk.messages, std::move(turn));
  if (answered) push(talk.messages, std::move(answers));
}

// Goes on as sessions do; ends where a model is asked next, or with calls that are pending.
void go_on(Talk& talk, Chance& chance) {
  for (int64_t steps = chance.up_to(24); steps >= 0; --steps) {
    if (talk.messages.empty() || chance.one_in(6)) {
      if (!talk.messages.empty() && !chance.one_in(4)) push(talk.messages, assistant(chance.text()));
      ask(talk, chance);
    }
    work(talk, chance, true);
  }
  if (chance.one_in(3)) {
    push(talk.messages, assistant(chance.text()));
    ask(talk, chance);
  } else if (chance.one_in(4)) {
    work(talk, chance, false);
  }
}

Truncation some_truncation(Chance& chance) {
  Truncation out;
  out.strategy = chance.one_in(2) ? TruncationStrategy::kSlidingWindow : TruncationStrategy::kSummarization;
  out.messages_count = 1 + chance.up_to(50);
  out.summary_ratio = 0.1 + 0.1 * static_cast<double>(chance.up_to(7));
  out.preserve_recent_messages = 1 + chance.up_to(30);
  if (chance.one_in(4)) out.pinned_tools.clear();
  if (chance.one_in(8)) out.pinned_tools = {"*"};
  return out;
}

PlanInput some_input(const Talk& talk, Chance& chance) {
  PlanInput out{.request = talk.request, .pending_tool_use_ids = talk.pending};
  out.reason = static_cast<CompactionReason>(chance.up_to(2));
  std::optional<int64_t> window;
  if (!chance.one_in(4)) window = 500 + chance.up_to(12'000);
  out.budget =
      context_budget(window, chance.up_to(3'000), 0.5 + 0.25 * static_cast<double>(chance.up_to(10)));
  out.fixed_tokens = chance.up_to(400);
  return out;
}

std::vector<std::string> blocks_of(const std::vector<Message>& messages, size_t begin, size_t end) {
  std::vector<std::string> out;
  for (size_t m = begin; m < end; ++m)
    for (const Block& block : messages[m].content) out.push_back(json::write(model::to_json(block)));
  return out;
}

// What users said in the messages [begin, end), results and soma's own texts aside.
std::vector<std::string> said(const std::vector<Message>& messages, const MessageRange& range) {
  std::vector<std::string> out;
  for (size_t m = range.begin; m < range.end; ++m)
    if (messages[m].role == Role::kUser)
      for (const Block& block : messages[m].content)
        if (!std::holds_alternative<model::ToolResult>(block) && !is_compaction_text(block))
          out.push_back(json::write(model::to_json(block)));
  return out;
}

std::vector<std::string> pinned_blocks(const std::vector<Message>& messages, const Truncation& truncation,
                                       const std::vector<std::string>& pending) {
  std::vector<std::string> out;
  for (size_t m = 0; m < messages.size(); ++m)
    for (const Block& block : messages[m].content)
      if (const auto* call = std::get_if<model::ToolUse>(&block);
          call != nullptr && call->origin.empty() && std::ranges::find(pending, call->id) == pending.end() &&
          std::ranges::any_of(truncation.pinned_tools,
                              [&](const std::string& glob) { return os::glob_match(glob, call->name); })) {
        out.push_back(json::write(model::to_json(block)));
        for (const Block& answer : messages[m + 1].content)
          if (const auto* r = std::get_if<model::ToolResult>(&answer);
              r != nullptr && r->tool_use_id == call->id)
            out.push_back(json::write(model::to_json(answer)));
      }
  return out;
}

bool holds(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  const std::unordered_set<std::string_view> known(all.begin(), all.end());
  return std::ranges::all_of(some, [&](const std::string& one) { return known.contains(one); });
}

struct Tally {
  int plans = 0, nothing = 0, refused = 0, again = 0;
};

// One compaction of the talk, if there is one, with everything that has to hold.
void compact(Talk& talk, Chance& chance, const std::string& task, Tally& tally) {
  const Truncation truncation = some_truncation(chance);
  const PlanInput input = some_input(talk, chance);
  const std::vector<Message>& before = talk.messages;
  const auto plan = plan_compaction(before, truncation, input);
  if (!plan) {
    ASSERT_EQ(plan.error().code, os::Code::kLimitExceeded) << plan.error().to_string();
    ++tally.refused;
    return;
  }
  if (!*plan) {
    ++tally.nothing;
    return;
  }
  ++tally.plans;
  const Compaction& compaction = **plan;
  std::optional<std::string> summary;
  if (chance.one_in(2)) {
    const auto removed = std::span(before).first(compaction.removed);
    summary = chance.one_in(2) ? plain_digest(removed) : chance.text() + chance.text() + chance.text();
  }
  const auto applied = apply_compaction(before, compaction, summary);
  ASSERT_TRUE(applied) << applied.error().to_string();
  const std::vector<Message>& after = *applied;
  ASSERT_NO_FATAL_FAILURE(expect_valid(after));

  // The same from its JSON.
  const auto parsed = json::parse(json::write(to_json(compaction)));
  ASSERT_TRUE(parsed);
  const auto read = compaction_from_json(*parsed);
  ASSERT_TRUE(read) << read.error().to_string();
  ASSERT_EQ(*read, compaction);
  ASSERT_EQ(written(*apply_compaction(before, *read, summary)), written(after));

  // Shorter, as said.
  const int64_t weight = input.fixed_tokens + estimate_tokens(std::span(after));
  ASSERT_LE(input.budget.scaled(weight), compaction.tokens_after);
  ASSERT_LT(compaction.tokens_after, compaction.tokens_before);
  ASSERT_EQ(compaction.tokens_before,
            input.budget.scaled(input.fixed_tokens + estimate_tokens(std::span(before))));

  // The rest is as it was.
  const auto rest = blocks_of(before, compaction.removed, before.size());
  const auto all = blocks_of(after, 0, after.size());
  ASSERT_LE(rest.size(), all.size());
  ASSERT_TRUE(std::ranges::equal(rest, std::span(all).last(rest.size())));

  // Task, request and pinned calls are there.
  ASSERT_TRUE(holds(all, {task}));
  const MessageRange moved = range_after(talk.request, compaction, before.size(), after.size());
  ASSERT_LE(moved.end, after.size());
  ASSERT_TRUE(holds(said(after, moved), said(before, talk.request)));
  ASSERT_TRUE(holds(all, pinned_blocks(before, truncation, talk.pending)));

  // The strategy's own values, where the budget did not ask for more.
  const auto left = static_cast<int64_t>(before.size() - compaction.removed);
  if (input.reason == CompactionReason::kWindowCount) {
    ASSERT_EQ(truncation.strategy, TruncationStrategy::kSlidingWindow);
    if (!needs_compaction(input.fixed_tokens + estimate_tokens(std::span(before)), input.budget))
      ASSERT_GE(left, truncation.messages_count);
  }
  talk.messages = after;
  talk.request = moved;
}

TEST(ContextProperty, HoldsForConversationsAndPlansOfChance) {
  constexpr uint32_t kConversations = 2'000;
  Tally tally;
  for (uint32_t seed = 1; seed <= kConversations; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Chance chance(seed);
    Talk talk;
    go_on(talk, chance);
    ASSERT_NO_FATAL_FAILURE(expect_valid(talk.messages));
    const std::string task = said(talk.messages, {0, 1}).back();
    for (int round = 0; round < 3; ++round) {
      const int plans = tally.plans;
      ASSERT_NO_FATAL_FAILURE(compact(talk, chance, task, tally));
      if (tally.plans > plans && chance.one_in(2)) {  // twice in a row
        ASSERT_NO_FATAL_FAILURE(compact(talk, chance, task, tally));
        ++tally.again;
      }
      if (talk.pending.empty()) go_on(talk, chance);
    }
  }
  EXPECT_GT(tally.plans, 2'000);
  EXPECT_GT(tally.nothing, 100);
  EXPECT_GT(tally.refused, 10);
  RecordProperty("plans", tally.plans);
  RecordProperty("nothing", tally.nothing);
  RecordProperty("refused", tally.refused);
}

}  // namespace
}  // namespace soma::harness
