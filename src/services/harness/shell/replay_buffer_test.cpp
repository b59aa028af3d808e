#include "services/harness/shell/replay_buffer.h"

#include <gtest/gtest.h>

#include <random>

namespace soma::harness {
namespace {

TEST(ReplayBuffer, KeepsTheNewestBytesAndTheirPlaces) {
  ReplayBuffer buffer(4);
  EXPECT_EQ(buffer.read(0, 100), "");
  buffer.append("abc");
  EXPECT_EQ(buffer.read(0, 100), "abc");
  EXPECT_EQ(buffer.read(1, 1), "b");
  buffer.append("defg");
  EXPECT_EQ(buffer.begin(), 3u);
  EXPECT_EQ(buffer.end(), 7u);
  EXPECT_EQ(buffer.read(0, 100), "defg");
  EXPECT_EQ(buffer.read(5, 100), "fg");
  EXPECT_EQ(buffer.read(7, 100), "");
}

TEST(ReplayBuffer, APieceLargerThanItselfLeavesItsEnd) {
  ReplayBuffer buffer(4);
  buffer.append("before");
  buffer.append("0123456789");
  EXPECT_EQ(buffer.read(0, 100), "6789");
  EXPECT_EQ(buffer.begin(), 12u);
}

TEST(ReplayBuffer, IsTheEndOfEverythingThatWasAppended) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const size_t limit = 1 + random() % 20;
    ReplayBuffer buffer(limit);
    std::string all;
    for (int piece = 0; piece < 30; ++piece) {
      const std::string bytes(random() % 25, static_cast<char>('a' + piece % 26));
      buffer.append(bytes);
      all += bytes;
      const size_t kept = std::min(all.size(), limit);
      ASSERT_EQ(buffer.end(), all.size());
      ASSERT_EQ(buffer.read(0, 1000), all.substr(all.size() - kept));
    }
  }
}

}  // namespace
}  // namespace soma::harness
