#include "app/server/prices.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/os/scratch_directory.h"

namespace soma::server {
namespace {

// A table with one price, of the model "p"/"m".
std::string one_price(std::string_view date, int usd_per_million) {
  return R"({"date": ")" + std::string(date) + R"(", "currency": "USD", "models": [{"provider": "p",
    "modelId": "m", "source": "s", "outputUsdPerMillion": 0, "inputUsdPerMillion": )" +
         std::to_string(usd_per_million) + "}]}";
}

TEST(Prices, AFlagsFileStandsBeforeTheDataDirectorysAndThatBeforeTheBuiltin) {
  const os::ScratchDirectory directory;
  EXPECT_EQ(load_prices("", directory.path())->parts().size(), 1u);
  ASSERT_TRUE(os::write_file_atomic(directory / "prices.json", one_price("2026-01-01", 1)));
  EXPECT_EQ(load_prices("", directory.path())->find("p", "m")->base.input, 1'000'000);
  ASSERT_TRUE(os::write_file_atomic(directory / "mine.json", one_price("2026-01-01", 2)));
  const auto table = load_prices(directory / "mine.json", directory.path());
  ASSERT_TRUE(table);
  EXPECT_EQ(table->find("p", "m")->base.input, 2'000'000);
  EXPECT_TRUE(table->find("reflex", "")) << "the built-in table is behind them";
  EXPECT_EQ(table->parts().size(), 3u);
}

TEST(Prices, AFileThatIsWrongOrMissingIsAnError) {
  const os::ScratchDirectory directory;
  EXPECT_EQ(load_prices(directory / "none.json", directory.path()).error().code, os::Code::kNotFound);
  ASSERT_TRUE(os::write_file_atomic(directory / "prices.json", "{}"));
  const auto table = load_prices("", directory.path());
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find(directory / "prices.json:1:"), std::string::npos);
}

int64_t price_of_m(LivePrices& prices) {
  const auto price = prices.current()->find("p", "m");
  return price ? price->base.input : 0;
}

TEST(LivePrices, AFileThatChangesIsReadAgainAndOneThatGoesIsForgotten) {
  const os::ScratchDirectory directory;
  const auto prices = LivePrices::open("", directory.path());
  ASSERT_TRUE(prices);
  EXPECT_EQ(price_of_m(**prices), 0);
  ASSERT_TRUE(os::write_file_atomic(directory / "prices.json", one_price("2026-01-01", 1)));
  EXPECT_EQ(price_of_m(**prices), 1'000'000);
  const auto held = (*prices)->current();
  ASSERT_TRUE(os::write_file_atomic(directory / "prices.json", one_price("2026-01-01", 22)));
  EXPECT_EQ(price_of_m(**prices), 22'000'000);
  EXPECT_EQ(held->find("p", "m")->base.input, 1'000'000) << "whoever works with a table keeps it";
  std::filesystem::remove(directory / "prices.json");
  EXPECT_EQ(price_of_m(**prices), 0);
}

TEST(LivePrices, AWrongFileLeavesTheLastGoodTable) {
  const os::ScratchDirectory directory;
  ASSERT_TRUE(os::write_file_atomic(directory / "prices.json", one_price("2026-01-01", 1)));
  const auto prices = LivePrices::open("", directory.path());
  ASSERT_TRUE(prices);
  ASSERT_TRUE(os::write_file_atomic(directory / "prices.json", "{}"));
  EXPECT_EQ(price_of_m(**prices), 1'000'000);
  ASSERT_TRUE(os::write_file_atomic(directory / "prices.json", one_price("2026-01-01", 22)));
  EXPECT_EQ(price_of_m(**prices), 22'000'000);
}

TEST(Prices, APartIsOldAfterNinetyDays) {
  const auto table = model::PriceTable::parse(one_price("2026-01-01", 1), "mine.json");
  ASSERT_TRUE(table);
  EXPECT_TRUE(old_parts(*table, *os::parse_time("2026-04-01T23:59:59Z")).empty());
  const auto old = old_parts(*table, *os::parse_time("2026-04-02T00:00:00Z"));
  ASSERT_EQ(old.size(), 1u);
  EXPECT_EQ(old[0].source, "mine.json");
}

}  // namespace
}  // namespace soma::server
