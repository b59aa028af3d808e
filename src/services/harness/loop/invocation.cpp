#include "services/harness/loop/invocation.h"

#include <fmt/format.h>

#include <cmath>

#include "core/model/context_overflow.h"
#include "services/harness/loop/hook_calls.h"
#include "services/harness/loop/make_room.h"
#include "services/harness/loop/spending.h"
#include "services/harness/loop/structured_output.h"
#include "services/harness/loop/system_prompt.h"
#include "services/harness/loop/tool_phase.h"
#include "services/harness/loop/tool_sources.h"
#include "services/harness/memory/remembering.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

int64_t elapsed_ms(os::Clock& clock, os::Time since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - since).count();
}

// Ends a message that a crash left open, so that followers see it end before the model is asked again.
void close_cut_message(Recorder& recorder, const RunningInvocation& running) {
  if (running.open_call && running.open_stream.open()) {
    if (const auto block = running.open_stream.open_block()) recorder.stream(model::ContentBlockStop{*block});
    recorder.stream(model::MessageStop{model::StopReason::kInterrupted});
  } else if (running.results_message_open && running.tools.empty()) {
    recorder.stream(model::MessageStop{model::StopReason::kToolResult});
  }
}

// A stop that somebody or some limit asked for, before the model is asked once more.
std::optional<InvocationEnd> limit_met(const InvocationContext& context) {
  const RunningInvocation& running = *context.history.running;
  if (context.cancellation.requested())
    return InvocationEnd{context.cancellation.reason() == kStopTimeout ? model::StopReason::kTimeoutExceeded
                                                                       : model::StopReason::kInterrupted};
  if (running.hook_stop) return InvocationEnd{model::StopReason::kHookStopped};
  if (running.tool_limit_met) return InvocationEnd{model::StopReason::kMaxToolCallsExceeded};
  if (running.iterations >= running.config.max_iterations && !running.open_call)
    return InvocationEnd{model::StopReason::kMaxIterationsExceeded};
  if (running.config.max_tokens && running.usage.output_tokens >= *running.config.max_tokens)
    return InvocationEnd{model::StopReason::kMaxOutputTokensExceeded};
  return std::nullopt;
}

model::ConverseRequest make_request(const InvocationContext& context, int64_t input_tokens) {
  const RunningInvocation& running = *context.history.running;
  model::ConverseRequest request{running.config.model, system_prompt(running), context.history.messages,
                                 context.bench.specs()};
  request.model.max_tokens = output_limit(context, input_tokens);
  return request;
}

// Takes the provider's events: checks, counts, assembles, streams.
class ModelListener {
 public:
  ModelListener(Recorder& recorder, const Config& config, net::Cancellation& cancellation)
      : recorder_(recorder), config_(config), cancellation_(cancellation) {}

  void take(const model::StreamEvent& event) {
    if (failure_) return;
    bytes_ += size_of(event);
    if (bytes_ > model::kMaxModelResponseBytes) {
      return fail({Code::kLimitExceeded,
                   fmt::format("the model's answer is over {} MiB (kMaxModelResponseBytes)",
                               model::kMaxModelResponseBytes >> 20),
                   ""});
    }
    if (auto added = assembler_.add(event); !added) return fail(added.error());
    // The end goes out with model.result, in one transaction: a client that has seen it sees no second answer
    // after a crash.
    const bool end =
        std::holds_alternative<model::MessageStop>(event) || std::holds_alternative<model::Metadata>(event);
    if (!end) recorder_.stream(with_server(event, config_));
  }

  const model::MessageAssembler& assembler() const { return assembler_; }
  const std::optional<os::Error>& failure() const { return failure_; }

 private:
  void fail(os::Error error) {
    failure_ = std::move(error);
    cancellation_.request("the model's answer was refused");
  }

  static size_t size_of(const model::StreamEvent& event) {
    const auto* delta = std::get_if<model::ContentBlockDelta>(&event);
    if (!delta) return 64;
    if (const auto* text = std::get_if<model::TextDelta>(&delta->delta)) return text->text.size();
    if (const auto* input = std::get_if<model::ToolInputDelta>(&delta->delta))
      return input->json_fragment.size();
    if (const auto* reasoning = std::get_if<model::ReasoningDelta>(&delta->delta))
      return reasoning->text.size() + reasoning->signature.size() + reasoning->redacted.size();
    return 64;
  }

  Recorder& recorder_;
  const Config& config_;
  net::Cancellation& cancellation_;
  model::MessageAssembler assembler_;
  std::optional<os::Error> failure_;
  size_t bytes_ = 0;
};

void end_open_message(Recorder& recorder, const model::MessageAssembler& assembler,
                      model::StopReason reason) {
  if (!assembler.open() && !assembler.complete()) return;
  if (const auto block = assembler.open_block()) recorder.stream(model::ContentBlockStop{*block});
  recorder.stream(model::MessageStop{reason});
}

// The provider found the request too long: the estimate was wrong, so room is made, and the call is made
// again.
net::Task<Result<std::optional<InvocationEnd>>> after_overflow(InvocationContext& context, Recorder& recorder,
                                                               os::Error error) {
  const InvocationEnd too_long{model::StopReason::kModelContextWindowExceeded, std::move(error)};
  if (context.history.running->compactions >= kMaxCompactionsInRow) co_return too_long;
  const size_t before = context.history.messages.size();
  const int64_t tokens_before = estimated_request(context);
  SOMA_CO_ASSIGN(const auto end, co_await make_room(context, recorder, CompactionReason::kOverflow));
  if (end) co_return *end;
  const bool nothing_gone =
      context.history.messages.size() == before && estimated_request(context) == tokens_before;
  if (nothing_gone && !context.cancellation.requested()) co_return too_long;
  co_return std::nullopt;
}

// One model call. The end of the invocation when it failed; nothing when the history has the model's message.
net::Task<Result<std::optional<InvocationEnd>>> ask_model(InvocationContext& context, Recorder& recorder) {
  RunningInvocation& running = *context.history.running;
  if (running.open_call && running.open_call_attempts >= kMaxModelAttempts) {
    co_return InvocationEnd{
        model::StopReason::kPartialTurn,
        os::Error{Code::kInternal,
                  fmt::format("the model call was cut off {} times", running.open_call_attempts),
                  "look at the server's log for what ended it"}};
  }
  const int64_t estimated = estimated_request(context);
  const auto input_tokens =
      static_cast<int64_t>(std::ceil(static_cast<double>(estimated) * context.history.token_scale));
  if (cost_is_spent(context, input_tokens)) co_return InvocationEnd{model::StopReason::kMaxCostExceeded};
  const std::string call_id = running.open_call.value_or(context.dependencies.ids.prefixed("call"));
  const int64_t iteration = running.iterations + (running.open_call ? 0 : 1);
  recorder.record(event::kModelIntent, json::object({{"callId", call_id},
                                                     {"iteration", iteration},
                                                     {"provider", running.config.model.provider},
                                                     {"modelId", running.config.model.model_id},
                                                     {"estimatedTokens", estimated}}));
  SOMA_CO_TRY(co_await context.writer.flush());

  const os::Time began = context.dependencies.clock.now();
  const model::ConverseRequest request = make_request(context, input_tokens);
  net::Cancellation call_cancellation;
  const auto forward = context.cancellation.on_request(
      [call_cancellation, &context]() mutable { call_cancellation.request(context.cancellation.reason()); });
  ModelListener listener(recorder, running.config, call_cancellation);
  const model::EventSink sink = [&listener](model::StreamEvent event) { listener.take(event); };
  Result<> answered = co_await context.provider.converse(request, sink, call_cancellation);
  if (listener.failure()) answered = std::unexpected(*listener.failure());
  if (answered && !listener.assembler().complete())
    answered = os::fail(Code::kCorrupt, fmt::format("the model's answer has no end (provider {})",
                                                    running.config.model.provider));

  if (!answered) {
    if (context.cancellation.requested()) {
      if (context.cancellation.reason() == kStopShutdown)
        co_return os::fail(Code::kCancelled, "soma is shutting down");
      end_open_message(recorder, listener.assembler(), model::StopReason::kInterrupted);
      co_return limit_met(context);
    }
    end_open_message(recorder, listener.assembler(), model::StopReason::kPartialTurn);
    if (model::says_context_overflow(answered.error()))
      co_return co_await after_overflow(context, recorder, answered.error());
    co_return InvocationEnd{model::StopReason::kPartialTurn, answered.error()};
  }
  const model::MessageAssembler& assembler = listener.assembler();
  json::Value body = json::object({{"callId", call_id},
                                   {"message", model::to_json(assembler.message())},
                                   {"stopReason", model::stop_reason_name(assembler.stop_reason())},
                                   {"usage", model::to_json(assembler.usage())},
                                   {"latencyMs", elapsed_ms(context.dependencies.clock, began)}});
  set_cost(context, assembler.usage(), body);
  recorder.stream(model::MessageStop{assembler.stop_reason()});
  recorder.record(event::kModelResult, body);
  co_return std::nullopt;
}

// The end of the turn as the last model message says it; nothing while the loop goes on.
std::optional<InvocationEnd> turn_ended(const RunningInvocation& running) {
  if (!running.last_stop || running.open_call || *running.last_stop == model::StopReason::kToolUse)
    return std::nullopt;
  // A provider that runs tools itself may pause its turn: asked again, it goes on.
  if (*running.last_stop == model::StopReason::kPartialTurn) return std::nullopt;
  if (*running.last_stop == model::StopReason::kMaxTokens && running.config.max_tokens &&
      running.usage.output_tokens >= *running.config.max_tokens)
    return InvocationEnd{model::StopReason::kMaxOutputTokensExceeded};
  return InvocationEnd{*running.last_stop};
}

// The final answer against the schema that was asked for. Nothing when the model is to be asked again.
std::optional<InvocationEnd> judge_output(InvocationContext& context, Recorder& recorder, InvocationEnd end) {
  const RunningInvocation& running = *context.history.running;
  if (running.config.output_schema.is_null() || end.stop != model::StopReason::kEndTurn || running.output)
    return end;
  const auto schema = json::Schema::compile(running.config.output_schema);
  if (!schema) return InvocationEnd{model::StopReason::kMalformedModelOutput, schema.error()};
  const auto output = check_output(*schema, model::text_of(context.history.messages.back()));
  if (output) {
    recorder.record(event::kOutputAccepted, json::object({{"value", *output}}));
    return end;
  }
  if (running.output_attempts >= running.config.max_output_repairs)
    return InvocationEnd{
        model::StopReason::kMalformedModelOutput,
        os::Error{Code::kCorrupt,
                  fmt::format("the answer does not fit outputSchema after {} repairs (maxOutputRepairs): {}",
                              running.output_attempts, os::join(output.error(), "; ")),
                  "raise maxOutputRepairs, simplify the schema, or use a model that follows it"}};
  json::Value violations = json::Array{};
  for (const std::string& violation : output.error()) violations.push_back(violation);
  recorder.record(event::kOutputRejected, json::object({{"attempt", running.output_attempts + 1},
                                                        {"violations", std::move(violations)}}));
  return std::nullopt;
}

json::Value messages_json(const InvocationContext& context) {
  const RunningInvocation& running = *context.history.running;
  json::Value out = json::Array{};
  for (size_t index = running.task.begin; index < running.task.end; ++index)
    out.push_back(model::to_json(context.history.messages[index]));
  return out;
}

// One step of the loop: tools, or the model. The end when there is one.
net::Task<Result<std::optional<InvocationEnd>>> step(InvocationContext& context, Recorder& recorder) {
  RunningInvocation& running = *context.history.running;
  // Tools come first, and only when the model's last word was to use them: calls of a message that was cut
  // by a limit are not run.
  if (!running.tools.empty() && running.last_stop == model::StopReason::kToolUse) {
    SOMA_CO_ASSIGN(const TurnState state, co_await run_tools(context, recorder));
    if (state == TurnState::kDone) co_return std::nullopt;
    if (state == TurnState::kHandedOver) co_return InvocationEnd{model::StopReason::kToolUse};
    if (state == TurnState::kWaiting && !context.cancellation.requested())
      co_return InvocationEnd{.waiting = true};
    co_return limit_met(context);
  }
  if (const auto end = turn_ended(running)) {
    if (auto judged = judge_output(context, recorder, *end)) co_return judged;
  }
  if (context.cancellation.requested() && context.cancellation.reason() == kStopShutdown)
    co_return os::fail(Code::kCancelled, "soma is shutting down");
  if (const auto end = limit_met(context)) co_return end;
  if (running.last_stop == model::StopReason::kToolUse && !running.open_call &&
      context.history.messages.back().role == model::Role::kAssistant)
    co_return InvocationEnd{model::StopReason::kMalformedModelOutput,
                            os::Error{Code::kCorrupt, "the model stopped for a tool and named none", ""}};
  SOMA_CO_TRY(co_await list_sources(context, recorder, WhichSources::kChanged));
  for (const CompactionReason reason : {CompactionReason::kWindowCount, CompactionReason::kBeforeCall}) {
    SOMA_CO_ASSIGN(const auto end, co_await make_room(context, recorder, reason));
    if (end) co_return end;
  }
  if (context.cancellation.requested()) co_return std::nullopt;
  co_return co_await ask_model(context, recorder);
}

// The loop between the hooks of the invocation.
net::Task<Result<InvocationEnd>> run_between_hooks(InvocationContext& context, Recorder& recorder) {
  json::Value hook_context = before_invocation_context(messages_json(context));
  const Result<> asked =
      co_await ask_invocation_hooks(context, recorder, HookType::kBeforeInvocation, std::move(hook_context));
  if (!asked && asked.error().code != Code::kCancelled) co_return std::unexpected(asked.error());
  SOMA_CO_TRY(co_await recall_memories(context, recorder));
  SOMA_CO_TRY(co_await list_sources(context, recorder, WhichSources::kAll));
  while (true) {
    auto end = co_await step(context, recorder);
    // Whoever stopped the invocation stopped what it was at.
    const bool stopped = !end && end.error().code == Code::kCancelled && context.cancellation.requested() &&
                         context.cancellation.reason() != kStopShutdown;
    if (stopped) co_return *limit_met(context);
    if (!end) co_return std::unexpected(end.error());
    if (*end) co_return **end;
  }
}

}  // namespace

net::Task<Result<InvocationEnd>> run_invocation(InvocationContext& context) {
  Recorder recorder(context.writer, context.history, context.dependencies.clock);
  close_cut_message(recorder, *context.history.running);
  SOMA_CO_ASSIGN(InvocationEnd end, co_await run_between_hooks(context, recorder));
  if (end.waiting) co_return end;
  SOMA_CO_TRY(co_await keep_memories(context, recorder));
  const model::Usage usage = context.history.running->usage;
  json::Value hook_context =
      after_invocation_context(model::stop_reason_name(end.stop), usage.input_tokens, usage.output_tokens);
  const Result<> asked =
      co_await ask_invocation_hooks(context, recorder, HookType::kAfterInvocation, std::move(hook_context));
  if (!asked) co_return std::unexpected(asked.error());
  co_return end;
}

}  // namespace soma::harness
