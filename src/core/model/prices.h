// What tokens cost: a dated table of prices, and exact arithmetic with them.
//
// Money is counted in pico-dollars (1e-12 USD) as int64_t: a dollar a million tokens is exactly 1,000,000
// pico-dollars a token, so that a price of six decimals and every sum of such prices is exact. The greatest
// amount is kMaxPico (9.2 million dollars); what would be more stays there. Where a figure is not known the
// dearer one counts: a limit on cost may stop early and never late.
//
// The file's format and what the figures leave out: docs/prices.md. Values; thread-safe once made.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/message.h"

namespace soma::model {

inline constexpr int64_t kPicoPerUsd = 1'000'000'000'000;
inline constexpr int64_t kMaxPico = std::numeric_limits<int64_t>::max();
inline constexpr size_t kMaxPriceFileBytes = 1u << 20;

// Pico-dollars a token.
struct Rates {
  int64_t input = 0, output = 0, cache_read = 0, cache_write = 0;
  friend bool operator==(const Rates&, const Rates&) = default;
};

// One model's price. A call whose prompt (input, cached and written tokens together) is longer than a tier's
// `above_input_tokens` is charged at that tier's rates as a whole.
struct Price {
  struct Tier {
    int64_t above_input_tokens = 0;
    Rates rates;
    friend bool operator==(const Tier&, const Tier&) = default;
  };
  Rates base;
  std::vector<Tier> tiers{};  // ascending
  std::optional<int64_t> context_window{}, max_output_tokens{};

  const Rates& rates_for(int64_t prompt_tokens) const;
  friend bool operator==(const Price&, const Price&) = default;
};

// Of one call, not of a sum of calls: tiers look at one prompt. Negative counts are none.
int64_t cost_of(const Price& price, const Usage& usage);
// How many output tokens `left_pico` pays for after a prompt of that many tokens, none of them read from a
// cache. 0 when the prompt alone takes it all; INT64_MAX when output is free.
int64_t affordable_output_tokens(const Price& price, int64_t left_pico, int64_t input_tokens_estimate);

// The sum of two amounts that are not negative, at most kMaxPico.
int64_t add_pico(int64_t left, int64_t right);
double usd(int64_t pico);
// The nearest; pico(usd(n)) == n for at least 4,500 dollars, also after JSON. Not a number is 0.
int64_t pico(double usd);

// One line of a table.
struct PricedModel {
  std::string provider;
  std::string model_id;  // a glob: * and ?
  Price price;
  std::string source, note{};
  std::string table{};  // the file that says so
};

class PriceTable {
 public:
  // A file that the table was made of.
  struct Part {
    std::string source;
    std::string date;  // "YYYY-MM-DD": the day of its figures
    size_t models = 0;
  };

  PriceTable() = default;  // knows no price
  // `source` is named in errors: kInvalidArgument with file, line and column.
  static os::Result<PriceTable> parse(std::string_view text, std::string_view source);
  static os::Result<PriceTable> load(const std::string& path);  // also kNotFound, kLimitExceeded
  // data/prices.json, as it was when the program was built: part of the program.
  static const PriceTable& builtin();

  // The models of `front` are looked at before this table's.
  void put_in_front(PriceTable front);

  // The first model of that provider whose glob fits; nothing when no price is known.
  std::optional<Price> find(std::string_view provider, std::string_view model_id) const;

  std::span<const PricedModel> models() const { return models_; }
  std::span<const Part> parts() const { return parts_; }
  // Of the oldest part; empty when there is none.
  std::string date() const;

 private:
  std::vector<PricedModel> models_;
  std::vector<Part> parts_;
};

}  // namespace soma::model
