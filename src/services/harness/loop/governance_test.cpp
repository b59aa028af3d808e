// What bounds and watches over an invocation: limits, money, hooks, the shape of the answer, the context's
// size.
#include <gmock/gmock.h>

#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using json::object;

json::Value list() {
  return object({{"operation", "list"}, {"path", "."}});
}

class GovernanceTest : public HarnessTest {
 protected:
  std::vector<journal::Event> run(Config config, std::string prompt = "Go") {
    if (!life_) life_ = std::make_unique<Life>(directory_ + "/life", *clock_);
    const auto made = life_->wait(life_->service().create(std::move(config)));
    if (!made && made.error().code != os::Code::kAlreadyExists)
      throw std::runtime_error(made.error().to_string());
    return again(std::move(prompt));
  }
  std::vector<journal::Event> again(std::string prompt) {
    const auto invocation = life_->wait(life_->service().invoke(request(std::move(prompt))));
    if (!invocation) throw std::runtime_error(invocation.error().to_string());
    return life_->finish(*invocation);
  }
  static std::string stop(const std::vector<journal::Event>& events, size_t skip = 0) {
    return std::string(body(events, "invocation.finished", skip).get("stopReason").string_or(""));
  }
  static std::vector<std::string> many_tool_turns(size_t count) {
    std::vector<std::string> turns;
    for (size_t turn = 0; turn < count; ++turn)
      turns.push_back(tool_turn({{"use-" + std::to_string(turn), "file_operations", list()}}));
    turns.push_back(text_turn("Done."));
    return turns;
  }
  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<Life> life_;
};

TEST_F(GovernanceTest, ToolCallsAreLimited) {
  Config two = config(script(many_tool_turns(4)));
  two.max_tool_calls = 2;
  const auto events = run(std::move(two));
  EXPECT_EQ(stop(events), "max_tool_calls_exceeded");
  EXPECT_EQ(count(events, "tool.intent"), 2u);
  EXPECT_EQ(body(events, "tool.result", 2).get("notRun").string_or(""), "limit");
}

TEST_F(GovernanceTest, TheLimitItselfCanBeReached) {
  Config two = config(script(many_tool_turns(2)));
  two.max_tool_calls = 2;
  const auto events = run(std::move(two));
  EXPECT_EQ(stop(events), "end_turn");
}

TEST_F(GovernanceTest, ParallelCallsBeyondTheLimitAreRefused) {
  Config two = config(script({tool_turn({{"a", "file_operations", list()},
                                         {"b", "file_operations", list()},
                                         {"c", "file_operations", list()}}),
                              text_turn("Done.")}));
  two.max_tool_calls = 2;
  const auto events = run(std::move(two));
  EXPECT_EQ(count(events, "tool.intent"), 2u);
  EXPECT_EQ(stop(events), "max_tool_calls_exceeded");
}

// ---- money

class MoneyTest : public GovernanceTest {
 protected:
  // The scripted model at a price: 1 dollar a million input tokens, 10 a million output tokens.
  MoneyTest() {
    prices_ = *model::PriceTable::parse(
        R"({"date": "2026-01-01", "currency": "USD", "models": [{"provider": "replay", "modelId": "*script*",
            "inputUsdPerMillion": 1, "outputUsdPerMillion": 10, "source": "this test"}]})",
        "prices");
    life_ = std::make_unique<Life>(directory_ + "/life", *clock_, prices_);
  }
  model::PriceTable prices_;
};

TEST_F(MoneyTest, WhatWasSpentIsInEverySession) {
  const auto events =
      run(config(script({tool_turn({{"a", "file_operations", list()}}), text_turn("Done.")})));
  // 20 + 10 tokens in, 7 + 5 out.
  EXPECT_DOUBLE_EQ(body(events, "model.result").get("costUsd").double_or(0), 20e-6 + 70e-6);
  EXPECT_DOUBLE_EQ(body(events, "invocation.finished").get("costUsd").double_or(0), 30e-6 + 120e-6);
  const auto session = life_->service().session("agent", session_name(1));
  EXPECT_EQ(session->summary.cost_pico, model::pico(150e-6));
}

TEST_F(MoneyTest, ACapStopsBeforeTheCallThatItDoesNotPayFor) {
  Config capped = config(script(many_tool_turns(50)));
  capped.max_cost_pico = model::pico(0.005);
  const auto events = run(std::move(capped));
  EXPECT_EQ(stop(events), "max_cost_exceeded");
  EXPECT_LE(body(events, "invocation.finished").get("costUsd").double_or(1), 0.005);
  EXPECT_GT(count(events, "model.result"), 1u);
}

// A wrong cap is worse than none.
TEST_F(MoneyTest, ACapOnAModelWithoutAPriceIsRefusedAtTheStart) {
  Config unpriced = config(script({text_turn("Done.")}));
  unpriced.max_cost_pico = model::pico(1);
  unpriced.model.model_id = "somewhere-else.jsonl";
  ASSERT_TRUE(life_->wait(life_->service().create(std::move(unpriced))));
  const auto refused = life_->wait(life_->service().invoke(request("Go")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, os::Code::kInvalidArgument);
  EXPECT_THAT(refused.error().message,
              testing::HasSubstr("no price is known for the model 'somewhere-else.jsonl'"));
}

TEST_F(MoneyTest, ASubAgentSpendsItsCallersMoney) {
  Config helper = config(script({tool_turn({{"a", "file_operations", list()}}), text_turn("Found.")}));
  helper.name = "helper";
  ASSERT_TRUE(life_->wait(life_->service().create(std::move(helper))));
  Config caller =
      config(script({tool_turn({{"h", "helper", object({{"prompt", "Find"}})}}), text_turn("Thanks.")}));
  caller.tools.push_back({"harness", "helper", object({{"harness", "helper"}, {"budgetShare", 0.25}})});
  caller.max_cost_pico = model::pico(0.1);
  const auto events = run(std::move(caller));
  EXPECT_EQ(stop(events), "end_turn");
  EXPECT_NEAR(body(events, "subagent.started").get("budgetUsd").double_or(0), (0.1 - 90e-6) / 4, 1e-9);
  EXPECT_DOUBLE_EQ(body(events, "tool.result").get("costUsd").double_or(0), 150e-6);
  EXPECT_DOUBLE_EQ(body(events, "invocation.finished").get("costUsd").double_or(0), 300e-6);
}

// Found on reading: what a sub-agent without a price had cost was left out, and the sum looked whole.
TEST_F(MoneyTest, ASumWithASubAgentOfUnknownPriceIsNotTold) {
  Config helper = config(script({text_turn("Found.")}));
  helper.name = "helper";
  std::filesystem::copy_file(helper.model.model_id, directory_ + "/unpriced.jsonl");
  helper.model.model_id = directory_ + "/unpriced.jsonl";
  ASSERT_TRUE(life_->wait(life_->service().create(std::move(helper))));
  Config caller =
      config(script({tool_turn({{"h", "helper", object({{"prompt", "Find"}})}}), text_turn("Thanks.")}));
  caller.tools.push_back({"harness", "helper", object({{"harness", "helper"}})});
  const auto events = run(std::move(caller));
  EXPECT_EQ(stop(events), "end_turn");
  EXPECT_FALSE(body(events, "invocation.finished").has("costUsd"));
  EXPECT_FALSE(life_->service().session("agent", session_name(1))->summary.cost_pico);
}

// ---- structured output

class OutputTest : public GovernanceTest {
 protected:
  Config wanting(std::vector<std::string> turns) {
    Config out = config(script(turns));
    out.output_schema = *json::parse(
        R"({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}, "additionalProperties": false})");
    return out;
  }
};

TEST_F(OutputTest, AnAnswerThatFitsIsTheOutput) {
  const auto events = run(wanting({text_turn("```json\n{\"name\": \"Ada\"}\n```")}));
  EXPECT_EQ(body(events, "invocation.finished").get("output"), object({{"name", "Ada"}}));
  EXPECT_EQ(count(events, "output.rejected"), 0u);
}

TEST_F(OutputTest, AnAnswerThatDoesNotFitIsAskedForAgain) {
  const auto events =
      run(wanting({text_turn("It is Ada."), text_turn("{\"name\": 3}"), text_turn("{\"name\": \"Ada\"}")}));
  EXPECT_EQ(stop(events), "end_turn");
  EXPECT_EQ(count(events, "output.rejected"), 2u);
  EXPECT_EQ(body(events, "output.accepted").get("value"), object({{"name", "Ada"}}));
  const auto view = life_->service().session("agent", session_name(1));
  ASSERT_EQ(view->messages.size(), 6u);
  EXPECT_THAT(model::text_of(view->messages[4]), testing::HasSubstr("/name must be string"));
}

TEST_F(OutputTest, RepairsEnd) {
  const auto events = run(wanting({text_turn("a"), text_turn("b"), text_turn("c"), text_turn("d")}));
  EXPECT_EQ(stop(events), "malformed_model_output");
  EXPECT_EQ(count(events, "output.rejected"), 2u);
  EXPECT_THAT(json::write(body(events, "invocation.finished")), testing::HasSubstr("after 2 repairs"));
}

// ---- hooks

class HookFlowTest : public GovernanceTest {
 protected:
  // A hook that runs a shell line with the payload on its standard input.
  static Hook hook(HookType type, std::string name, std::string line) {
    Hook out;
    out.type = type;
    out.name = std::move(name);
    out.target = CommandTarget{{"/bin/sh", "-c", std::move(line)}};
    return out;
  }
  std::string log_path() const { return directory_ + "/hooks.log"; }
  std::string log_line() const { return "cat >> " + log_path() + "; echo >> " + log_path(); }
  std::vector<json::Value> logged() const {
    std::ifstream file(log_path());
    std::vector<json::Value> out;
    for (std::string line; std::getline(file, line);)
      if (!line.empty()) out.push_back(*json::parse(line));
    return out;
  }
};

TEST_F(HookFlowTest, AreToldOfFourPointsInOrder) {
  Config config =
      GovernanceTest::config(script({tool_turn({{"a", "file_operations", list()}}), text_turn("Done.")}));
  for (const HookType type : {HookType::kAfterInvocation, HookType::kAfterToolCall, HookType::kBeforeToolCall,
                              HookType::kBeforeInvocation})
    config.hooks.push_back(hook(type, std::string(hook_type_name(type)), log_line()));
  const auto events = run(std::move(config));
  EXPECT_EQ(stop(events), "end_turn");
  std::vector<std::string> types;
  for (const json::Value& payload : logged()) types.emplace_back(payload.get("type").string_or(""));
  EXPECT_THAT(types, testing::ElementsAre("before_invocation", "before_tool_call", "after_tool_call",
                                          "after_invocation"));
  EXPECT_EQ(logged()[0].get("context").get("messages").size(), 1u);
  EXPECT_EQ(logged()[3].get("context").get("stopReason").string_or(""), "end_turn");
  EXPECT_EQ(count(events, "hook.started"), 4u);
  EXPECT_EQ(body(events, "hook.finished").get("decision").string_or(""), "allow");
}

TEST_F(HookFlowTest, ADenyBeforeTheInvocationAsksNoModel) {
  Config config = GovernanceTest::config(script({text_turn("Done.")}));
  config.hooks.push_back(hook(HookType::kBeforeInvocation, "gate", "echo closed on Sundays >&2; exit 2"));
  const auto events = run(std::move(config));
  EXPECT_EQ(stop(events), "hook_stopped");
  EXPECT_EQ(count(events, "model.intent"), 0u);
  EXPECT_EQ(body(events, "hook.finished").get("reason").string_or(""), "closed on Sundays");
  EXPECT_EQ(stop(again("And now?"), 1), "hook_stopped") << "the session can be used again";
}

TEST_F(HookFlowTest, ADenyBeforeACallSkipsItAndTheLoopGoesOn) {
  Config config =
      GovernanceTest::config(script({tool_turn({{"a", "file_operations", list()}}), text_turn("Done.")}));
  config.hooks.push_back(
      hook(HookType::kBeforeToolCall, "gate", R"(echo '{"decision": "deny", "reason": "not this one"}')"));
  const auto events = run(std::move(config));
  EXPECT_EQ(stop(events), "end_turn");
  EXPECT_EQ(count(events, "tool.intent"), 0u);
  EXPECT_EQ(body(events, "tool.result").get("notRun").string_or(""), "hook");
}

TEST_F(HookFlowTest, ADenyAfterACallKeepsItsResultAndStops) {
  Config config =
      GovernanceTest::config(script({tool_turn({{"a", "file_operations", list()}}), text_turn("Done.")}));
  config.hooks.push_back(hook(HookType::kAfterToolCall, "gate", "exit 2"));
  const auto events = run(std::move(config));
  EXPECT_EQ(stop(events), "hook_stopped");
  EXPECT_EQ(body(events, "tool.result").get("status").string_or(""), "success");
  const auto view = life_->service().session("agent", session_name(1));
  ASSERT_EQ(view->messages.size(), 3u);
  EXPECT_FALSE(std::get<model::ToolResult>(view->messages[2].content.front()).error);
}

// A hook after a call was told of calls that had never been one.
TEST_F(HookFlowTest, WhatNeverRanHasNothingAfterIt) {
  Config config = GovernanceTest::config(
      script({tool_turn({{"a", "file_operations", list()}, {"b", "no_such_tool", json::Object{}}}),
              text_turn("Done.")}));
  config.approvals = *approvals_from_json(*json::parse(R"({"rules": [{"tool": "*", "decision": "deny"}]})"));
  config.hooks.push_back(hook(HookType::kAfterToolCall, "after", log_line()));
  const auto events = run(std::move(config));
  EXPECT_EQ(count(events, "tool.result"), 2u);
  EXPECT_EQ(count(events, "hook.started"), 0u);
  EXPECT_EQ(stop(events), "end_turn");
}

TEST_F(HookFlowTest, AHookThatFailsDenies) {
  Config config =
      GovernanceTest::config(script({tool_turn({{"a", "file_operations", list()}}), text_turn("Done.")}));
  config.hooks.push_back(hook(HookType::kBeforeToolCall, "broken", "exit 1"));
  const auto events = run(std::move(config));
  EXPECT_EQ(count(events, "tool.intent"), 0u);
  EXPECT_THAT(json::write(body(events, "tool.result")), testing::HasSubstr("the hook 'broken' failed"));
}

// ---- the context's size

class RoomTest : public GovernanceTest {};

TEST_F(RoomTest, ASlidingWindowKeepsTheTaskAndValidPairs) {
  Config config = GovernanceTest::config(script(many_tool_turns(20)));
  config.truncation.strategy = TruncationStrategy::kSlidingWindow;
  config.truncation.messages_count = 6;
  const auto events = run(std::move(config), "The task that must stay");
  // The scripted model counts answers in what it is shown: it plays its turns from the compacted place on.
  EXPECT_GT(count(events, "context.compacted"), 0u);
  const auto history = read_history(
      life_->journal(), "session/" + life_->service().get("agent").value()->id + "/" + session_name(1));
  ASSERT_TRUE(history) << history.error().to_string();
  EXPECT_LT(history->messages.size(), 20u);
  EXPECT_THAT(model::text_of(history->messages.front()), testing::HasSubstr("The task that must stay"));
  for (size_t index = 0; index < history->messages.size(); ++index) {
    EXPECT_EQ(history->messages[index].role, index % 2 == 0 ? model::Role::kUser : model::Role::kAssistant);
    for (const model::Block& block : history->messages[index].content)
      if (const auto* use = std::get_if<model::ToolUse>(&block)) {
        ASSERT_LT(index + 1, history->messages.size());
        const auto& next = history->messages[index + 1].content;
        EXPECT_TRUE(std::ranges::any_of(next, [&](const model::Block& b) {
          const auto* result = std::get_if<model::ToolResult>(&b);
          return result && result->tool_use_id == use->id;
        }));
      }
  }
  // Whoever shows the conversation gets all of it.
  EXPECT_GT(life_->service().session("agent", session_name(1))->messages.size(), history->messages.size());
}

TEST_F(RoomTest, ASummaryTakesThePlaceOfWhatGoes) {
  Config config = GovernanceTest::config(script({text_turn(std::string(14'000, 'a')), text_turn("Done.")}));
  config.truncation.strategy = TruncationStrategy::kSummarization;
  config.truncation.preserve_recent_messages = 1;
  config.model.context_window = 4096;
  ASSERT_EQ(stop(run(std::move(config), "Tell me a lot")), "end_turn");
  const auto events = again("And now this: " + std::string(6'000, 'y'));
  EXPECT_EQ(count(events, "context.compacting"), 1u);
  ASSERT_EQ(count(events, "context.compacted"), 1u)
      << "the second prompt does not fit beside the first answer";
  const json::Value compacted = body(events, "context.compacted");
  EXPECT_TRUE(compacted.has("summary"));
  EXPECT_LT(compacted.get("tokensAfter").int_or(0), compacted.get("tokensBefore").int_or(0));
  EXPECT_EQ(stop(events, 1), "end_turn");
}

TEST_F(RoomTest, ATaskThatCannotFitEndsTheTurnWithThatReason) {
  Config config = GovernanceTest::config(script({text_turn("Done.")}));
  config.truncation.strategy = TruncationStrategy::kSlidingWindow;
  config.model.context_window = 1024;
  const auto events = run(std::move(config), std::string(20'000, 'x'));
  EXPECT_EQ(stop(events), "model_context_window_exceeded");
  EXPECT_EQ(count(events, "model.intent"), 0u);
}

}  // namespace
}  // namespace soma::harness
