#include "base/os/id.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ranges>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/os/clock.h"

namespace soma::os {
namespace {

using namespace std::chrono_literals;

TEST(Uuid, HasVersionAndVariantOfRfc9562) {
  VirtualClock clock;
  auto ids = make_random_ids(clock);
  for (int i = 0; i < 100; ++i) {
    std::string id = ids->uuid();
    ASSERT_EQ(id.size(), 36u);
    EXPECT_EQ(id[14], '7') << id;
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    for (size_t dash : {8, 13, 18, 23}) EXPECT_EQ(id[dash], '-');
  }
}

TEST(Uuid, StartsWithTheMilliseconds) {
  VirtualClock clock(from_unix_ms(0x0123456789ab));
  EXPECT_TRUE(make_random_ids(clock)->uuid().starts_with("01234567-89ab-7"));
}

// A counter of 12 bits in a clock that stands still: it overflows, and the order must hold all the same.
TEST(Uuid, SortsInOrderOfMakingEvenWhenTheClockStandsStillOrFallsBack) {
  struct FallingClock final : Clock {
    int64_t ms = 1'767'225'600'000;
    Time now() const override { return from_unix_ms(ms); }
    TimerId call_at(Time, std::function<void()>) override { return 0; }
    bool cancel(TimerId) override { return false; }
  } clock;
  auto ids = make_random_ids(clock);
  std::string last = ids->uuid();
  for (int i = 0; i < 10'000; ++i) {
    if (i % 3000 == 2999) clock.ms -= 50;
    std::string next = ids->uuid();
    ASSERT_LT(last, next) << i;
    last = next;
  }
}

TEST(Uuid, IsUniqueAcrossThreads) {
  VirtualClock clock;
  auto ids = make_random_ids(clock);
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) mine.push_back(ids->uuid());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 4000u);
}

TEST(Ids, SameSeedSameIds) {
  VirtualClock clock;
  auto draw = [&](uint64_t seed) {
    auto ids = make_seeded_ids(seed, clock);
    return std::vector<std::string>{ids->uuid(), ids->token(40), ids->prefixed("run"),
                                    std::to_string(ids->random_u64())};
  };
  EXPECT_EQ(draw(7), draw(7));
  EXPECT_NE(draw(7), draw(8));
}

TEST(Ids, RandomSourcesDiffer) {
  VirtualClock clock;
  EXPECT_NE(make_random_ids(clock)->token(32), make_random_ids(clock)->token(32));
}

TEST(Ids, TokenUsesTheWholeAlphabetFairly) {
  VirtualClock clock;
  std::string token = make_seeded_ids(1, clock)->token(62'000);
  ASSERT_EQ(token.size(), 62'000u);
  std::array<int, 256> counts{};
  for (char c : token) ++counts[static_cast<unsigned char>(c)];
  EXPECT_EQ(std::ranges::count_if(counts, [](int count) { return count > 0; }), 62);
  for (char c : token) ASSERT_TRUE(std::isalnum(static_cast<unsigned char>(c)));
  auto [least, most] = std::ranges::minmax(counts | std::views::filter([](int count) { return count > 0; }));
  EXPECT_GT(least, 800);
  EXPECT_LT(most, 1200);
}

TEST(Ids, PrefixedHas26DigitsAndSortsByTime) {
  VirtualClock clock;
  auto ids = make_random_ids(clock);
  std::string last = ids->prefixed("run");
  ASSERT_EQ(last.size(), 4u + 26u);
  EXPECT_TRUE(last.starts_with("run_0"));
  EXPECT_EQ(last.find_first_of("ILOUilou", 4), std::string::npos);
  for (int i = 0; i < 1000; ++i) {
    if (i % 10 == 0) clock.advance(1ms);
    std::string next = ids->prefixed("run");
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(Ids, FillsBuffersOfAnySize) {
  VirtualClock clock;
  auto ids = make_random_ids(clock);
  std::vector<uint8_t> bytes(5000);
  ids->fill_random(bytes);
  EXPECT_LT(std::ranges::count(bytes, uint8_t{0}), 100);
  ids->fill_random({});
}

}  // namespace
}  // namespace soma::os
