// The examples of docs/reflex.md, each run against the fake world.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/os/os.h"
#include "core/model/reflex/fake_world.h"

namespace soma::model::reflex {
namespace {

struct Example {
  std::string prompt;
  std::vector<std::string> calls, says;
};

std::vector<Example> documented_examples() {
  std::ifstream file(SOMA_SOURCE_DIR "/docs/reflex.md");
  std::stringstream buffer;
  buffer << file.rdbuf();
  const std::string text = buffer.str();
  std::vector<Example> out;
  bool inside = false;
  for (const std::string_view line : os::split(text, '\n')) {
    if (line == "```reflex") {
      inside = true;
      out.emplace_back();
    } else if (line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      const std::string value(line.size() > 5 ? line.substr(5) : "");
      if (line.starts_with("you  ")) out.back().prompt += (out.back().prompt.empty() ? "" : "\n") + value;
      if (line.starts_with("call ")) out.back().calls.push_back(value);
      if (line.starts_with("says ")) out.back().says.push_back(value);
    }
  }
  return out;
}

TEST(Documentation, ExamplesOfReflexDoWhatTheySay) {
  const auto examples = documented_examples();
  EXPECT_GE(examples.size(), 12u);
  for (const Example& example : examples) {
    FakeWorld world;
    const std::string answer = world.ask(example.prompt);
    EXPECT_FALSE(example.says.empty()) << example.prompt;
    if (!example.calls.empty()) EXPECT_EQ(world.calls, example.calls) << example.prompt;
    for (const std::string& part : example.says)
      EXPECT_THAT(answer, testing::HasSubstr(part)) << example.prompt;
  }
}

}  // namespace
}  // namespace soma::model::reflex
