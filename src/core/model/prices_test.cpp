#include "core/model/prices.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/json/json.h"
#include "base/os/scratch_directory.h"

namespace soma::model {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

std::string table_text(std::string_view models) {
  return std::string(R"({"date": "2026-01-02", "currency": "USD", "models": [)") + std::string(models) + "]}";
}
PriceTable table_of(std::string_view models) {
  auto table = PriceTable::parse(table_text(models), "mine.json");
  EXPECT_TRUE(table) << table.error().to_string();
  return table ? *table : PriceTable();
}
Price price_of(std::string_view provider, std::string_view model_id) {
  const auto price = PriceTable::builtin().find(provider, model_id);
  EXPECT_TRUE(price) << provider << " " << model_id;
  return price.value_or(Price{});
}

constexpr std::string_view kTiered =
    R"({"provider": "p", "modelId": "m*", "inputUsdPerMillion": 3, "outputUsdPerMillion": 15,
        "cacheReadUsdPerMillion": 0.3, "cacheWriteUsdPerMillion": 3.75, "contextWindow": 1000000,
        "tiers": [{"aboveInputTokens": 200000, "inputUsdPerMillion": 6, "outputUsdPerMillion": 22.5}],
        "source": "a list"})";

// Two calls with figures of nonsense made an invocation's cost negative, and its limit out of reach.
TEST(PricesSum, StaysAtTheGreatestAmount) {
  EXPECT_EQ(add_pico(kMaxPico, kMaxPico), kMaxPico);
  EXPECT_EQ(add_pico(2, 3), 5);
}

TEST(PriceTable, ADollarAMillionIsAMillionPicoDollarsAToken) {
  const auto price = table_of(kTiered).find("p", "m1");
  ASSERT_TRUE(price);
  EXPECT_EQ(price->base, (Rates{3'000'000, 15'000'000, 300'000, 3'750'000}));
  EXPECT_EQ(price->context_window, 1'000'000);
  EXPECT_EQ(price->max_output_tokens, std::nullopt);
  EXPECT_FALSE(table_of(kTiered).find("q", "m1"));
  EXPECT_FALSE(table_of(kTiered).find("p", "n1"));
}

TEST(PriceTable, CachedTokensCostAsInputWhereNoPriceIsGiven) {
  const auto price = table_of(kTiered).find("p", "m");
  ASSERT_TRUE(price);
  EXPECT_EQ(price->rates_for(200'001), (Rates{6'000'000, 22'500'000, 6'000'000, 6'000'000}));
}

TEST(PriceTable, WhatIsFinerThanAPicoDollarIsRoundedUp) {
  const auto table = table_of(
      R"({"provider": "p", "modelId": "m", "inputUsdPerMillion": 0.08333333333333334,
          "outputUsdPerMillion": 0.07, "source": "s"})");
  const auto price = table.find("p", "m");
  ASSERT_TRUE(price);
  EXPECT_EQ(price->base.input, 83'334);
  EXPECT_EQ(price->base.output, 70'000);
}

TEST(PriceTable, TheFirstMatchWinsAndAUsersTableStandsInFront) {
  PriceTable table = table_of(
      R"({"provider": "p", "modelId": "m-fast", "inputUsdPerMillion": 1, "outputUsdPerMillion": 1, "source": "s"},
         {"provider": "p", "modelId": "m*", "inputUsdPerMillion": 2, "outputUsdPerMillion": 2, "source": "s"})");
  EXPECT_EQ(table.find("p", "m-fast")->base.input, 1'000'000);
  EXPECT_EQ(table.find("p", "m-slow")->base.input, 2'000'000);
  auto front = PriceTable::parse(
      R"({"date": "2025-06-07", "currency": "USD", "models": [
          {"provider": "p", "modelId": "m-f*", "inputUsdPerMillion": 3, "outputUsdPerMillion": 3, "source": "s"}]})",
      "front.json");
  ASSERT_TRUE(front);
  table.put_in_front(std::move(*front));
  EXPECT_EQ(table.find("p", "m-fast")->base.input, 3'000'000);
  EXPECT_EQ(table.find("p", "m-slow")->base.input, 2'000'000);
  ASSERT_EQ(table.parts().size(), 2u);
  EXPECT_EQ(table.parts()[0].source, "front.json");
  EXPECT_EQ(table.models()[0].table, "front.json");
  EXPECT_EQ(table.date(), "2025-06-07") << "the oldest";
  EXPECT_EQ(PriceTable().date(), "");
}

TEST(PriceTable, WhatIsWrongIsNamedWithItsPlace) {
  const struct {
    std::string_view text, where, what;
  } kCases[] = {
      {"{\n  \"date\": \"2026-01-02\",\n  \"curency\": \"USD\",\n  \"models\": []\n}", "mine.json:3:3",
       "did you mean 'currency'"},
      {"{\"date\": \"2026-01-02\",\n \"currency\": \"EUR\", \"models\": []}", "mine.json:2:2", "USD"},
      {"{\"date\": \"yesterday\", \"currency\": \"USD\", \"models\": []}", "mine.json:1:2", "date"},
      {"{\"date\": \"2026-01-02\", \"currency\": \"USD\", \"models\": [\n{\"provider\": \"p\"}]}",
       "mine.json:2:1", "modelId"},
      {"{\"date\": \"2026-01-02\", \"currency\": \"USD\", \"models\": [\n"
       "{\"provider\": \"p\", \"modelId\": \"m\", \"inputUsdPerMillion\": -1,\n"
       "\"outputUsdPerMillion\": 1, \"source\": \"s\"}]}",
       "mine.json:2:35", "at least 0"},
      {"{\"date\": \"2026-01-02\", \"currency\": \"USD\", \"models\": [\n"
       "{\"provider\": \"p\", \"modelId\": \"m\", \"inputUsdPerMillion\": 1, \"outputUsdPerMillion\": 1,\n"
       "\"source\": \"s\", \"tiers\": [{\"aboveInputTokens\": 9, \"inputUsdPerMillion\": 1, "
       "\"outputUsdPerMillion\": 1},\n"
       "{\"aboveInputTokens\": 9, \"inputUsdPerMillion\": 1, \"outputUsdPerMillion\": 1}]}]}",
       "mine.json:4:2", "more than the tier before it"},
      {"{", "mine.json:1", ""},
  };
  for (const auto& wrong : kCases) {
    const auto table = PriceTable::parse(wrong.text, "mine.json");
    ASSERT_FALSE(table) << wrong.text;
    EXPECT_EQ(table.error().code, os::Code::kInvalidArgument);
    EXPECT_THAT(table.error().to_string(), HasSubstr(wrong.where));
    EXPECT_THAT(table.error().to_string(), HasSubstr(wrong.what));
  }
}

TEST(PriceTable, LoadsAFileAndNamesOneThatIsNotThere) {
  const os::ScratchDirectory directory;
  ASSERT_TRUE(os::write_file_atomic(directory / "prices.json", table_text(kTiered)));
  const auto table = PriceTable::load(directory / "prices.json");
  ASSERT_TRUE(table) << table.error().to_string();
  EXPECT_EQ(table->parts()[0].source, directory / "prices.json");
  EXPECT_EQ(PriceTable::load(directory / "none.json").error().code, os::Code::kNotFound);
}

TEST(CostOf, CountsEveryKindOfToken) {
  const auto price = table_of(kTiered).find("p", "m");
  ASSERT_TRUE(price);
  const Usage usage{.input_tokens = 1000,
                    .output_tokens = 200,
                    .cache_read_input_tokens = 50'000,
                    .cache_write_input_tokens = 4000};
  EXPECT_EQ(cost_of(*price, usage),
            1000LL * 3'000'000 + 200LL * 15'000'000 + 50'000LL * 300'000 + 4000LL * 3'750'000);
  EXPECT_DOUBLE_EQ(usd(cost_of(*price, usage)), 0.036);
  EXPECT_EQ(cost_of(*price, Usage{}), 0);
  EXPECT_EQ(cost_of(*price, Usage{.input_tokens = -5, .output_tokens = 1}), 15'000'000);
}

TEST(CostOf, ATierIsChosenByTheWholePromptAndChargesTheWholeCall) {
  const auto price = table_of(kTiered).find("p", "m");
  ASSERT_TRUE(price);
  const Usage at{.input_tokens = 100'000, .output_tokens = 1, .cache_read_input_tokens = 100'000};
  EXPECT_EQ(cost_of(*price, at), 100'000LL * 3'000'000 + 15'000'000 + 100'000LL * 300'000);
  Usage above = at;
  above.cache_write_input_tokens = 1;
  EXPECT_EQ(cost_of(*price, above), 200'001LL * 6'000'000 + 22'500'000);
}

TEST(CostOf, StaysAtTheGreatestAmountInsteadOfOverflowing) {
  constexpr int64_t kTokens = 1'000'000'000'000;
  const Price dearest{.base = {1'000'000'000'000, 1'000'000'000'000, 1'000'000'000'000, 1'000'000'000'000}};
  const Usage all{kTokens, kTokens, kTokens, kTokens};
  EXPECT_EQ(cost_of(dearest, all), kMaxPico);
  EXPECT_EQ(cost_of(dearest, {kMax, kMax, kMax, kMax}), kMaxPico);
  const Price ordinary{.base = {1'000'000, 1'000'000, 0, 0}};
  EXPECT_EQ(cost_of(ordinary, {kTokens, kTokens}), 2 * kTokens * 1'000'000) << "two million dollars, exactly";
}

TEST(AffordableOutput, IsWhatIsLeftAfterThePrompt) {
  const Price price{.base = {3'000'000, 15'000'000, 300'000, 3'000'000}};
  EXPECT_EQ(affordable_output_tokens(price, 3'000'000LL * 10 + 15'000'000 * 7, 10), 7);
  EXPECT_EQ(affordable_output_tokens(price, 3'000'000LL * 10 + 15'000'000 * 7 - 1, 10), 6);
  EXPECT_EQ(affordable_output_tokens(price, 3'000'000LL * 10, 10), 0);
  EXPECT_EQ(affordable_output_tokens(price, 1, 10), 0);
  EXPECT_EQ(affordable_output_tokens(price, 0, 0), 0);
  EXPECT_EQ(affordable_output_tokens(price, -1, 0), 0);
}

TEST(AffordableOutput, APromptThatIsWrittenToACacheCostsWhatThatCosts) {
  const Price price{.base = {1'000'000, 1'000'000, 0, 2'000'000}};
  EXPECT_EQ(affordable_output_tokens(price, 30'000'000, 10), 10);
}

TEST(AffordableOutput, FreeOutputHasNoBound) {
  EXPECT_EQ(affordable_output_tokens(Price{}, 0, 1000), kMax);
  const Price paid_prompt{.base = {10, 0, 0, 0}};
  EXPECT_EQ(affordable_output_tokens(paid_prompt, 99, 10), 0);
  EXPECT_EQ(affordable_output_tokens(paid_prompt, 100, 10), kMax);
}

TEST(AffordableOutput, NeverPaysForMoreThanIsLeft) {
  std::mt19937_64 random(7);
  const auto price = table_of(kTiered).find("p", "m");
  ASSERT_TRUE(price);
  for (int round = 0; round < 10'000; ++round) {
    const int64_t left = static_cast<int64_t>(random() % 5'000'000'000'000);
    const int64_t prompt = static_cast<int64_t>(random() % 400'000);
    const int64_t tokens = affordable_output_tokens(*price, left, prompt);
    if (tokens == 0) continue;
    EXPECT_LE(cost_of(*price, {.input_tokens = prompt, .output_tokens = tokens}), left);
    EXPECT_LE(cost_of(*price, {.output_tokens = tokens, .cache_write_input_tokens = prompt}), left);
  }
}

TEST(Money, ComesBackExactlyThroughJson) {
  std::mt19937_64 random(11);
  const auto through_json = [](int64_t amount) {
    const auto read = json::parse(json::write(json::Value(usd(amount))));
    return read ? pico(read->as_double()) : -1;
  };
  for (const int64_t amount :
       {0LL, 1LL, 999'999LL, 36'000'000'000LL, 1'000'000'000'000LL, 4'500'000'000'000'000LL})
    EXPECT_EQ(through_json(amount), amount);
  for (int round = 0; round < 100'000; ++round) {
    const auto amount = static_cast<int64_t>(random() % 4'500'000'000'000'000ULL) >> (random() % 52);
    ASSERT_EQ(through_json(amount), amount);
    ASSERT_EQ(through_json(-amount), -amount);
  }
}

TEST(Money, WhatIsNoAmountIsBounded) {
  EXPECT_EQ(pico(0.1), 100'000'000'000);
  EXPECT_EQ(pico(1e300), kMaxPico);
  EXPECT_EQ(pico(-1e300), -kMaxPico);
  EXPECT_EQ(pico(std::numeric_limits<double>::infinity()), kMaxPico);
  EXPECT_EQ(pico(std::nan("")), 0);
}

TEST(BuiltinPrices, KnowTheModelsOfEachProvider) {
  EXPECT_EQ(price_of("anthropic", "claude-sonnet-4-5-20250929").base.input, 3'000'000);
  EXPECT_EQ(price_of("anthropic", "claude-sonnet-4-5").rates_for(200'001).output, 22'500'000);
  EXPECT_EQ(price_of("anthropic", "claude-opus-4-20250514").base.output, 75'000'000);
  EXPECT_EQ(price_of("anthropic", "claude-opus-4-5-20251101").base.output, 25'000'000);
  EXPECT_EQ(price_of("openai", "gpt-5").base, (Rates{1'250'000, 10'000'000, 125'000, 1'250'000}));
  EXPECT_EQ(price_of("openai", "gpt-5-mini-2025-08-07").base.output, 2'000'000);
  EXPECT_EQ(price_of("openai", "openai/gpt-5").base.output, 10'000'000);
  EXPECT_EQ(price_of("gemini", "gemini-3-pro-preview").rates_for(200'001).input, 4'000'000);
  EXPECT_FALSE(PriceTable::builtin().find("openai", "gpt-5-unheard-of"));
  EXPECT_FALSE(PriceTable::builtin().find("anthropic", "claude-opus-5-5"));
}

TEST(BuiltinPrices, KnowBedrocksRegions) {
  const int64_t regional = price_of("bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0").base.input;
  EXPECT_EQ(regional, 3'300'000);
  for (const char* region : {"us", "eu", "apac", "jp", "au", "us-gov"})
    EXPECT_EQ(
        price_of("bedrock", std::string(region) + ".anthropic.claude-sonnet-4-5-20250929-v1:0").base.input,
        regional);
  EXPECT_EQ(price_of("bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0").base.input, 3'000'000);
  EXPECT_EQ(price_of("bedrock",
                     "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/"
                     "global.anthropic.claude-sonnet-4-5-20250929-v1:0")
                .base.input,
            3'000'000);
  EXPECT_EQ(price_of("bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0").base.input, 3'000'000);
  EXPECT_EQ(price_of("bedrock", "us.amazon.nova-pro-v1:0").base.input, 800'000);
}

TEST(BuiltinPrices, SomasOwnBrainsCostNothing) {
  EXPECT_EQ(price_of("reflex", ""), Price{});
  EXPECT_EQ(price_of("replay", "recordings/hello.jsonl"), Price{});
}

TEST(BuiltinPrices, NoEntryIsHiddenByOneBeforeIt) {
  const auto models = PriceTable::builtin().models();
  for (size_t later = 0; later < models.size(); ++later)
    for (size_t before = 0; before < later; ++before)
      EXPECT_FALSE(models[before].provider == models[later].provider &&
                   os::glob_match(models[before].model_id, models[later].model_id))
          << models[later].model_id << " is hidden by " << models[before].model_id;
}

TEST(BuiltinPrices, AreWholeAndDearerWithLength) {
  const PriceTable& table = PriceTable::builtin();
  EXPECT_GT(table.models().size(), 150u);
  ASSERT_EQ(table.parts().size(), 1u);
  EXPECT_EQ(table.parts()[0].models, table.models().size());
  for (const PricedModel& model : table.models()) {
    const Rates* before = &model.price.base;
    EXPECT_LE(before->cache_read, before->input) << model.model_id;
    EXPECT_GE(before->cache_write, before->input) << model.model_id;
    for (const Price::Tier& tier : model.price.tiers) {
      EXPECT_GT(tier.rates.input, before->input) << model.model_id;
      EXPECT_GT(tier.rates.output, before->output) << model.model_id;
      before = &tier.rates;
    }
  }
}

}  // namespace
}  // namespace soma::model
