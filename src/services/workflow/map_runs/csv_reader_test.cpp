#include "services/workflow/map_runs/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soma::workflow {
namespace {

using testing::ElementsAre;
using Rows = std::vector<std::vector<std::string>>;

Rows read(std::string_view text, char delimiter = ',') {
  CsvReader reader(text, delimiter);
  Rows rows;
  while (auto row = reader.next()) rows.push_back(std::move(*row));
  return rows;
}

TEST(CsvReader, LinesAreRows) {
  EXPECT_THAT(read("a,b\nc,d"), ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
}
TEST(CsvReader, AnyLineEndWillDo) {
  EXPECT_THAT(read("a\r\nb\rc\n"), ElementsAre(ElementsAre("a"), ElementsAre("b"), ElementsAre("c")));
}
TEST(CsvReader, EmptyFieldsCount) {
  EXPECT_THAT(read(",,\n"), ElementsAre(ElementsAre("", "", "")));
}
TEST(CsvReader, EmptyLinesAreNoRows) {
  EXPECT_THAT(read("\n\na\n\r\n\nb\n\n"), ElementsAre(ElementsAre("a"), ElementsAre("b")));
}
TEST(CsvReader, SpacesAreKept) {
  EXPECT_THAT(read("  \n a ,b"), ElementsAre(ElementsAre("  "), ElementsAre(" a ", "b")));
}
TEST(CsvReader, QuotesHoldDelimitersLinesAndQuotes) {
  EXPECT_THAT(read("\"a,b\",\"c\nd\",\"say \"\"hi\"\"\"\nx"),
              ElementsAre(ElementsAre("a,b", "c\nd", "say \"hi\""), ElementsAre("x")));
}
TEST(CsvReader, AQuotedEmptyFieldIsARow) {
  EXPECT_THAT(read("\"\"\n"), ElementsAre(ElementsAre("")));
}
TEST(CsvReader, AQuoteWithinAFieldIsText) {
  EXPECT_THAT(read("a\"b,c"), ElementsAre(ElementsAre("a\"b", "c")));
}
// The service's rule; the reader used to keep all backslashes.
TEST(CsvReader, ABackslashMakesTextOfWhatIsSpecial) {
  EXPECT_THAT(read(R"(a\\b,c\,d,\"e\",x\y)"), ElementsAre(ElementsAre(R"(a\b)", "c,d", "\"e\"", "xy")));
  EXPECT_THAT(read(R"("say \"hi\"",b\|c\)"), ElementsAre(ElementsAre("say \"hi\"", "b|c")));
  EXPECT_THAT(read(R"(b\|c)", '|'), ElementsAre(ElementsAre("b|c")));
}
TEST(CsvReader, AnOpenQuoteEndsWithTheText) {
  EXPECT_THAT(read("\"a,b"), ElementsAre(ElementsAre("a,b")));
}
TEST(CsvReader, TheDelimiterIsAChoice) {
  EXPECT_THAT(read("a|b,c", '|'), ElementsAre(ElementsAre("a", "b,c")));
}
TEST(CsvReader, AByteOrderMarkIsNoText) {
  EXPECT_THAT(read("\xEF\xBB\xBF\"a\",b"), ElementsAre(ElementsAre("a", "b")));
}
TEST(CsvReader, NoTextNoRows) {
  EXPECT_THAT(read(""), testing::IsEmpty());
}

}  // namespace
}  // namespace soma::workflow
