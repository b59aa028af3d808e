#include "services/workflow/map_runs/batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soma::workflow {
namespace {

using testing::ElementsAre;

std::vector<std::string> batches(Batcher batcher, const std::vector<std::string>& items) {
  std::vector<std::string> out;
  for (const std::string& item : items)
    if (const auto batch = batcher.add(item)) out.push_back(batch->input);
  if (const auto batch = batcher.finish()) out.push_back(batch->input);
  return out;
}

TEST(Batcher, SoManyItemsAreABatch) {
  EXPECT_THAT(batches(Batcher({.items = 2}, {}), {"1", "2", "3"}),
              ElementsAre(R"({"Items":[1,2]})", R"({"Items":[3]})"));
}
TEST(Batcher, EveryBatchHasTheBatchInput) {
  EXPECT_THAT(batches(Batcher({.items = 1}, json::object({{"a", 1}})), {"1", "2"}),
              ElementsAre(R"({"BatchInput":{"a":1},"Items":[1]})", R"({"BatchInput":{"a":1},"Items":[2]})"));
}
TEST(Batcher, ABatchHasNoMoreBytesThanAllowed) {
  EXPECT_THAT(batches(Batcher({.bytes = 17}, {}), {"111", "222", "333"}),
              ElementsAre(R"({"Items":[111]})", R"({"Items":[222]})", R"({"Items":[333]})"));
  EXPECT_THAT(batches(Batcher({.bytes = 20}, {}), {"111", "222", "333"}),
              ElementsAre(R"({"Items":[111,222]})", R"({"Items":[333]})"));
}
TEST(Batcher, AnItemThatIsTooLargeIsABatchOfItsOwn) {
  EXPECT_THAT(batches(Batcher({.bytes = 5}, {}), {"1", "2"}),
              ElementsAre(R"({"Items":[1]})", R"({"Items":[2]})"));
}
TEST(Batcher, AnInputOfAnExecutionIsTheMost) {
  const std::string item = "\"" + std::string(100'000, 'x') + "\"";
  EXPECT_EQ(batches(Batcher({.items = 100}, {}), {item, item, item}).size(), 2u);
}
TEST(Batcher, NothingMakesNoBatch) {
  EXPECT_THAT(batches(Batcher({.items = 2}, {}), {}), testing::IsEmpty());
}

}  // namespace
}  // namespace soma::workflow
