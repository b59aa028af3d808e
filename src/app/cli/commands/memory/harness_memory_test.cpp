#include "app/cli/commands/memory/harness_memory.h"

#include <gtest/gtest.h>

#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

json::Value made(const MemoryUseWords& words) {
  return memory_use(words).value_or(json::Value());
}

TEST(MemoryUse, IsTheHarnesssOwnUnlessOneIsNamed) {
  EXPECT_EQ(made({}), json_of(R"({"managedMemoryConfiguration":{}})"));
  EXPECT_EQ(made({.strategies = {"semantic", "USER_PREFERENCE"}, .expiry_days = 7}),
            json_of(R"({"managedMemoryConfiguration":{"strategies":["SEMANTIC","USER_PREFERENCE"],
                        "eventExpiryDuration":7}})"));
}

TEST(MemoryUse, NamesOneThatExistsAndWhatIsLookedUp) {
  EXPECT_EQ(made({.arn = "Cases-0a1b2c3d4e",
                  .actor = "sloane",
                  .messages_count = 10,
                  .retrievals = {"/facts/{actorId}/", "/notes/:5", "/style/:3:0.4"}}),
            json_of(R"({"agentCoreMemoryConfiguration":{"arn":"Cases-0a1b2c3d4e","actorId":"sloane",
                        "messagesCount":10,"retrievalConfig":{"/facts/{actorId}/":{},"/notes/":{"topK":5},
                        "/style/":{"topK":3,"relevanceScore":0.4}}}})"));
}

TEST(MemoryUse, RefusesWordsOfBothKinds) {
  EXPECT_FALSE(memory_use({.strategies = {"semantic"}, .arn = "Cases-0a1b2c3d4e"}));
  EXPECT_FALSE(memory_use({.actor = "sloane"}));
}

TEST(MemoryUse, RefusesALookupThatCannotBeRead) {
  for (const char* word : {":5", "/a/:x", "/a/:5:y", "/a/:5:0.2:z"})
    EXPECT_FALSE(memory_use({.arn = "Cases-0a1b2c3d4e", .retrievals = {word}})) << word;
}

}  // namespace
}  // namespace soma::cli
