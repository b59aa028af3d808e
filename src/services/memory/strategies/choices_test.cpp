#include "services/memory/strategies/choices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/memory/strategies/categories.h"

namespace soma::memory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Options, AreListsAndEnumerations) {
  EXPECT_THAT(options_of("Pick:\n- tea\n- milk\nAs you like."), ElementsAre("tea", "milk"));
  EXPECT_THAT(options_of("a) tea\nb) milk"), ElementsAre("tea", "milk"));
  EXPECT_THAT(options_of("There is: 1. black tea. 2. oat milk. 3. water."),
              ElementsAre("black tea", "oat milk", "water"));
  EXPECT_THAT(options_of("Tea, milk, or water?"), ElementsAre("Tea", "milk", "water"));
  EXPECT_THAT(options_of("How about a walk? We could row on the lake."),
              ElementsAre("How about a walk", "We could row on the lake"));
  EXPECT_THAT(options_of("It rains. It is cold."), IsEmpty());
  EXPECT_THAT(options_of("- tea"), IsEmpty());
  EXPECT_THAT(options_of(""), IsEmpty());
}

TEST(Choices, NameAnOptionByPlaceOrByWords) {
  const std::vector<std::string> options = {"black tea", "oat milk", "water"};
  const auto chosen = [&](const char* answer) {
    const auto choice = choice_of(answer, options);
    return choice ? choice->chosen : "-";
  };
  EXPECT_EQ(chosen("The second one, please."), "oat milk");
  EXPECT_EQ(chosen("I'll take the last."), "water");
  EXPECT_EQ(chosen("Let's go with option 1."), "black tea");
  EXPECT_EQ(chosen("Option B sounds good."), "oat milk");
  EXPECT_EQ(chosen("I think I'll have the tea."), "I'll have the tea");
  EXPECT_EQ(chosen("Option 7 it is."), "-");
  EXPECT_EQ(chosen("I'll take a taxi."), "-");
  EXPECT_EQ(chosen("Is the first one hot?"), "-");
  EXPECT_EQ(chosen(""), "-");
}

TEST(Categories, AreThoseWithMostWords) {
  EXPECT_THAT(categories_of("Prefers window seats on night trains"), ElementsAre("travel"));
  EXPECT_THAT(categories_of("Likes vegan food on flights"), ElementsAre("food", "travel"));
  EXPECT_THAT(categories_of("Likes it"), ElementsAre("general"));
}

}  // namespace
}  // namespace soma::memory
