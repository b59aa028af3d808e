#include "core/model/reflex/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/os/os.h"
#include "core/model/reflex/fake_world.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Reflex, DescribesAPageAsItIs) {
  FakeWorld world;
  const std::string answer = world.ask("Go to http://example.test/ and describe what you see");
  EXPECT_THAT(world.calls, ElementsAre(R"(browser {"action":"navigate","url":"http://example.test/"})"));
  EXPECT_THAT(answer, HasSubstr("Here's what's on the page at http://example.test/:\n### Example Domain"));
  EXPECT_THAT(answer, HasSubstr("This domain is for use in documentation examples"));
  EXPECT_THAT(answer, HasSubstr("Links: \"Learn more\""));
}

struct Question {
  std::string prompt, expected;
};

TEST(Reflex, AnswersQuestionsFromThePageAndThePagesItLinksTo) {
  const Question cases[] = {
      {"Go to http://site.test/catalogue and find the price of the tin lantern", "£18.50"},
      {"Open http://site.test/, click 'Catalogue', find the price of the Brass Lantern", "£42.00"},
      {"What is the cheapest item on http://site.test/catalogue?", "Postcard"},
      {"Go to http://site.test/ and find out which item is the most expensive", "Oilskin coat"},
      {"Go to http://site.test/ and tell me when the ferry leaves", "08:15"},
      {"Go to http://site.test/. When was the station built?", "1871"},
      {"Visit http://site.test/ and find the email address to write to", "keeper@site.test"},
      {"Go to http://site.test/ and tell me when the tower is open", "10:00 to 16:00"},
      {"How many lamps are on http://site.test/catalogue?", "2 lamps"},
      {"On http://site.test/catalogue, which items cost less than £10?", "Sea chart"},
      {"Go to http://site.test/ and find how long the brass lantern burns", "9 hours"},
      {"How many seals were counted according to http://site.test/?", "214"},
  };
  for (const Question& c : cases) {
    FakeWorld world;
    EXPECT_THAT(world.ask(c.prompt), HasSubstr(c.expected)) << c.prompt << "\n"
                                                            << ::testing::PrintToString(world.calls);
  }
}

TEST(Reflex, FillsAFormFieldByFieldAndReportsWhatThePageSays) {
  FakeWorld world;
  const std::string answer = world.ask(
      "Go to http://site.test/book, fill the form with name Ada and email a@b.c, cabin Lamp room, arrival 3 "
      "May 2026, bring breakfast: yes, and submit");
  EXPECT_EQ(world.typed["e30"], "Ada");
  EXPECT_EQ(world.typed["e31"], "a@b.c");
  EXPECT_EQ(world.typed["e32"], "Lamp room");
  EXPECT_EQ(world.typed["e33"], "2026-05-03");
  EXPECT_THAT(world.calls, testing::Contains(R"(browser {"action":"click","ref":"e34"})"));
  EXPECT_EQ(world.calls.back(), R"(browser {"action":"click","ref":"e35"})");
  EXPECT_THAT(answer, HasSubstr("SK-4821"));
}

TEST(Reflex, FindsTheFormBehindALink) {
  FakeWorld world;
  world.ask(
      "Open http://site.test/ and fill in the booking form with name: Ada, email: a@b.c, then submit it");
  EXPECT_EQ(world.typed["e30"], "Ada");
  EXPECT_EQ(world.calls.back(), R"(browser {"action":"click","ref":"e35"})");
}

TEST(Reflex, SearchesASite) {
  FakeWorld world;
  const std::string answer = world.ask("Go to http://site.test/ and search for lantern");
  EXPECT_EQ(world.typed["e40"], "lantern");
  EXPECT_THAT(answer, HasSubstr("Tin lantern"));
}

TEST(Reflex, WorksWithFiles) {
  FakeWorld world;
  EXPECT_THAT(world.ask("write a file notes.txt with buy milk, then read it"), HasSubstr("buy milk"));
  EXPECT_EQ(world.files["notes.txt"], "buy milk\n");
  EXPECT_THAT(world.ask("Append buy bread to notes.txt and read it"), HasSubstr("buy bread"));
  EXPECT_EQ(world.files["notes.txt"], "buy milk\nbuy bread\n");
  EXPECT_THAT(world.ask("Replace milk with tea in notes.txt"), HasSubstr("replaced \"milk\" with \"tea\""));
  EXPECT_EQ(world.files["notes.txt"], "buy tea\nbuy bread\n");
  EXPECT_THAT(world.ask("list the files"), HasSubstr("notes.txt"));
  EXPECT_THAT(world.ask("Which files mention bread?"), HasSubstr("notes.txt:1"));
  EXPECT_THAT(world.ask("read missing.txt"), HasSubstr("I could not read missing.txt"));
}

TEST(Reflex, RunsCommandsAndCode) {
  FakeWorld world;
  EXPECT_THAT(world.ask("run `ls -la`"), HasSubstr("notes.txt"));
  EXPECT_THAT(world.calls, ElementsAre(R"(shell {"command":"ls -la"})"));
  EXPECT_THAT(world.ask("run this python: ```python\nprint(6*7)\n```"), HasSubstr("42"));
  EXPECT_THAT(world.calls, ElementsAre(R"x(code_interpreter {"language":"python","code":"print(6*7)"})x"));
  EXPECT_THAT(world.ask("Run `date` and then `uname -a`"), HasSubstr("Linux box"));
  EXPECT_EQ(world.calls.size(), 2u);
  EXPECT_THAT(world.ask("What is (17 + 3) * 2.5?"), HasSubstr("= 50"));
  EXPECT_TRUE(world.calls.empty());
}

TEST(Reflex, RemembersInAFileOfNotesAndRecalls) {
  FakeWorld world;
  EXPECT_THAT(world.ask("remember that my favourite colour is teal"),
              HasSubstr("your favourite colour is teal"));
  EXPECT_EQ(world.files["memory/notes.md"], "- my favourite colour is teal\n");
  world.ask("remember that my locker number is 14");
  EXPECT_EQ(world.files["memory/notes.md"], "- my favourite colour is teal\n- my locker number is 14\n");
  EXPECT_THAT(world.ask("what is my favourite colour?"), HasSubstr("Your favourite colour is teal."));
  EXPECT_TRUE(world.calls.empty());  // the session's history says it
  world.request.messages.clear();
  EXPECT_THAT(world.ask("what is my locker number?"), HasSubstr("Your locker number is 14."));
  EXPECT_THAT(world.calls, ElementsAre(R"(file_operations {"operation":"view","path":"memory/notes.md"})"));
  EXPECT_THAT(world.ask("What is my shoe size?"), HasSubstr("you have not told me"));
}

TEST(Reflex, ReadsIndependentFilesTogether) {
  FakeWorld world;
  world.files = {{"a.txt", "alpha\n"}, {"b.txt", "beta\n"}};
  const std::string answer = world.ask("Read a.txt and b.txt");
  EXPECT_THAT(world.calls_per_turn, ElementsAre(2));
  EXPECT_THAT(answer, HasSubstr("alpha"));
  EXPECT_THAT(answer, HasSubstr("beta"));
}

TEST(Reflex, UsesToolsItHasNeverSeen) {
  FakeWorld world;
  world.request.tools = {
      {"get_weather", "Current weather for a city.",
       *json::parse(
           R"({"type":"object","properties":{"city":{"type":"string"},"unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["city"]})")},
      {"lookup_order", "Finds an order by its number.",
       *json::parse(
           R"({"type":"object","properties":{"order_id":{"type":"integer"}},"required":["order_id"]})")}};
  world.others = {{"get_weather", "Sunny, 21 degrees"}, {"lookup_order", R"({"state":"shipped"})"}};
  EXPECT_THAT(world.ask("What is the weather in Paris in celsius?"), HasSubstr("Sunny"));
  EXPECT_THAT(world.calls, ElementsAre(R"(get_weather {"city":"Paris","unit":"celsius"})"));
  EXPECT_THAT(world.ask("Look up order 4711"), HasSubstr("shipped"));
  EXPECT_THAT(world.calls, ElementsAre(R"(lookup_order {"order_id":4711})"));
  EXPECT_THAT(world.ask("What is the weather in Oslo? What is the weather in Rome?"), HasSubstr("Sunny"));
  EXPECT_THAT(world.calls_per_turn, ElementsAre(2));
  EXPECT_THAT(world.ask("Look up my order"), HasSubstr("gives no value for order_id"));
  EXPECT_TRUE(world.calls.empty());
}

TEST(Reflex, RetriesOnceWhatFailedInPassingAndThenReports) {
  FakeWorld world;
  world.fail_times["http://site.test/"] = 1;
  EXPECT_THAT(world.ask("Go to http://site.test/ and describe it"), HasSubstr("Skerry Light"));
  EXPECT_EQ(world.calls.size(), 2u);
  world.fail_times["http://site.test/"] = 9;
  EXPECT_THAT(world.ask("Go to http://site.test/, click 'About' and tell me when the tower opens"),
              HasSubstr("I could not open http://site.test/"));
  EXPECT_EQ(world.calls.size(), 2u);
}

TEST(Reflex, SaysWhatItCouldNotDo) {
  FakeWorld world;
  EXPECT_THAT(world.ask("Go to http://nowhere.test/ and describe it"), HasSubstr("404"));
  EXPECT_THAT(world.ask("Go to http://site.test/ and click 'Checkout'"),
              HasSubstr("I could not click \"Checkout\""));
  EXPECT_THAT(world.ask("Compose a sonnet about rain"), HasSubstr("no language model"));
  EXPECT_THAT(world.ask("Who are you?"), HasSubstr("I am reflex"));
  world.request.tools.clear();
  EXPECT_THAT(world.ask("Open http://site.test/"), HasSubstr("there is no browser tool here"));
  EXPECT_THAT(world.ask("run `ls`"), HasSubstr("there is no shell tool here"));
}

TEST(Reflex, TakesItsNameFromTheSystemPrompt) {
  FakeWorld world;
  world.request.system = {"You are Atlas, a web browsing assistant."};
  const std::string answer = world.ask("Who are you?");
  EXPECT_THAT(answer, HasSubstr("Atlas"));
  EXPECT_THAT(answer, HasSubstr("reflex"));
}

TEST(Reflex, AnswersFromAMemoryOfEarlierConversations) {
  FakeWorld world;
  world.request.system = {
      "<user_context>\nFrom memory of earlier conversations.\n[Facts] The user lives in Oslo.\n"
      "[Preferences] {\"preference\":\"trains\"}\n</user_context>"};
  EXPECT_THAT(world.ask("Where do I live?"), HasSubstr("The user lives in Oslo."));
  EXPECT_TRUE(world.calls.empty());
}

TEST(Reflex, KeepsThePageForTheNextPrompt) {
  FakeWorld world;
  world.ask("Go to http://site.test/catalogue");
  EXPECT_THAT(world.ask("Which is the cheapest item?"), HasSubstr("Postcard"));
  EXPECT_THAT(world.ask("Click 'About'"), HasSubstr("About"));
  EXPECT_EQ(world.calls.front(), R"(browser {"action":"click","ref":"e5"})");
}

// The same conversation gives the same decision, call by call: what a killed session needs.
TEST(Reflex, IsAFunctionOfTheConversation) {
  FakeWorld world;
  world.ask(
      "Go to http://site.test/book, fill the form with name Ada and email a@b.c and submit, then go to "
      "http://site.test/ and tell me when the ferry leaves");
  const std::vector<Message> whole = world.request.messages;
  size_t decisions = 0;
  for (size_t cut = 1; cut < whole.size(); cut += 2) {
    ConverseRequest request = world.request;
    request.messages.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    const Decision decision = plan(request);
    const Message& recorded = whole[cut];
    if (decision.calls.empty()) {
      EXPECT_EQ(decision.text, text_of(recorded));
    } else {
      ASSERT_EQ(decision.calls.size(), recorded.content.size());
      EXPECT_EQ(decision.calls[0].input, std::get<ToolUse>(recorded.content[0]).input);
    }
    ++decisions;
  }
  EXPECT_GT(decisions, 5u);
}

TEST(Reflex, EndsWhateverToolsAnswer) {
  const std::string prompts[] = {
      "Go to http://site.test/, click 'Catalogue', search for lantern, fill the form with name Ada, submit, "
      "and tell me the price of tea",
      "remember x, append y to z.txt, read z.txt, run `a`, what is my x?",
      "Take a screenshot and list the links, then show the table"};
  const std::string texts[] = {"",
                               "error",
                               "timed out",
                               "Title: x\nURL: http://site.test/\n\n[a](e1)",
                               "[e1] textbox \"name\"",
                               "\xff\xfe",
                               std::string(100'000, '|')};
  for (const std::string& prompt : prompts) {
    for (const std::string& text : texts) {
      for (const bool error : {false, true}) {
        ConverseRequest request{
            .model = {}, .system = {}, .messages = {{Role::kUser, {Text{prompt}}}}, .tools = soma_tools()};
        size_t turns = 0;
        for (; turns < kMaxPlannedCalls + 2; ++turns) {
          const Decision decision = plan(request);
          if (decision.calls.empty()) break;
          Message use{Role::kAssistant, {}}, results{Role::kUser, {}};
          for (const ToolCall& call : decision.calls) {
            const std::string id =
                "t" + std::to_string(request.messages.size()) + "_" + std::to_string(use.content.size());
            use.content.emplace_back(ToolUse{.id = id, .name = call.tool, .input = call.input});
            results.content.emplace_back(ToolResult{id, error, {Text{text}}});
          }
          request.messages.push_back(std::move(use));
          request.messages.push_back(std::move(results));
        }
        EXPECT_LT(turns, 30u) << prompt << " / " << text.substr(0, 20);
      }
    }
  }
}

}  // namespace
}  // namespace soma::model::reflex
