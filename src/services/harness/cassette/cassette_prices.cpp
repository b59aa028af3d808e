// What the models of a session cost, in the form of a file of prices.
#include "services/harness/cassette/cassette.h"

namespace soma::harness {
namespace {

using json::Value;

// A dollar a million tokens is a million pico-dollars a token.
constexpr double kPerMillion = 1e6;

Value rates_json(const model::Rates& rates) {
  const auto usd = [](int64_t pico) { return static_cast<double>(pico) / kPerMillion; };
  return json::object({{"inputUsdPerMillion", usd(rates.input)},
                       {"outputUsdPerMillion", usd(rates.output)},
                       {"cacheReadUsdPerMillion", usd(rates.cache_read)},
                       {"cacheWriteUsdPerMillion", usd(rates.cache_write)}});
}

}  // namespace

Value prices_json(const std::vector<model::PricedModel>& models, std::string_view date) {
  Value list = json::Array{};
  for (const model::PricedModel& priced : models) {
    Value entry = json::object({{"provider", priced.provider}, {"modelId", priced.model_id}});
    for (auto& [member, value] : rates_json(priced.price.base).as_object()) entry.set(member, value);
    for (const model::Price::Tier& tier : priced.price.tiers) {
      if (!entry.has("tiers")) entry.set("tiers", json::Array{});
      Value rates = rates_json(tier.rates);
      rates.set("aboveInputTokens", tier.above_input_tokens);
      entry.find("tiers")->push_back(std::move(rates));
    }
    if (priced.price.context_window) entry.set("contextWindow", *priced.price.context_window);
    if (priced.price.max_output_tokens) entry.set("maxOutputTokens", *priced.price.max_output_tokens);
    entry.set("source", priced.source);
    list.push_back(std::move(entry));
  }
  return json::object({{"date", date}, {"currency", "USD"}, {"models", std::move(list)}});
}

}  // namespace soma::harness
