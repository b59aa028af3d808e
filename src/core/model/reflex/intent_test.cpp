#include "core/model/reflex/intent.h"

#include <gtest/gtest.h>

#include "base/os/os.h"

namespace soma::model::reflex {
namespace {

// "navigate(url=http://a/) describe": the steps in a line.
std::string shown(std::string_view prompt) {
  std::string out;
  for (const Step& step : interpret(prompt)) {
    if (step.act == Act::kNothing) continue;
    if (!out.empty()) out += " | ";
    out += act_name(step.act);
    for (const auto& [name, value] : step.captures) {
      if (name != "form" && name != "fence" && (name != "code" || step.act == Act::kRunCode) &&
          name != "fields" && name != "sum" && (name != "language" || !value.empty()) && name != "command" &&
          name != "path" && name != "paths")
        out += " " + name + "=" + value;
    }
    if (step.captures.contains("path") && step.act != Act::kRunCommand)
      out += " path=" + step.capture("path");
    for (const std::string& item : step.list) out += " [" + item + "]";
    if (step.act == Act::kQuestion || step.act == Act::kOther) out += " {" + step.text + "}";
  }
  return out;
}

struct Case {
  std::string_view prompt, steps;
};

TEST(Intent, UnderstandsOrdersThatPeopleGive) {
  const Case cases[] = {
      {"Go to http://a.test/ and describe what you see", "navigate url=http://a.test/ | describe"},
      {"Go to example.com and describe what you see", "navigate url=https://example.com | describe"},
      {"open http://a.test/, click 'Catalogue', find the price of the Lantern",
       "navigate url=http://a.test/ | click label=Catalogue | question {find the price of the Lantern}"},
      {"Please visit http://127.0.0.1:8080/x.html and tell me what is on the page.",
       "navigate url=http://127.0.0.1:8080/x.html | describe"},
      {"Summarize http://a.test/news", "navigate url=http://a.test/news | describe"},
      {"Read http://a.test/one and http://a.test/two",
       "navigate url=http://a.test/one | describe | navigate url=http://a.test/two | describe"},
      {"What is the cheapest item on http://a.test/catalogue?",
       "navigate url=http://a.test/catalogue | question {What is the cheapest item}"},
      {"On http://a.test/, search for ferry times", "navigate url=http://a.test/ | search query=ferry times"},
      {"Go to http://a.test/ to find out when the ferry leaves",
       "navigate url=http://a.test/ | question {find out when the ferry leaves}"},
      {"fill the form with name Ada and email a@b.c and submit", "fill [name Ada] [email a@b.c] | submit"},
      {"Go to http://a.test/contact.html, fill in the form with name: Ada Byron, email: ada@b.org and "
       "message \"Hi, there\", then submit it",
       "navigate url=http://a.test/contact.html | fill [name: Ada Byron] [email: ada@b.org] [message \"Hi, "
       "there\"] | submit"},
      {"run `ls -la`", "run_command [ls -la]"},
      {"Run ls -la /tmp", "run_command [ls -la /tmp]"},
      {"Run `date` and then `uname -a`", "run_command [date] | run_command [uname -a]"},
      {"run `date` and `uname`", "run_command [date] [uname]"},
      {"write a file notes.txt with buy milk, then read it",
       "write_file content=buy milk path=notes.txt | read_file [notes.txt]"},
      {"Create a file called plan.md containing \"# Plan\" and read it back",
       "write_file content=# Plan path=plan.md | read_file [plan.md]"},
      {"Save \"one, two and three\" to list.txt", "write_file content=one, two and three path=list.txt"},
      {"list the files", "list_files"},
      {"List all files in docs/ and read docs/a.md", "list_files path=docs/ | read_file [docs/a.md]"},
      {"remember that my favourite colour is teal", "remember fact=my favourite colour is teal"},
      {"Remember that I like to read and write letters.", "remember fact=I like to read and write letters"},
      {"what is my favourite colour?", "recall fact=favourite colour"},
      {"run this python: ```python\nprint(1)\nprint(2)\n```",
       "run_code code=print(1)\nprint(2) language=python"},
      {"Do the following:\n1. Go to http://a.test/\n2. Click on \"About\"\n3. Tell me when the reserve opens",
       "navigate url=http://a.test/ | click label=About | question {Tell me when the reserve opens}"},
      {"First open http://a.test/. Then take a screenshot. Finally, list the links.",
       "navigate url=http://a.test/ | screenshot | links"},
      {"What is 17 * 23?", "compute expression=17 * 23"},
      {"Replace teal with amber in notes.txt", "replace_in_file new=amber old=teal path=notes.txt"},
      {"Reply with \"pong\"", "say quote=pong"},
      {"Which files mention teal?", "search_files query=teal"},
      {"Type \"lantern\" into the search box and press Enter",
       "type label=search value=lantern | press key=Enter"},
      {"Use the lookup_order tool with id 42", "other {Use the lookup_order tool with id 42}"},
      {"What is the weather in Paris?", "question {What is the weather in Paris}"},
      {"How many items cost less than £20? See http://a.test/catalogue",
       "navigate url=http://a.test/catalogue | question {How many items cost less than £20}"},
      {"How long does the crossing take, according to http://a.test/?",
       "navigate url=http://a.test/ | question {How long does the crossing take}"},
      {"how many items are in the catalogue?", "question {how many items are in the catalogue}"},
  };
  for (const Case& c : cases) EXPECT_EQ(shown(c.prompt), c.steps) << c.prompt;
}

TEST(Intent, EveryRuleUnderstandsItsOwnExample) {
  for (const RuleExample& row : rule_examples()) {
    auto steps = interpret(row.example);
    // "Append … to it" speaks of a file that was named before.
    if (!steps.empty() && steps.front().act != row.act) steps = interpret(row.example, "notes.txt");
    ASSERT_FALSE(steps.empty()) << row.example;
    EXPECT_EQ(act_name(steps.front().act), act_name(row.act)) << row.example << "\n  " << row.pattern;
  }
}

TEST(Intent, IsBoundedAndCalmOnNoise) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += "click 'a' then ";
  EXPECT_EQ(interpret(many).size(), kMaxSteps);
  for (const std::string_view noise : {"", " ", "\n\n", "?!.,", "\"", "```", "`", "''", "\xff\xfe",
                                       "https://", "- ", "1.", "then then then", "and"}) {
    EXPECT_LE(interpret(noise).size(), 1u) << noise;
  }
  EXPECT_LE(interpret(std::string(200'000, 'a')).size(), 1u);
  std::string words;
  for (int i = 0; i < 20'000; ++i) words += "the ";
  EXPECT_LE(interpret(words).size(), 1u);
}

}  // namespace
}  // namespace soma::model::reflex
