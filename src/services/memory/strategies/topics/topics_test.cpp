#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/os/text.h"
#include "services/memory/strategies/record_test_kit.h"
#include "services/memory/strategies/topics/cues.h"
#include "services/memory/strategies/topics/keyphrases.h"
#include "services/memory/strategies/topics/ranking.h"
#include "services/memory/strategies/topics/segments.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::topics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Cues, TellRequestsFromStatements) {
  for (const char* request :
       {"search the study", "Please show me the map.", "Could you book a boat?", "Now open the safe."})
    EXPECT_TRUE(cues(request).request) << request;
  for (const char* statement : {"The study was locked.", "I found a map yesterday.", "Nice!"})
    EXPECT_FALSE(cues(statement).request) << statement;
}

TEST(Cues, TellThanksFromPraiseAndComplaint) {
  EXPECT_TRUE(cues("OK, thanks.").thanks);
  EXPECT_FALSE(cues("OK, thanks.").praise);
  EXPECT_TRUE(cues("Perfect!").praise);
  EXPECT_TRUE(cues("Thanks, but it still fails.").complaint);
  EXPECT_FALSE(cues("Thanks, but it still fails.").thanks);
  EXPECT_FALSE(cues("No thanks.").thanks);
}

TEST(Cues, MatchWholeWords) {
  EXPECT_FALSE(cues("The Thanksgiving parade.").thanks);
  EXPECT_TRUE(cues("never mind that").dismissal);
  EXPECT_FALSE(cues("I never minded that").dismissal);
}

TEST(Cues, ReadTypographicApostrophes) {
  EXPECT_TRUE(cues("It doesn\u2019t work.").complaint);
}

TEST(Cues, FindTheSentenceThatAsks) {
  EXPECT_EQ(request_sentence("It rains. Book a cabin for two. Why not?"), "Book a cabin for two.");
  EXPECT_EQ(request_sentence("It rains. Is the pier open?"), "Is the pier open?");
  EXPECT_EQ(request_sentence("It rains."), "");
}

TEST(Keyphrases, AreNamesAndWhatIsRepeated) {
  const Passage passages[] = {{"The broken window has tool marks."},
                              {"Tool marks on the broken window mean that Clara Webb saw it."}};
  EXPECT_THAT(keyphrases(passages, 3),
              testing::UnorderedElementsAre("Broken Window", "Tool Marks", "Clara Webb"));
}

TEST(Keyphrases, AreNoneOfEmptyTalk) {
  const Passage passages[] = {{"ok, well, thanks!"}, {""}};
  EXPECT_THAT(keyphrases(passages, 3), IsEmpty());
}

TEST(Ranking, PrefersWhatManySentencesShare) {
  const Candidate candidates[] = {{"The weather is fine."},
                                  {"The old mill burned down in the storm."},
                                  {"The storm took the roof of the mill."},
                                  {"Does the mill stand?"}};
  EXPECT_THAT(choose_sentences(candidates, 40), ElementsAre(1));
}

TEST(Ranking, KeepsToTheBudget) {
  std::vector<Candidate> candidates(500, {"Seven barrels of cider stand in the cellar."});
  size_t size = 0;
  for (const size_t at : choose_sentences(candidates, 200)) size += candidates[at].text.size();
  EXPECT_LE(size, 200u);
}

TEST(Ranking, GivesBoundedVoicesHalf) {
  std::vector<Candidate> candidates(20, {.text = "The cellar of the cider house is dry.", .bounded = true});
  candidates.push_back({.text = "My uncle sold it."});
  const auto chosen = choose_sentences(candidates, 100);
  EXPECT_THAT(chosen, testing::Contains(20u));
  EXPECT_LE(chosen.size(), 2u);
}

TEST(Segments, BeginAtCuePhrases) {
  test::Talk talk;
  talk.user("The mast needs varnish and the sail a new seam before the regatta.")
      .assistant("Varnish needs three dry days; the seam of a sail is done in an hour.")
      .user("Three dry days of varnish before the regatta are hard to get, the mast must wait.")
      .assistant("Then sew the sail first, and the mast after the regatta.")
      .user("By the way, which bread goes with herring?");
  EXPECT_THAT(segment_starts(talk.turns, kTopics), ElementsAre(0, 4));
}

TEST(Segments, AreTheSameForLongerTalk) {
  const test::Talk talk = test::mixed_talk(7, 200);
  const auto all = segment_starts(talk.turns, kTopics);
  for (size_t count = 0; count <= talk.turns.size(); ++count) {
    const auto part = segment_starts(talk.first(count).turns, kTopics);
    ASSERT_LE(part.size(), all.size());
    EXPECT_TRUE(std::ranges::equal(part, std::span(all).first(part.size())));
  }
}

TEST(Condensed, IsOneValidLineWithinItsLimit) {
  EXPECT_EQ(condensed("  a\tb\n\n c ", 20), "a b c");
  EXPECT_EQ(condensed("the quick brown fox", 16), "the quick\u2026");
  EXPECT_TRUE(os::is_valid_utf8(condensed("\xff\xfe\x80 \xe2\x82", 8)));
  for (size_t limit = 8; limit < 40; ++limit)
    EXPECT_LE(
        condensed("h\u00e9\u00e9 \u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac "
                  "\xff\xff\xff\xff",
                  limit)
            .size(),
        limit);
}

}  // namespace
}  // namespace soma::memory::topics
