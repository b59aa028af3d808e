// What people ask of a site, a file or a calculator, as data: the prompt, a part of the answer, and how many
// tool calls it may take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/reflex/fake_world.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Adds a timetable with two tables and dated news to the site.
void add_pages(FakeWorld& world) {
  world.links["e60"] = "http://site.test/boats";
  world.titles["http://site.test/boats"] = "Boats";
  world.pages["http://site.test/boats"] =
      "# Boat times\n\nTable: Out\n| Boat | Leaves | Lands | Runs |\n| --- | --- | --- | --- |\n"
      "| Early boat | 08:10 | 08:45 | daily |\n| Noon boat | 12:20 | 12:55 | Saturday and Sunday |\n"
      "| Late boat | 17:15 | 17:50 | daily |\n\n"
      "Table: Back\n| Leaves the rock | Lands | Runs |\n| --- | --- | --- |\n| 09:00 | 09:35 | daily |\n"
      "| 13:20 | 13:55 | Saturday and Sunday |\n| 19:40 | 20:15 | daily |\n";
  world.titles["http://site.test/news"] = "News";
  world.pages["http://site.test/news"] =
      "# News\n\n2026-10-12\n\n## The season ends\n\nThe rock closes soon.\n\n2026-09-28\n\n## Count of the "
      "seals\n\n"
      "The count found 263 seals.\n\n2026-04-01\n\n## The rock is open\n\nThe first boat landed 41 "
      "visitors.\n";
  world.titles["http://site.test/catalogue/tin"] = "Tin lantern";
  world.pages["http://site.test/catalogue/tin"] =
      "# Tin lantern\n\n**Price**: £18.50\n**Weight**: 0.9 kg\n**In stock**: 12\n";
  world.pages["http://site.test/catalogue/brass"] += "**Weight**: 2.4 kg\n";
}

struct Request {
  std::string prompt, expected;
  size_t most_calls;
};

TEST(Requests, AreAnsweredFromThePageThatIsNamed) {
  const Request cases[] = {
      {"List all boats that leave after 12:00 according to http://site.test/boats",
       "Late boat (Leaves: 17:15", 1},
      {"List all boats that leave after 12:00 according to http://site.test/boats", "\n- 19:40 (", 1},
      {"Which boats on http://site.test/boats leave between 12:00 and 13:00?",
       "1 of 3 rows of \"Out\" fits:\n- Noon boat", 1},
      {"When does the last boat leave the rock? See http://site.test/boats", "19:40", 1},
      {"Which boats run on Monday according to http://site.test/boats?",
       "2 of 3 rows of \"Out\" fit:\n- Early boat", 1},
      {"Which items on http://site.test/catalogue cost between 9 and 20 pounds?", "Tin lantern", 1},
      {"How many items on http://site.test/catalogue cost more than 10 pounds?", "3 items: Brass lantern", 1},
      {"What are the two cheapest items on http://site.test/catalogue?", "2. Sea chart: £9.90", 1},
      {"Which is cheaper, the sea chart or the postcard? See http://site.test/catalogue",
       "Postcard. Price: Sea chart £9.90", 1},
      {"Is the sea chart cheaper than the postcard on http://site.test/catalogue?",
       "No. Price: Sea chart £9.90, Postcard £1.20", 1},
      {"Is the oilskin coat under £50 on http://site.test/catalogue?", "No. Oilskin coat", 1},
      {"What is the difference in price between the sea chart and the postcard? http://site.test/catalogue",
       "The difference is £8.70.", 1},
      {"Take a screenshot of http://site.test/news and tell me the newest headline",
       "The newest is \"The season ends\" (2026-10-12)", 2},
      {"What is the oldest news item on http://site.test/news?", "\"The rock is open\"", 1},
      {"Go to http://site.test/news and list all headlines", "2. \"Count of the seals\" (2026-09-28)", 1},
      {"What happened on 28 September according to http://site.test/news?", "Count of the seals", 1},
      {"How many seals were counted? Go to http://site.test/news", "The count found 263 seals.", 1},
      {"What does http://site.test/ say about seals?", "Seals have been counted: 214", 1},
      {"Summarise http://site.test/about in 1 sentence", "The station was built in 1871", 1},
      {"Give me a one sentence summary of http://site.test/about", "The station was built in 1871", 1},
      {"visit http://site.test/catalogue/tin and report price, weight and stock",
       "Price: £18.50\n\nWeight: 0.9 kg\n\nIn stock: 12", 1},
      {"Open http://site.test/catalogue/tin and say how heavy it is", "Weight: 0.9 kg", 1},
      {"Tell me the email address on http://site.test/about", "keeper@site.test", 1},
  };
  for (const Request& request : cases) {
    FakeWorld world;
    add_pages(world);
    EXPECT_THAT(world.ask(request.prompt), HasSubstr(request.expected)) << request.prompt;
    EXPECT_LE(world.calls.size(), request.most_calls) << request.prompt << "\n"
                                                      << ::testing::PrintToString(world.calls);
  }
}

TEST(Requests, FollowWhatTheAnswerNamed) {
  FakeWorld world;
  add_pages(world);
  const std::string answer = world.ask(
      "Go to http://site.test/catalogue and tell me which lamp is the cheapest, then open it and say how "
      "heavy it is");
  EXPECT_THAT(world.calls, ElementsAre(R"(browser {"action":"navigate","url":"http://site.test/catalogue"})",
                                       R"(browser {"action":"click","ref":"e21"})"));
  EXPECT_THAT(answer, HasSubstr("Tin lantern, Price £18.50"));
  EXPECT_LT(answer.find("Tin lantern, Price"), answer.find("Weight: 0.9 kg"));
  // Also when the answer was given for an earlier prompt, and by its place in a list.
  FakeWorld other;
  add_pages(other);
  other.ask("Which items on http://site.test/catalogue cost more than £10?");
  other.ask("open the second one");
  EXPECT_THAT(other.calls, ElementsAre(R"(browser {"action":"click","ref":"e21"})"));
}

TEST(Requests, CompareThingsThatHavePagesOfTheirOwn) {
  FakeWorld world;
  add_pages(world);
  EXPECT_THAT(
      world.ask(
          "Which is heavier, the brass lantern or the tin lantern? Start at http://site.test/catalogue"),
      HasSubstr("Brass lantern:\n- Brass lantern: weight 2.4 kg\n- Tin lantern: weight 0.9 kg"));
}

TEST(Requests, ListTheResultsOfASearchOnce) {
  FakeWorld world;
  const std::string answer =
      world.ask("Go to http://site.test/, search for \"lantern\" and list the results");
  EXPECT_THAT(answer, HasSubstr("Tin lantern"));
  EXPECT_EQ(world.calls.size(), 3u);
}

TEST(Requests, LookOnFewPagesAndSayWhichWhenNothingAnswers) {
  FakeWorld world;
  const std::string answer = world.ask("What is the fax extension on http://site.test/catalogue/brass?");
  EXPECT_THAT(
      answer,
      HasSubstr(
          "I could not find an answer to \"What is the fax extension\" on http://site.test/catalogue/brass"));
  EXPECT_THAT(answer, Not(HasSubstr("no language model")));
  EXPECT_LE(world.calls.size(), 3u);
}

TEST(Requests, FillFormsByTheLookOfTheValues) {
  FakeWorld world;
  world.pages["http://site.test/visit"] =
      "# Visit\n\n[e70] textbox \"Full name\" (required)\n[e71] textbox \"Email\" (email, required)\n"
      "[e72] textbox \"Adults (€14)\" = \"1\" (number)\n[e73] textbox \"Children (€7)\" = \"0\" (number)\n\n"
      "**Day**\n[e74] radio \"Tue 1 Dec 2026\" (not checked, required)\n[e75] radio \"Sat 5 Dec 2026\" (not "
      "checked, "
      "required)\n\n[e76] select \"Boat\" = \"Choose a boat\" (required) options: \"Choose a boat\", "
      "\"08:10\", "
      "\"10:00\"\n[e77] checkbox \"I know the rules\" (not checked, required)\n[e78] button \"Book\"\n";
  std::string answer = world.ask(
      "Go to http://site.test/visit, fill in the form with name Ada Lovelace, email ada@example.org, 2 "
      "guests, on "
      "2026-12-05 and submit it");
  EXPECT_EQ(world.typed["e70"], "Ada Lovelace");
  EXPECT_EQ(world.typed["e72"], "2");
  EXPECT_THAT(world.calls, Contains(R"(browser {"action":"click","ref":"e75"})"));
  EXPECT_THAT(world.calls, Not(Contains(R"(browser {"action":"click","ref":"e77"})")));
  EXPECT_THAT(answer, HasSubstr("gives no value for: \"Boat\", \"I know the rules\""));
  answer = world.ask(
      "Go to http://site.test/visit and book a visit for Ada Lovelace, ada@example.org, 2 adults and 1 "
      "child, on 5 "
      "December 2026, boat at 10:00, accept the rules");
  EXPECT_EQ(world.typed["e73"], "1");
  EXPECT_EQ(world.typed["e76"], "10:00");
  EXPECT_THAT(world.calls, Contains(R"(browser {"action":"click","ref":"e77"})"));
  EXPECT_EQ(world.calls.back(), R"(browser {"action":"click","ref":"e78"})");
  EXPECT_THAT(answer, Not(HasSubstr("gives no value")));
}

TEST(Requests, WorkOnTheFileThatWasNamedBefore) {
  FakeWorld world;
  world.ask("Write a file notes.md with the text \"buy milk\"");
  EXPECT_EQ(world.files["notes.md"], "buy milk\n");
  world.ask("append \"and bread\" to it");
  world.ask("add a line \"eggs\" to notes.md");
  EXPECT_EQ(world.files["notes.md"], "buy milk\nand bread\neggs\n");
  world.ask("rename notes.md to list.md");
  EXPECT_THAT(world.calls, ElementsAre(HasSubstr("mv -- 'notes.md' 'list.md'")));
  world.ask("Create a file todo.txt with three lines: one, two, three");
  EXPECT_EQ(world.files["todo.txt"], "one\ntwo\nthree\n");
  world.ask("Write a python script hello.py that prints \"hello\"");
  EXPECT_EQ(world.files["hello.py"], "print(\"hello\")\n");
}

TEST(Requests, SaveWhatAPageHolds) {
  FakeWorld world;
  add_pages(world);
  world.shell["wc -l < 'boats.csv'"] = "9";
  EXPECT_THAT(
      world.ask("Extract the table from http://site.test/boats as CSV into boats.csv, then count its lines"),
      HasSubstr("boats.csv has 9 lines."));
  EXPECT_THAT(world.files["boats.csv"], HasSubstr("Boat,Leaves,Lands,Runs\nEarly boat,08:10,08:45,daily\n"));
  world.ask("Save the prices of all items on http://site.test/catalogue to prices.json");
  EXPECT_THAT(world.files["prices.json"], HasSubstr(R"({"Item":"Sea chart","Price":"£9.90"})"));
  world.ask("Save all links from http://site.test/catalogue to links.md");
  EXPECT_THAT(world.files["links.md"], HasSubstr("- About http://site.test/about\n"));
}

// A table that a click sorted was answered from the order it had before: both readings had the same address.
TEST(Requests, AreAnsweredFromThePageAsItIsNow) {
  FakeWorld world;
  const std::string before = world.pages["http://site.test/catalogue"];
  world.ask("Go to http://site.test/catalogue");
  std::string& page = world.pages["http://site.test/catalogue"];
  const size_t row = page.find("| Postcard");
  page =
      page.substr(0, page.find("| [Brass")) + page.substr(row) + before.substr(before.find("| [Brass"), 60);
  EXPECT_THAT(world.ask("Click 'Catalogue' and tell me the first item"), HasSubstr("The first is: Postcard"));
}

TEST(Requests, AreComputed) {
  FakeWorld world;
  EXPECT_THAT(world.ask("what is 12*(3+4)"), HasSubstr("= 84"));
  EXPECT_THAT(world.ask("What is 15 percent of 80?"), HasSubstr("= 12"));
  EXPECT_THAT(world.ask("What is the square root of 144"), HasSubstr("= 12"));
  EXPECT_TRUE(world.calls.empty());
  world.ask("Compute 17% of 2,340 with python");
  EXPECT_THAT(world.calls,
              ElementsAre(R"x(code_interpreter {"language":"python","code":"print(17*2340/100)"})x"));
}

TEST(Moments, AreReadInTheirUsualWritings) {
  const Date day{2026, 12, 5};
  for (const std::string_view text : {"2026-12-05", "5 December 2026", "Dec 5, 2026", "Sat 5 Dec 2026",
                                      "05/12/2026", "5.12.2026", "the 5th of December 2026"})
    EXPECT_EQ(read_date(text), day) << text;
  EXPECT_EQ(read_date("the mayor had 5 seats"), std::nullopt);
  EXPECT_EQ(read_date("version 1.2.3"), std::nullopt);
  EXPECT_TRUE(same_date({0, 12, 5}, day));
  EXPECT_EQ(read_time("at 8:15"), 8 * 60 + 15);
  EXPECT_EQ(read_time("8.30 pm"), 20 * 60 + 30);
  EXPECT_EQ(read_time("noon"), 12 * 60);
  EXPECT_EQ(read_time("12 kg"), std::nullopt);
}

}  // namespace
}  // namespace soma::model::reflex
