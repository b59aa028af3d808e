#include "services/harness/invocation.h"

#include <fmt/format.h>

#include "services/harness/tool_phase.h"

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
  if (running.iterations >= running.config.max_iterations && !running.open_call)
    return InvocationEnd{model::StopReason::kMaxIterationsExceeded};
  if (running.config.max_tokens && running.usage.output_tokens >= *running.config.max_tokens)
    return InvocationEnd{model::StopReason::kMaxOutputTokensExceeded};
  return std::nullopt;
}

model::ConverseRequest make_request(const InvocationContext& context) {
  const RunningInvocation& running = *context.history.running;
  model::ConverseRequest request{running.config.model, running.config.system_prompt, context.history.messages,
                                 context.bench.specs()};
  if (running.config.max_tokens) {
    const int64_t left = *running.config.max_tokens - running.usage.output_tokens;
    request.model.max_tokens = std::min(left, request.model.max_tokens.value_or(left));
  }
  return request;
}

// Takes the provider's events: checks, counts, assembles, streams.
class ModelListener {
 public:
  explicit ModelListener(Recorder& recorder, net::Cancellation& cancellation)
      : recorder_(recorder), cancellation_(cancellation) {}

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
    // Usage goes out with model.result, once it is known to be complete.
    if (!std::holds_alternative<model::Metadata>(event)) recorder_.stream(event);
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
  net::Cancellation& cancellation_;
  model::MessageAssembler assembler_;
  std::optional<os::Error> failure_;
  size_t bytes_ = 0;
};

void end_open_message(Recorder& recorder, const model::MessageAssembler& assembler,
                      model::StopReason reason) {
  if (!assembler.open()) return;
  if (const auto block = assembler.open_block()) recorder.stream(model::ContentBlockStop{*block});
  recorder.stream(model::MessageStop{reason});
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
  const std::string call_id = running.open_call.value_or(context.dependencies.ids.prefixed("call"));
  const int64_t iteration = running.iterations + (running.open_call ? 0 : 1);
  recorder.record(event::kModelIntent, json::object({{"callId", call_id},
                                                     {"iteration", iteration},
                                                     {"provider", running.config.model.provider},
                                                     {"modelId", running.config.model.model_id}}));
  SOMA_CO_TRY(co_await context.writer.flush());

  const os::Time began = context.dependencies.clock.now();
  const model::ConverseRequest request = make_request(context);
  net::Cancellation call_cancellation;
  const auto forward = context.cancellation.on_request(
      [call_cancellation, &context]() mutable { call_cancellation.request(context.cancellation.reason()); });
  ModelListener listener(recorder, call_cancellation);
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
    co_return InvocationEnd{model::StopReason::kPartialTurn, answered.error()};
  }
  const model::MessageAssembler& assembler = listener.assembler();
  recorder.record(event::kModelResult,
                  json::object({{"callId", call_id},
                                {"message", model::to_json(assembler.message())},
                                {"stopReason", model::stop_reason_name(assembler.stop_reason())},
                                {"usage", model::to_json(assembler.usage())},
                                {"latencyMs", elapsed_ms(context.dependencies.clock, began)}}));
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

}  // namespace

void Recorder::record(std::string_view type, const json::Value& body) {
  writer_.add(type, body);
  if (auto applied = history_.apply(type, body, clock_.now(), 0); !applied)
    os::log(os::Level::kError, "harness.fold.refused",
            {{"run", writer_.run()}, {"error", applied.error().to_string()}});
}

void Recorder::stream(const model::StreamEvent& event) {
  writer_.stream(event);
  if (auto applied = history_.apply_stream(event); !applied)
    os::log(os::Level::kError, "harness.fold.refused",
            {{"run", writer_.run()}, {"error", applied.error().to_string()}});
}

net::Task<Result<InvocationEnd>> run_invocation(InvocationContext& context) {
  Recorder recorder(context.writer, context.history, context.dependencies.clock);
  close_cut_message(recorder, *context.history.running);
  while (true) {
    RunningInvocation& running = *context.history.running;
    // Tools come first, and only when the model's last word was to use them: calls of a message that was cut
    // by a limit are not run.
    if (!running.tools.empty() && running.last_stop == model::StopReason::kToolUse) {
      SOMA_CO_TRY(co_await run_tools(context, recorder));
      continue;
    }
    if (const auto end = turn_ended(running)) co_return *end;
    if (context.cancellation.requested() && context.cancellation.reason() == kStopShutdown)
      co_return os::fail(Code::kCancelled, "soma is shutting down");
    if (const auto end = limit_met(context)) co_return *end;
    if (running.last_stop == model::StopReason::kToolUse && !running.open_call &&
        context.history.messages.back().role == model::Role::kAssistant)
      co_return InvocationEnd{model::StopReason::kMalformedModelOutput,
                              os::Error{Code::kCorrupt, "the model stopped for a tool and named none", ""}};
    auto asked = co_await ask_model(context, recorder);
    if (!asked) co_return std::unexpected(asked.error());
    if (*asked) co_return **asked;
  }
}

}  // namespace soma::harness
