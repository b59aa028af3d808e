#include "core/model/prices.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/json/schema.h"
#include "core/model/builtin_prices.h"

namespace soma::model {
namespace {

using json::Value;
using os::Result;

constexpr std::string_view kBuiltinName = "data/prices.json";

// The greatest price a million tokens may have is 1,000,000 dollars: a dollar a token.
constexpr std::string_view kSchema = R"json({
  "type": "object",
  "required": ["date", "currency", "models"],
  "additionalProperties": false,
  "properties": {
    "date": {"type": "string", "format": "date"},
    "currency": {"enum": ["USD"]},
    "models": {"type": "array", "maxItems": 4096, "items": {
      "type": "object",
      "required": ["provider", "modelId", "inputUsdPerMillion", "outputUsdPerMillion", "source"],
      "additionalProperties": false,
      "properties": {
        "provider": {"type": "string", "minLength": 1, "maxLength": 64},
        "modelId": {"type": "string", "minLength": 1, "maxLength": 4096},
        "inputUsdPerMillion": {"$ref": "#/$defs/usd"},
        "outputUsdPerMillion": {"$ref": "#/$defs/usd"},
        "cacheReadUsdPerMillion": {"$ref": "#/$defs/usd"},
        "cacheWriteUsdPerMillion": {"$ref": "#/$defs/usd"},
        "tiers": {"type": "array", "maxItems": 8, "items": {
          "type": "object",
          "required": ["aboveInputTokens", "inputUsdPerMillion", "outputUsdPerMillion"],
          "additionalProperties": false,
          "properties": {
            "aboveInputTokens": {"$ref": "#/$defs/tokens"},
            "inputUsdPerMillion": {"$ref": "#/$defs/usd"},
            "outputUsdPerMillion": {"$ref": "#/$defs/usd"},
            "cacheReadUsdPerMillion": {"$ref": "#/$defs/usd"},
            "cacheWriteUsdPerMillion": {"$ref": "#/$defs/usd"}
          }
        }},
        "contextWindow": {"$ref": "#/$defs/tokens"},
        "maxOutputTokens": {"$ref": "#/$defs/tokens"},
        "source": {"type": "string", "minLength": 1, "maxLength": 1024},
        "note": {"type": "string", "maxLength": 1024}
      }
    }}
  },
  "$defs": {
    "usd": {"type": "number", "minimum": 0, "maximum": 1000000},
    "tokens": {"type": "integer", "minimum": 1, "maximum": 1000000000000}
  }
})json";

const json::Schema& schema() {
  static const json::Schema compiled = [] {
    auto parsed = json::parse(kSchema);
    auto result =
        parsed ? json::Schema::compile(*parsed) : Result<json::Schema>(std::unexpected(parsed.error()));
    if (!result) {
      os::log(os::Level::kError, "prices.schema.broken", {{"error", result.error().to_string()}});
      std::abort();
    }
    return *result;
  }();
  return compiled;
}

// Dollars a million tokens as pico-dollars a token; what is finer than one is rounded up.
int64_t rate_of(const Value& usd_per_million) {
  constexpr double kPicoPerToken = 1e6;
  constexpr double kBinaryNoise = 1e-3;  // 0.07 * 1e6 is not quite 70,000
  const double exact = usd_per_million.as_double() * kPicoPerToken;
  const double nearest = std::round(exact);
  return static_cast<int64_t>(std::abs(exact - nearest) < kBinaryNoise ? nearest : std::ceil(exact));
}

Rates read_rates(const Value& from) {
  Rates rates;
  rates.input = rate_of(from.get("inputUsdPerMillion"));
  rates.output = rate_of(from.get("outputUsdPerMillion"));
  const Value* read = from.find("cacheReadUsdPerMillion");
  const Value* write = from.find("cacheWriteUsdPerMillion");
  rates.cache_read = read != nullptr ? rate_of(*read) : rates.input;
  rates.cache_write = write != nullptr ? rate_of(*write) : rates.input;
  return rates;
}

std::optional<int64_t> optional_tokens(const Value& value) {
  if (value.is_null()) return std::nullopt;
  return value.as_int();
}

// Unexpected: the index of a tier that is not above the one before it.
std::expected<Price, size_t> read_price(const Value& from) {
  Price price;
  price.base = read_rates(from);
  price.context_window = optional_tokens(from.get("contextWindow"));
  price.max_output_tokens = optional_tokens(from.get("maxOutputTokens"));
  const Value& tiers = from.get("tiers");
  for (size_t i = 0; i < tiers.size(); ++i) {
    const int64_t above = tiers.at(i).get("aboveInputTokens").as_int();
    if (!price.tiers.empty() && above <= price.tiers.back().above_input_tokens) return std::unexpected(i);
    price.tiers.push_back({above, read_rates(tiers.at(i))});
  }
  return price;
}

int64_t multiply(int64_t tokens, int64_t rate) {
  int64_t product = 0;
  return __builtin_mul_overflow(std::max<int64_t>(tokens, 0), rate, &product) ? kMaxPico : product;
}

}  // namespace

int64_t add_pico(int64_t left, int64_t right) {
  int64_t sum = 0;
  return __builtin_add_overflow(left, right, &sum) ? kMaxPico : sum;
}

const Rates& Price::rates_for(int64_t prompt_tokens) const {
  const Rates* rates = &base;
  for (const Tier& tier : tiers)
    if (prompt_tokens > tier.above_input_tokens) rates = &tier.rates;
  return *rates;
}

int64_t cost_of(const Price& price, const Usage& usage) {
  const auto count = [](int64_t tokens) { return std::max<int64_t>(tokens, 0); };
  const int64_t prompt = add_pico(add_pico(count(usage.input_tokens), count(usage.cache_read_input_tokens)),
                                  count(usage.cache_write_input_tokens));
  const Rates& rates = price.rates_for(prompt);
  return add_pico(
      add_pico(multiply(usage.input_tokens, rates.input), multiply(usage.output_tokens, rates.output)),
      add_pico(multiply(usage.cache_read_input_tokens, rates.cache_read),
               multiply(usage.cache_write_input_tokens, rates.cache_write)));
}

int64_t affordable_output_tokens(const Price& price, int64_t left_pico, int64_t input_tokens_estimate) {
  const Rates& rates = price.rates_for(input_tokens_estimate);
  const int64_t prompt = multiply(input_tokens_estimate, std::max(rates.input, rates.cache_write));
  if (left_pico < prompt || (left_pico == prompt && rates.output > 0)) return 0;
  if (rates.output == 0) return std::numeric_limits<int64_t>::max();
  return (left_pico - prompt) / rates.output;
}

double usd(int64_t pico) {
  return static_cast<double>(pico) / static_cast<double>(kPicoPerUsd);
}

int64_t pico(double usd) {
  if (std::isnan(usd)) return 0;
  constexpr double kScale = static_cast<double>(kPicoPerUsd);
  constexpr double kGreatest = 9.2e18;  // below kMaxPico, which no double is
  const double product = usd * kScale;
  if (product >= kGreatest) return kMaxPico;
  if (product <= -kGreatest) return -kMaxPico;
  const double whole = std::nearbyint(product);
  // What the multiplication rounded away decides between two neighbours.
  return static_cast<int64_t>(whole) + std::llround((product - whole) + std::fma(usd, kScale, -product));
}

Result<PriceTable> PriceTable::parse(std::string_view text, std::string_view source) {
  json::ParseOptions options;
  options.source = source;
  options.max_bytes = kMaxPriceFileBytes;
  SOMA_ASSIGN(const Value value, json::parse(text, options));
  if (const auto violations = schema().validate(value); !violations.empty())
    return std::unexpected(json::violations_error(violations, text, source));
  PriceTable table;
  const Value& models = value.get("models");
  for (size_t i = 0; i < models.size(); ++i) {
    const Value& from = models.at(i);
    auto price = read_price(from);
    if (!price) {
      const json::Violation violation{fmt::format("/models/{}/tiers/{}/aboveInputTokens", i, price.error()),
                                      "", "must be more than the tier before it"};
      return std::unexpected(json::violations_error({violation}, text, source));
    }
    table.models_.push_back({from.get("provider").as_string(), from.get("modelId").as_string(),
                             std::move(*price), from.get("source").as_string(),
                             std::string(from.get("note").string_or("")), std::string(source)});
  }
  table.parts_.push_back({std::string(source), value.get("date").as_string(), models.size()});
  return table;
}

Result<PriceTable> PriceTable::load(const std::string& path) {
  SOMA_ASSIGN(const std::string text, os::read_file(path, kMaxPriceFileBytes));
  return parse(text, path);
}

const PriceTable& PriceTable::builtin() {
  static const PriceTable table = [] {
    auto parsed = parse(builtin_prices_text(), kBuiltinName);
    if (!parsed) {
      os::log(os::Level::kError, "prices.builtin.broken", {{"error", parsed.error().to_string()}});
      std::abort();
    }
    return std::move(*parsed);
  }();
  return table;
}

void PriceTable::put_in_front(PriceTable front) {
  models_.insert(models_.begin(), std::make_move_iterator(front.models_.begin()),
                 std::make_move_iterator(front.models_.end()));
  parts_.insert(parts_.begin(), std::make_move_iterator(front.parts_.begin()),
                std::make_move_iterator(front.parts_.end()));
}

std::optional<Price> PriceTable::find(std::string_view provider, std::string_view model_id) const {
  for (const PricedModel& model : models_)
    if (model.provider == provider && os::glob_match(model.model_id, model_id)) return model.price;
  return std::nullopt;
}

std::string PriceTable::date() const {
  const auto oldest = std::ranges::min_element(parts_, {}, &Part::date);
  return oldest == parts_.end() ? "" : oldest->date;
}

}  // namespace soma::model
