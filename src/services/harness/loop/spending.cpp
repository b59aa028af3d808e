#include "services/harness/loop/spending.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::harness {
namespace {

// An answer shorter than this is not worth its prompt.
constexpr int64_t kMinAnswerTokens = 16;
// No model answers at greater length.
constexpr int64_t kLongestAnswerTokens = 1'000'000;

int64_t money_left(const RunningInvocation& running) {
  return *running.config.max_cost_pico - running.spent.pico;
}

}  // namespace

std::optional<model::Price> price_of(const InvocationContext& context) {
  const model::ModelSettings& model = context.history.running->config.model;
  return context.prices.find(model.provider, model.model_id);
}

void set_cost(const InvocationContext& context, const model::Usage& usage, json::Value& body) {
  if (const auto price = price_of(context)) body.set("costUsd", model::usd(model::cost_of(*price, usage)));
}

bool cost_is_spent(const InvocationContext& context, int64_t input_tokens) {
  const RunningInvocation& running = *context.history.running;
  if (!running.config.max_cost_pico) return false;
  const auto price = price_of(context);
  return !price ||
         model::affordable_output_tokens(*price, money_left(running), input_tokens) < kMinAnswerTokens;
}

std::optional<int64_t> output_limit(const InvocationContext& context, int64_t input_tokens) {
  const RunningInvocation& running = *context.history.running;
  std::optional<int64_t> limit = running.config.model.max_tokens;
  const auto lower_to = [&limit](int64_t tokens) { limit = std::min(limit.value_or(tokens), tokens); };
  if (running.config.max_tokens) lower_to(*running.config.max_tokens - running.usage.output_tokens);
  const auto price = price_of(context);
  if (running.config.max_cost_pico && price) {
    const int64_t affordable = model::affordable_output_tokens(*price, money_left(running), input_tokens);
    // Said only where it is less than the model would answer anyway: some refuse a limit above their own.
    if (affordable < price->max_output_tokens.value_or(kLongestAnswerTokens)) lower_to(affordable);
  }
  return limit;
}

os::Result<> check_priced(const Config& config, const model::PriceTable& prices) {
  if (!config.max_cost_pico || prices.find(config.model.provider, config.model.model_id)) return {};
  return os::fail(os::Code::kInvalidArgument,
                  fmt::format("maxCostUsd is set and no price is known for the model '{}' of {}",
                              config.model.model_id, config.model.provider),
                  "add it to prices.json (docs/prices.md), or leave maxCostUsd out");
}

}  // namespace soma::harness
