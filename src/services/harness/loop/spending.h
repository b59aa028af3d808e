// What an invocation may still spend, and what a model call has cost.
#pragma once

#include "services/harness/loop/invocation.h"

namespace soma::harness {

// The price of the invocation's model, if it is known.
std::optional<model::Price> price_of(const InvocationContext& context);

// Adds "costUsd" to the event of a model call whose price is known.
void set_cost(const InvocationContext& context, const model::Usage& usage, json::Value& body);

// Whether the cap on cost is spent, or what is left does not pay for a prompt of that many tokens and an
// answer.
bool cost_is_spent(const InvocationContext& context, int64_t input_tokens);

// The output tokens that the next call may have: the least of what the model's settings, the invocation's
// maxTokens and its money allow; nothing when none of them says anything.
std::optional<int64_t> output_limit(const InvocationContext& context, int64_t input_tokens);

// kInvalidArgument when there is a cap on cost and no price for the model: a wrong cap is worse than none.
os::Result<> check_priced(const Config& config, const model::PriceTable& prices);

}  // namespace soma::harness
