#include "core/search/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace soma::search {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<uint64_t> documents(const std::vector<Hit>& hits) {
  std::vector<uint64_t> numbers;
  for (const Hit& hit : hits) numbers.push_back(hit.document);
  return numbers;
}

TEST(Terms, AreStemmedAndFoldedWithoutFunctionWords) {
  EXPECT_THAT(terms("The dogs were RUNNING to Helena's dishes in 2023."),
              ElementsAre("dog", "run", "helena", "dish", "2023"));
}

TEST(Terms, KeepAnApostropheOnlyInsideAWord) {
  EXPECT_THAT(terms("'quoted' o\u2019clock rock'n'roll dogs' don't"),
              ElementsAre("quot", "o'clock", "rock'n'rol", "dog"));
}

TEST(Terms, JoinDigitsAndLettersAndSplitAtEverythingElse) {
  EXPECT_THAT(terms("k8s e-mail snake_case a@b.example 3.50"),
              ElementsAre("k8s", "e", "mail", "snake", "case", "b", "exampl", "3", "50"));
}

TEST(Terms, FoldCaseAndAccentsOfLatinGreekAndCyrillic) {
  EXPECT_EQ(terms("CAFÉ Žižkov Straße Łódź Việt"), terms("cafe zizkov strasse lodz viet"));
  EXPECT_THAT(terms("ΑΘΉΝΑΣ αθήνας"), ElementsAre("αθηνασ", "αθηνασ"));
  EXPECT_THAT(terms("МОСКВА Ёлка Ђорђе"), ElementsAre("москва", "елка", "ђорђе"));
}

TEST(Terms, AreTheSameForComposedAndDecomposedAccents) {
  EXPECT_EQ(terms("cafe\u0301"), terms("caf\u00e9"));
}

TEST(Terms, TakeFullWidthFormsForPlainOnes) {
  EXPECT_THAT(terms("ＡＢＣ１２３"), ElementsAre("abc123"));
}

TEST(Terms, PairTheCharactersOfScriptsWithoutSpaces) {
  EXPECT_THAT(terms("东京塔"), ElementsAre("东京", "京塔"));
  EXPECT_THAT(terms("猫 in 東京、茶"), ElementsAre("猫", "東京", "茶"));
  EXPECT_THAT(terms("iPhone手机15"), ElementsAre("iphon", "手机", "15"));
}

TEST(Terms, LeaveOutEmojiAndPunctuationOfEveryScript) {
  EXPECT_THAT(terms("love\u2764\ufe0fyou \U0001F600 — … ، ۔ । 。「」 · €"), ElementsAre("love"));
}

TEST(Terms, TakeBrokenUtf8ForASeparator) {
  EXPECT_THAT(terms("tea\xff"
                    "cup \xe2\x82"),
              ElementsAre("tea", "cup"));
}

TEST(Terms, CutAWordThatIsTooLong) {
  const auto found = terms(std::string(10'000, '7') + " tea");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0], std::string(kMaxTermBytes, '7'));
}

TEST(Terms, EndAtTheLimit) {
  std::string text;
  for (size_t i = 0; i < kMaxDocumentTerms + 10; ++i) text += "tea ";
  EXPECT_THAT(terms(text), SizeIs(kMaxDocumentTerms));
}

TEST(SearchIndex, RanksTheRarerWordAndTheShorterDocumentHigher) {
  Index index;
  index.add(1, "coffee and cake");
  index.add(2, "coffee and tea");
  index.add(3, "coffee with tea for a long afternoon of many other things");
  index.add(4, "coffee");
  EXPECT_THAT(documents(index.search("coffee tea", 10)), ElementsAre(2, 3, 4, 1));
}

TEST(SearchIndex, FindsOtherFormsOfAWord) {
  Index index;
  index.add(1, "She paints landscapes.");
  EXPECT_THAT(documents(index.search("Who is painting a landscape?", 10)), ElementsAre(1));
}

TEST(SearchIndex, OrdersEqualDocumentsByNumber) {
  Index index;
  for (const uint64_t number : {9, 3, 7, 5}) index.add(number, "tea");
  EXPECT_THAT(documents(index.search("tea", 10)), ElementsAre(3, 5, 7, 9));
  EXPECT_THAT(documents(index.search("tea", 2)), ElementsAre(3, 5));
}

TEST(SearchIndex, ReturnsOnlyWhatIsAccepted) {
  Index index;
  for (uint64_t number = 0; number < 10; ++number) index.add(number, "tea");
  const auto odd = [](uint64_t number) { return number % 2 == 1; };
  EXPECT_THAT(documents(index.search("tea", 3, odd)), ElementsAre(1, 3, 5));
}

TEST(SearchIndex, FindsNothingForNothing) {
  Index index;
  EXPECT_THAT(index.search("tea", 10), IsEmpty());
  index.add(1, "the of and");
  EXPECT_THAT(index.search("tea", 10), IsEmpty());
  index.add(2, "tea");
  EXPECT_THAT(index.search("", 10), IsEmpty());
  EXPECT_THAT(index.search("what is the", 10), IsEmpty());
  EXPECT_THAT(index.search("coffee", 10), IsEmpty());
  EXPECT_THAT(index.search("tea", 0), IsEmpty());
}

TEST(SearchIndex, WeighsAWordByThePartsItIsIn) {
  Index index;
  index.add(1, std::vector<Part>{{"tea", 0.5}, {"cake", 2}});
  index.add(2, std::vector<Part>{{"cake", 0.5}, {"tea", 2}});
  index.add(3, "juice");
  EXPECT_THAT(documents(index.search("tea", 10)), ElementsAre(2, 1));
  EXPECT_THAT(documents(index.search("cake", 10)), ElementsAre(1, 2));
  EXPECT_THAT(index.search("cake", 10)[1].relevance, DoubleEq(0.5));
}

TEST(SearchIndex, TakesPartsOfWeightOneForOneText) {
  Index parts, whole;
  for (Index* index : {&parts, &whole}) index->add(1, "some other cake");
  parts.add(2, std::vector<Part>{{"tea"}, {"and cake"}});
  whole.add(2, "tea and cake");
  EXPECT_EQ(parts.search("tea cake", 1)[0].score, whole.search("tea cake", 1)[0].score);
}

TEST(SearchLimits, APartsWeightIsHeldToItsRange) {
  Index extreme, allowed;
  extreme.add(1, std::vector<Part>{{"tea", 1e300}, {"cake", -1}});
  allowed.add(1, std::vector<Part>{{"tea", kMaxPartWeight}, {"cake", 1.0 / 256}});
  EXPECT_EQ(extreme.search("tea cake", 1)[0].score, allowed.search("tea cake", 1)[0].score);
}

TEST(SearchIndex, ReplacesADocument) {
  Index index;
  index.add(1, "tea");
  index.add(1, "coffee");
  EXPECT_EQ(index.size(), 1u);
  EXPECT_THAT(index.search("tea", 10), IsEmpty());
  EXPECT_THAT(documents(index.search("coffee", 10)), ElementsAre(1));
}

TEST(SearchIndex, ScoresAsIfARemovedDocumentHadNeverBeen) {
  Index index, never;
  index.add(1, "green tea");
  index.add(2, "tea, tea and secret ingredients");
  index.add(3, "black coffee");
  index.remove(2);
  index.remove(2);
  index.remove(99);
  never.add(1, "green tea");
  never.add(3, "black coffee");
  EXPECT_EQ(index.size(), 2u);
  EXPECT_THAT(index.search("secret", 10), IsEmpty());
  const auto hits = index.search("green tea secret", 10), expected = never.search("green tea secret", 10);
  ASSERT_THAT(documents(hits), ElementsAre(1));
  EXPECT_EQ(hits[0].score, expected[0].score);
  EXPECT_EQ(hits[0].relevance, expected[0].relevance);
}

TEST(SearchIndex, GivesTheMemoryOfRemovedDocumentsBack) {
  Index index;
  for (uint64_t number = 0; number < 2'000; ++number) index.add(number, "tea cup " + std::to_string(number));
  const size_t full = index.bytes();
  for (uint64_t number = 0; number < 2'000; ++number)
    if (number != 1'234) index.remove(number);
  EXPECT_LT(index.bytes(), full / 2);
  EXPECT_THAT(documents(index.search("1234 cup", 10)), ElementsAre(1'234));
}

TEST(Relevance, IsOneForADocumentThatSaysAllOfTheQuery) {
  Index index;
  index.add(1, "Helena likes green tea, and much else that nobody asked about.");
  index.add(2, "Helena plays chess.");
  const auto hits = index.search("Does Helena like green tea?", 10);
  ASSERT_THAT(documents(hits), ElementsAre(1, 2));
  EXPECT_THAT(hits[0].relevance, DoubleEq(1));
  EXPECT_LT(hits[1].relevance, 0.3);
}

TEST(Relevance, CountsRepetitionOnlyAsFarAsTheQueryRepeats) {
  Index index;
  index.add(1, "tea tea tea tea");
  index.add(2, "cake");
  EXPECT_THAT(index.search("tea cake", 1)[0].relevance, DoubleEq(0.5));
}

TEST(Relevance, FallsWithWordsThatNobodyKnows) {
  Index index;
  index.add(1, "tea");
  index.add(2, "cake");
  // Three words of the weight of a word that one document has; the document has one of them.
  EXPECT_THAT(index.search("tea xylophone zeppelin", 1)[0].relevance, DoubleNear(1.0 / 3, 1e-12));
}

TEST(SearchLimits, ADocumentIsFoundByItsFirstTermsOnly) {
  std::string text = "first ";
  for (size_t i = 0; i < kMaxDocumentTerms; ++i) text += "x ";
  Index index;
  index.add(1, text + "last");
  EXPECT_THAT(index.search("first", 10), SizeIs(1));
  EXPECT_THAT(index.search("last", 10), IsEmpty());
}

TEST(SearchLimits, AQueryCountsWithItsFirstDifferentTermsOnly) {
  std::string query;
  for (size_t i = 0; i < kMaxQueryTerms - 1; ++i) query += std::to_string(i) + " ";
  Index index;
  index.add(1, "inside");
  index.add(2, "outside");
  EXPECT_THAT(documents(index.search(query + query + "inside outside", 10)), ElementsAre(1));
}

TEST(SearchIndex, AnswersManyThreadsAtOnce) {
  Index index;
  for (uint64_t number = 0; number < 500; ++number)
    index.add(number, "running dogs and cats " + std::to_string(number % 7));
  const auto expected = documents(index.search("dog run 3", 20));
  std::vector<std::vector<uint64_t>> answers(4);
  {
    std::vector<std::jthread> threads;
    for (auto& answer : answers)
      threads.emplace_back([&] {
        for (int round = 0; round < 50; ++round) answer = documents(index.search("dog run 3", 20));
      });
  }
  EXPECT_THAT(answers, testing::Each(expected));
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

// BM25 as it is written down, over all documents, without an index.
class Naive {
 public:
  std::map<uint64_t, std::vector<std::string>> texts;

  double score(uint64_t number, const std::vector<std::string>& query) const {
    double total = 0, sum = 0;
    for (const auto& [other, words] : texts) total += static_cast<double>(words.size());
    const double n = static_cast<double>(texts.size());
    const auto& words = texts.at(number);
    for (const std::string& term : query) {
      const double df = static_cast<double>(
          std::ranges::count_if(texts, [&](const auto& entry) { return contains(entry.second, term); }));
      const double tf = static_cast<double>(std::ranges::count(words, term));
      const double length = static_cast<double>(words.size()) / (total / n);
      sum += std::log(1 + (n - df + 0.5) / (df + 0.5)) * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length));
    }
    return sum;
  }
};

std::vector<std::string> random_words(std::mt19937& random, size_t most) {
  std::vector<std::string> words(random() % (most + 1));
  // Digits are left as they are; squares make some words rarer than others.
  for (std::string& word : words) word = std::to_string((random() % 7) * (random() % 7));
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

TEST(SearchIndex, AgreesWithTheFormulaThroughAdditionsAndRemovals) {
  std::mt19937 random(7);
  Index index;
  Naive naive;
  for (int step = 0; step < 1'500; ++step) {
    const uint64_t number = random() % 200;
    // Phases of growth and of decay, so that slots are numbered anew several times.
    if (random() % 10 < (step / 300 % 2 == 0 ? 8u : 2u)) {
      naive.texts[number] = random_words(random, 12);
      index.add(number, joined(naive.texts[number]));
    } else {
      naive.texts.erase(number);
      index.remove(number);
    }
    ASSERT_EQ(index.size(), naive.texts.size());
    if (step % 10 != 0) continue;
    const auto query = random_words(random, 4);
    const auto hits = index.search(joined(query), 1'000);
    std::set<uint64_t> missing;
    for (const auto& [other, words] : naive.texts)
      if (std::ranges::any_of(query, [&](const auto& term) { return contains(words, term); }))
        missing.insert(other);
    for (size_t i = 0; i < hits.size(); ++i) {
      EXPECT_THAT(hits[i].score, DoubleNear(naive.score(hits[i].document, query), 1e-9));
      EXPECT_TRUE(hits[i].relevance > 0 && hits[i].relevance <= 1);
      EXPECT_TRUE(i == 0 || hits[i - 1].score >= hits[i].score);
      missing.erase(hits[i].document);
    }
    EXPECT_THAT(missing, IsEmpty());
    const size_t few = std::min<size_t>(5, hits.size());
    EXPECT_EQ(documents(index.search(joined(query), 5)),
              documents({hits.begin(), hits.begin() + static_cast<ptrdiff_t>(few)}));
  }
}

}  // namespace
}  // namespace soma::search
