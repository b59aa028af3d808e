// Pages, tables, answers, arguments, sums: what reflex reads, each as a table of examples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/reflex/answer.h"
#include "core/model/reflex/arithmetic.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/page.h"
#include "core/model/reflex/table.h"
#include "core/model/reflex/toolbox.h"

namespace soma::model::reflex {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPage = R"(Clicked link "Book". A page opened.
Title: Book
URL: http://site.test/book
Status: 200 OK
Note: the page asked nothing

- [Home](e1) (selected)
- [Book [now]](e2)

# Book a `cabin`

Pay **on arrival**. See [our prices](e3) first.

[e13] textbox "Name" = "Ada" (required)
[e14] checkbox "I agree" (not checked)
[e15] select "Size" = "Small" options: "Small", "Very large"
[e16] textbox "" placeholder "Your email"
[e17] button "Send" (disabled) [e18] button "Clear"

Table: Boats
| Name | Seats |
| --- | --- |
| [Tern](e20) | 8 |
| Gull \| two | 12 |

[3,000 more characters: use action "read" with offset 20000])";

template <class Answer>
std::string text_of(const std::optional<Answer>& answer) {
  return answer ? answer->text : "(no answer)";
}

TEST(Page, ReadsTextAndElementsOfTheBrowsersMarkdown) {
  const Document page = parse_document(kPage, "");
  EXPECT_EQ(page.title, "Book");
  EXPECT_EQ(page.source, "http://site.test/book");
  EXPECT_TRUE(page.is_page);
  ASSERT_EQ(page.headings.size(), 1u);
  EXPECT_EQ(page.headings[0].text, "Book a cabin");
  std::vector<std::string> texts;
  for (const Passage& passage : page.passages) texts.push_back(passage.text);
  EXPECT_THAT(texts, ElementsAre("Pay on arrival.", "See our prices first.", "Tern, Seats: 8",
                                 "Gull | two, Seats: 12"));
  ASSERT_NE(page.element("e13"), nullptr);
  EXPECT_EQ(page.element("e13")->value, "Ada");
  EXPECT_TRUE(page.element("e13")->has_state("required"));
  EXPECT_THAT(page.element("e15")->options, ElementsAre("Small", "Very large"));
  EXPECT_EQ(page.element("e16")->name, "Your email");
  EXPECT_TRUE(page.element("e17")->has_state("disabled"));
  EXPECT_EQ(page.element("e18")->name, "Clear");
  EXPECT_EQ(page.element("e2")->name, "Book [now]");
  EXPECT_EQ(page.element("e20")->kind, "link");
  ASSERT_EQ(page.tables.size(), 1u);
  EXPECT_EQ(page.tables[0].caption, "Boats");
  EXPECT_EQ(page.tables[0].rows[1][0], "Gull | two");
}

TEST(Page, ReadsHeadingsInsideListsAndSortingTableHeaders) {
  const Document page = parse_document(
      "URL: http://site.test/\n\n- ### [Grey seal](e3)\n  Born in November. (image: a seal)\n\n"
      "| [e4] button \"Item\" | [e5] button \"Price\" |\n| --- | --- |\n| Rope | £3 |\n",
      "");
  ASSERT_EQ(page.headings.size(), 1u);
  EXPECT_EQ(page.headings[0].text, "Grey seal");
  EXPECT_EQ(page.element("e3")->section, "Grey seal");
  EXPECT_EQ(page.passages[0].text, "Born in November.");
  EXPECT_EQ(page.passages[0].heading, "Grey seal");
  EXPECT_THAT(page.tables.at(0).headers, ElementsAre("Item", "Price"));
}

TEST(Page, PlainTextHasNoElements) {
  const Document document = parse_document("Total: 4\n[note] see (e5) and [x]\n", "out");
  EXPECT_TRUE(document.elements.empty());
  EXPECT_FALSE(document.is_page);
  EXPECT_EQ(document.passages.size(), 2u);
}

TEST(Page, AddedLinesAreWhatAnActionBrought) {
  EXPECT_THAT(
      added_lines(
          "Clicked.\nChanged on the page:\n- old\n+ ## Thank you\n+ [e3] button \"Again\"\n+ Number SK-1"),
      ElementsAre("Thank you", "Number SK-1"));
  EXPECT_TRUE(added_lines("Clicked.\nThe text of the page did not change.").empty());
}

TEST(Page, FindsTheElementThatALabelMeans) {
  const Document page = parse_document(kPage, "");
  EXPECT_EQ(find_element(page, "name")->ref, "e13");
  EXPECT_EQ(find_element(page, "email", {"textbox"})->ref, "e16");
  EXPECT_EQ(find_element(page, "prices", {"link"})->ref, "e3");
  EXPECT_EQ(find_element(page, "e18")->ref, "e18");
  EXPECT_EQ(find_element(page, "helicopter"), nullptr);
}

Table boats() {
  return {"Boats",
          "",
          {"Boat", "Type", "Price per day", "Length", "Built", "Seats"},
          {{"Tern", "Rowing", "£12.50", "4 m", "12 May 1998", "3"},
           {"Gull", "Sailing", "£80.00", "7.5 m", "3 April 2011", "6"},
           {"Auk", "Sailing", "£1,050", "14 m", "20 June 1976", "12"},
           {"Little Auk", "Rowing", "£12.50", "3 m", "1 May 2020", "2"}}};
}

TEST(Tables, AnswerExactly) {
  struct Case {
    std::string_view question, expected;
  };
  const Case cases[] = {
      {"Which boat is the cheapest?", "Tern and Little Auk, Price per day £12.50"},
      {"What is the most expensive boat?", "Auk, Price per day £1,050"},
      {"Which is the longest boat?", "Auk, Length 14 m"},
      {"Which boat has the most seats?", "Auk, Seats 12"},
      {"Which is the oldest boat?", "Auk, Built 20 June 1976"},
      {"Which is the newest?", "Little Auk, Built 1 May 2020"},
      {"Which is the cheapest sailing boat?", "Gull, Price per day £80.00"},
      {"List the two longest boats", "1. Auk: 14 m\n2. Gull: 7.5 m"},
      {"What is the price of the Gull?", "Gull: Price per day £80.00"},
      {"How much does the Little Auk cost?", "Little Auk: Price per day £12.50"},
      {"How many seats does the Tern have?", "Tern: Seats 3"},
      {"How many sailing boats are there?", "2 sailing boats: Gull, Auk."},
      {"How many boats cost less than £100?", "3 boats: Tern, Gull, Little Auk."},
      {"Which boats cost more than £50?", "- Gull"},
      {"Which boats have at least 6 seats?", "2 of 4 rows of \"Boats\" fit:\n- Gull"},
      {"What is the total number of seats?", "total of Seats over 4 rows is 23"},
      {"What is the average price?", "average of Price per day over 4 rows is £288.75"},
      {"What type is the Gull?", "Gull: Type Sailing"},
  };
  for (const Case& c : cases) {
    const auto answer = ask_table(boats(), c.question);
    ASSERT_TRUE(answer.has_value()) << c.question;
    EXPECT_THAT(answer->text, HasSubstr(std::string(c.expected))) << c.question;
  }
}

TEST(Tables, StaySilentOnWhatTheyDoNotHold) {
  for (const std::string_view question :
       {"When does the ferry leave?", "Who wrote the news?", "What is the capital of France?"}) {
    EXPECT_FALSE(ask_table(boats(), question).has_value()) << question;
  }
}

TEST(Tables, SortValuesReadAsPeopleDo) {
  EXPECT_LT(*sort_value("08:15"), *sort_value("10:05"));
  EXPECT_LT(*sort_value("2026-05-03"), *sort_value("2026-11-01"));
  EXPECT_LT(*sort_value("3 May 2026"), *sort_value("1 June 2026"));
  EXPECT_EQ(*sort_value("£1,050"), 1050);
  EXPECT_FALSE(sort_value("Cabin 7").has_value());
  EXPECT_FALSE(sort_value("").has_value());
}

TEST(Tables, CsvIsATableToo) {
  const Document csv = parse_csv("item,price\n\"Rope, thin\",4.50\nTar,9\n", "stock.csv");
  ASSERT_EQ(csv.tables.size(), 1u);
  EXPECT_THAT(text_of(ask_table(csv.tables[0], "What is the price of the rope?")), HasSubstr("4.50"));
}

// "How much" is a price only when nothing else is measured, and the last boat is not the last row of any
// table with a date.
TEST(Answers, ATableAnswersOnlyForWhatItSpeaksOf) {
  const Document shop = parse_document(
      "# Shop\n\n| Item | Price |\n| --- | --- |\n| Storm Lantern | €48.00 |\n| Tide Clock | €72.00 |\n",
      "shop");
  const Document lantern =
      parse_document("# Storm Lantern\n\n**Price**: €48.00\n**Weight**: 1.4 kg\n", "lantern");
  const Document history = parse_document(
      "# About\n\n| Year | Event |\n| --- | --- |\n| 1868 | The first stone is landed |\n| 2019 | Diodes "
      "replace the last bulb |\n",
      "about");
  const Document ferry = parse_document("# Ferry\n\nThe last boat back leaves at 19:40.\n", "ferry");
  const Document news = parse_document(
      "# News\n\n## The stairs have a handrail\n\n2026-05-16\n\nAll 142 steps now have a rail on both "
      "sides.\n",
      "news");
  const Document* all[] = {&shop, &lantern, &history, &ferry, &news};
  EXPECT_THAT(text_of(answer_question(all, "how much does the Storm Lantern weigh?")), HasSubstr("1.4 kg"));
  EXPECT_THAT(text_of(answer_question(all, "how much is the Storm Lantern?")), HasSubstr("€48.00"));
  EXPECT_THAT(text_of(answer_question(all, "When does the last boat back leave?")), HasSubstr("19:40"));
  EXPECT_THAT(text_of(answer_question(all, "find the news about the handrail")),
              HasSubstr("a rail on both sides"));
  EXPECT_FALSE(answer_question({all, 3}, "When does the last boat back leave?").has_value());
  EXPECT_FALSE(answer_question(all, "What is the price of tea?").has_value());
}

TEST(Answers, QuoteTheBestSentenceAndRefuseToGuess) {
  const Document page = parse_document(
      "# Ferry\n\nThe ferry leaves the quay at 08:15. It takes 40 minutes.\n\n## Fares\n\nAdults pay £12, "
      "children travel free.\n\n## Pets\n\nDogs are welcome on deck.\n",
      "ferry");
  const Document* document = &page;
  struct Case {
    std::string_view question, expected;
  };
  const Case cases[] = {{"When does the ferry leave?", "08:15"},
                        {"How much is the fare for adults?", "£12"},
                        {"Are dogs allowed?", "Dogs are welcome"}};
  for (const Case& c : cases) {
    const auto answer = answer_question({&document, 1}, c.question);
    ASSERT_TRUE(answer.has_value()) << c.question;
    EXPECT_THAT(answer->text, HasSubstr(std::string(c.expected))) << c.question;
  }
  EXPECT_FALSE(answer_question({&document, 1}, "Who is the mayor of Springfield?").has_value());
}

TEST(Arguments, FillASchemaFromText) {
  struct Case {
    std::string_view properties, required, text, expected;
  };
  const Case cases[] = {
      {R"({"city":{"type":"string"}})", R"(["city"])", "What is the weather in New York?",
       R"({"city":"New York"})"},
      {R"({"id":{"type":"integer"}})", R"(["id"])", "Use the lookup tool with id 42", R"({"id":42})"},
      {R"({"order_id":{"type":"string"}})", R"(["order_id"])", "where is order A-17?",
       R"({"order_id":"A-17"})"},
      {R"({"query":{"type":"string"},"limit":{"type":"integer"}})", R"(["query"])",
       "search the docs for retry policies", R"({"query":"retry policies"})"},
      {R"({"query":{"type":"string"},"limit":{"type":"integer"}})", R"(["query"])",
       "find \"blue whales\" with limit 5", R"({"limit":5,"query":"blue whales"})"},
      {R"({"unit":{"type":"string","enum":["celsius","fahrenheit"]},"value":{"type":"number"}})",
       R"(["unit","value"])", "convert 21.5 to fahrenheit", R"({"unit":"fahrenheit","value":21.5})"},
      {R"({"from":{"type":"string"},"to":{"type":"string"}})", R"(["from","to"])",
       "trains from Oslo to Bergen", R"({"from":"Oslo","to":"Bergen"})"},
      {R"({"url":{"type":"string","format":"uri"}})", R"(["url"])", "check http://a.test/x please",
       R"({"url":"http://a.test/x"})"},
      {R"({"to":{"type":"string","format":"email"},"subject":{"type":"string"}})", R"(["to","subject"])",
       "mail a@b.c with subject: \"Hi\"", R"({"subject":"Hi","to":"a@b.c"})"},
      {R"({"date":{"type":"string","format":"date"}})", R"(["date"])", "what is on at 2026-05-03",
       R"({"date":"2026-05-03"})"},
      {R"({"tags":{"type":"array","items":{"type":"string"}}})", R"(["tags"])", "tag it: red, blue",
       R"({"tags":["red","blue"]})"},
      {R"({"verbose":{"type":"boolean"}})", R"([])", "list them without verbose output",
       R"({"verbose":false})"},
      {R"({"mode":{"type":"string","default":"fast"}})", R"(["mode"])", "go", R"({"mode":"fast"})"},
  };
  for (const Case& c : cases) {
    const json::Value schema = json::object({{"type", "object"},
                                             {"properties", *json::parse(c.properties)},
                                             {"required", *json::parse(c.required)}});
    const Filled filled = fill_arguments(schema, c.text);
    EXPECT_TRUE(filled.missing.empty()) << c.text;
    EXPECT_EQ(filled.input, *json::parse(c.expected)) << c.text << "\n" << json::write(filled.input);
  }
}

TEST(Arguments, ReportWhatIsMissingInsteadOfInventing) {
  const auto schema = *json::parse(
      R"({"type":"object","properties":{"order_id":{"type":"integer"}},"required":["order_id"]})");
  EXPECT_THAT(fill_arguments(schema, "where is my order?").missing, ElementsAre("order_id"));
}

TEST(Arithmetic, ComputesAndRefuses) {
  EXPECT_EQ(evaluate("17 * 23"), 391);
  EXPECT_EQ(evaluate("(2+3)*4^2 - -1"), 81);
  EXPECT_EQ(evaluate("2**10 % 1000"), 24);
  EXPECT_EQ(evaluate("7 x 6"), 42);
  for (const std::string_view bad : {"", "1/0", "2 +", "(1", "1 2", "a+b"})
    EXPECT_EQ(evaluate(bad), std::nullopt) << bad;
  EXPECT_EQ(evaluate(std::string(100'000, '(')), std::nullopt);
}

}  // namespace
}  // namespace soma::model::reflex
