#include "services/harness/loop/make_room.h"

#include <fmt/format.h>

#include "services/harness/context/context_summary.h"
#include "services/harness/loop/spending.h"
#include "services/harness/loop/stand_in.h"
#include "services/harness/loop/system_prompt.h"

namespace soma::harness {
namespace {

using os::Result;

ContextBudget budget_of(const InvocationContext& context) {
  const model::ModelSettings& model = context.history.running->config.model;
  const auto price = price_of(context);
  std::optional<int64_t> window = model.context_window;
  if (!window && price) window = price->context_window;
  return context_budget(window, model.max_tokens, context.history.token_scale);
}

std::vector<std::string> pending_ids(const RunningInvocation& running) {
  std::vector<std::string> ids;
  for (const PendingTool& tool : running.tools) ids.push_back(tool.use.id);
  return ids;
}

struct Summary {
  std::string text;
  std::optional<model::Usage> usage{};  // of the model that made it
};

// The model's summary; nothing when it did not make one.
net::Task<std::optional<Summary>> ask_for_summary(InvocationContext& context, const Compaction& plan) {
  const RunningInvocation& running = *context.history.running;
  const model::ConverseRequest request = summary_request(running.config.model, context.history.messages, plan,
                                                         running.config.truncation, budget_of(context));
  const int64_t tokens = budget_of(context).scaled(estimate_tokens(request.messages));
  if (cost_is_spent(context, tokens) || running.compaction_attempts > kMaxSummaryAttempts)
    co_return std::nullopt;
  model::MessageAssembler assembler;
  std::optional<os::Error> failure;
  net::Cancellation call_cancellation;
  const auto forward = context.cancellation.on_request(
      [call_cancellation, &context]() mutable { call_cancellation.request(context.cancellation.reason()); });
  const model::EventSink sink = [&](model::StreamEvent event) {
    if (failure) return;
    if (const auto added = assembler.add(event); !added) {
      failure = added.error();
      call_cancellation.request("the summary was refused");
    }
  };
  StandIn* stand_in = context.dependencies.stand_in;
  model::Provider& provider = stand_in ? stand_in->summarizer() : context.provider;
  const Result<> answered = co_await provider.converse(request, sink, call_cancellation);
  if (!answered && !failure) failure = answered.error();
  Summary summary{model::text_of(assembler.message()), assembler.usage()};
  if (!failure && assembler.complete() && !os::trim(summary.text).empty()) co_return summary;
  os::log(os::Level::kWarning, "harness.summary.failed",
          {{"run", context.writer.run()}, {"error", failure ? failure->to_string() : "the answer is empty"}});
  co_return std::nullopt;
}

net::Task<Result<>> compact(InvocationContext& context, Recorder& recorder, Compaction plan) {
  const std::string call_id = context.dependencies.ids.prefixed("cmp");
  json::Value body = to_json(plan);
  body.set("callId", call_id);
  if (plan.strategy == TruncationStrategy::kSummarization) {
    recorder.record(event::kContextCompacting,
                    json::object({{"callId", call_id}, {"strategy", strategy_name(plan.strategy)}}));
    SOMA_CO_TRY(co_await context.writer.flush());
    const std::optional<Summary> summary = co_await ask_for_summary(context, plan);
    // Whoever stopped the invocation stopped the summary; what it would have been is of no use.
    if (context.cancellation.requested()) co_return Result<>{};
    const std::span removed(context.history.messages.data(), plan.removed);
    body.set("summary", summary ? summary->text : plain_digest(removed));
    body.set("by", summary ? "model" : "rules");
    if (summary) {
      body.set("usage", model::to_json(*summary->usage));
      set_cost(context, *summary->usage, body);
    }
  }
  recorder.record(event::kContextCompacted, body);
  co_return Result<>{};
}

}  // namespace

int64_t estimated_request(const InvocationContext& context) {
  const std::vector<model::ToolSpec> specs = context.bench.specs();
  return estimate_fixed_tokens(system_prompt(*context.history.running), specs) +
         estimate_tokens(context.history.messages);
}

net::Task<Result<std::optional<InvocationEnd>>> make_room(InvocationContext& context, Recorder& recorder,
                                                          CompactionReason reason) {
  const RunningInvocation& running = *context.history.running;
  if (running.config.truncation.strategy == TruncationStrategy::kNone) co_return std::nullopt;
  const std::vector<model::ToolSpec> specs = context.bench.specs();
  const PlanInput input{.request = running.task,
                        .pending_tool_use_ids = pending_ids(running),
                        .reason = reason,
                        .budget = budget_of(context),
                        .fixed_tokens = estimate_fixed_tokens(system_prompt(running), specs)};
  auto plan = plan_compaction(context.history.messages, running.config.truncation, input);
  if (!plan) co_return InvocationEnd{model::StopReason::kModelContextWindowExceeded, plan.error()};
  if (*plan) SOMA_CO_TRY(co_await compact(context, recorder, std::move(**plan)));
  co_return std::nullopt;
}

}  // namespace soma::harness
