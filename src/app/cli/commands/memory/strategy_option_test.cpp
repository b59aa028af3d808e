#include "app/cli/commands/memory/strategy_option.h"

#include <gtest/gtest.h>

#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

std::string parsed(const std::string& word) {
  const auto strategy = parse_strategy(word);
  return strategy ? json::write(*strategy) : strategy.error().to_string();
}

TEST(ParseStrategy, GivesATypeItsName) {
  EXPECT_EQ(parsed("semantic"), R"({"semanticMemoryStrategy":{"name":"Facts"}})");
  EXPECT_EQ(parsed("USER_PREFERENCE"), R"({"userPreferenceMemoryStrategy":{"name":"Preferences"}})");
}

TEST(ParseStrategy, TakesANameAndANamespace) {
  EXPECT_EQ(parsed("summary:Notes:/notes/{actorId}/"),
            R"({"summaryMemoryStrategy":{"name":"Notes","namespaceTemplates":["/notes/{actorId}/"]}})");
}

TEST(ParseStrategy, TakesReflectionsOfAnEpisodicOneAlone) {
  EXPECT_EQ(
      parse_strategy("episodic:Cases:/c/{actorId}/{sessionId}/:/c/{actorId}/").value_or(json::Value()),
      json_of(R"({"episodicMemoryStrategy":{"name":"Cases","namespaceTemplates":["/c/{actorId}/{sessionId}/"],
                        "reflectionConfiguration":{"namespaceTemplates":["/c/{actorId}/"]}}})"));
  EXPECT_NE(parsed("semantic:Facts:/f/:/g/").find("cannot be read"), std::string::npos);
}

TEST(ParseStrategy, RefusesAnEmptyPart) {
  EXPECT_NE(parsed("semantic:").find("semantic:NAME"), std::string::npos);
}

TEST(ParseStrategy, NamesTheNearestType) {
  EXPECT_NE(parsed("semantik:Facts").find("did you mean 'semantic'?"), std::string::npos);
  EXPECT_NE(parsed("vectors").find("there are: semantic"), std::string::npos);
}

}  // namespace
}  // namespace soma::cli
