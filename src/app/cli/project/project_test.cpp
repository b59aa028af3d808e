#include "app/cli/project/project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/project/layout.h"
#include "app/cli/project/project_files.h"
#include "app/cli/test_support.h"
#include "services/harness/config.h"

namespace soma::cli {
namespace {

using os::Code;
using testing::HasSubstr;

std::string text_of(const std::filesystem::path& file) {
  return os::read_file(file.string()).value_or("");
}

class ProjectTest : public testing::Test {
 protected:
  Project create(const std::string& name) {
    auto project = create_project(folder_.path(), {.name = name, .model_provider = "reflex"});
    EXPECT_TRUE(project.has_value()) << project.error().to_string();
    return project.value_or(Project{});
  }
  TemporaryFolder folder_;
};

TEST_F(ProjectTest, CreatesTheArticlesShape) {
  const Project project = create("browseragent");
  EXPECT_EQ(text_of(project.root / "app/browseragent/harness.json"),
            "{\n  \"model\": { \"provider\": \"reflex\", \"modelId\": \"reflex\" },\n  \"tools\": []\n}\n");
  EXPECT_NE(text_of(project.root / "app/browseragent/system-prompt.md"), "");
  EXPECT_NE(text_of(project.root / ".gitignore"), "");
  const auto config = harness::read_config_file(project.harnesses.front().file().string());
  ASSERT_TRUE(config.has_value()) << config.error().to_string();
  EXPECT_EQ(config->name, "browseragent");
}

TEST_F(ProjectTest, RefusesToWriteOverWhatIsThere) {
  create("shop");
  const auto again = create_project(folder_.path(), {.name = "shop", .model_provider = "reflex"});
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Code::kAlreadyExists);
}

TEST_F(ProjectTest, RefusesNamesThatNoHarnessCanHave) {
  for (const char* name :
       {"", "1st", "has space", "../up", "dash-ed", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    const auto made = create_project(folder_.path(), {.name = name, .model_provider = "reflex"});
    ASSERT_FALSE(made.has_value()) << name;
    EXPECT_EQ(made.error().code, Code::kInvalidArgument) << name;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(ProjectTest, NamesTheNearestProvider) {
  const auto made = create_project(folder_.path(), {.name = "shop", .model_provider = "reflx"});
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().hint, HasSubstr("reflex"));
}

TEST_F(ProjectTest, SpellsProvidersAsTheOtherCommandLineDoes) {
  EXPECT_EQ(resolve_provider("open_ai").value(), "openai");
  const auto made = create_project(folder_.path(), {.name = "shop", .model_provider = "bedrock"});
  ASSERT_TRUE(made.has_value());
  EXPECT_THAT(text_of(made->harnesses.front().file()), HasSubstr("\"us.anthropic.claude-sonnet-4-6\""));
}

TEST_F(ProjectTest, IsFoundFromAFolderBelow) {
  const Project project = create("shop");
  const auto found = find_project(project.root / "app/shop");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "shop");
  EXPECT_EQ(choose_harness(*found, "").value().name, "shop");
}

TEST_F(ProjectTest, SaysWhenThereIsNone) {
  const auto found = find_project(folder_.path());
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, Code::kNotFound);
}

TEST_F(ProjectTest, NamesTheNearestHarness) {
  const auto wrong = choose_harness(create("browseragent"), "browseragnt");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().hint, HasSubstr("'browseragent'"));
}

TEST_F(ProjectTest, RefusesAnUnknownKeyWithItsLine) {
  folder_.write("soma/soma.json", "{\n  \"name\": \"a\",\n  \"harness\": [],\n  \"harnesses\": []\n}\n");
  const auto found = find_project(folder_.path());
  ASSERT_FALSE(found.has_value());
  EXPECT_THAT(found.error().message, HasSubstr("soma.json:3"));
  EXPECT_THAT(found.error().message + found.error().hint, HasSubstr("harnesses"));
}

TEST_F(ProjectTest, ReadsAProjectOfTheOtherCommandLine) {
  folder_.write(
      "agentcore/agentcore.json",
      R"({"name":"Other","version":1,"runtimes":[],"harnesses":[{"name":"listed","path":"app/listed"}]})");
  const auto listed = find_project(folder_.path());
  ASSERT_TRUE(listed.has_value());
  EXPECT_EQ(choose_harness(*listed, "").value().directory, folder_.path() / "app/listed");
}

TEST_F(ProjectTest, FindsTheFoldersOfAProjectThatListsNone) {
  folder_.write("agentcore/agentcore.json", R"({"name":"Other","version":1})");
  folder_.write("app/two/harness.json", "{}");
  folder_.write("app/one/harness.json", "{}");
  folder_.write("app/none/notes.txt", "");
  const auto found = find_project(folder_.path());
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->harnesses.size(), 2u);
  EXPECT_EQ(found->harnesses[0].name, "one");
}

class EditTest : public testing::Test {
 protected:
  std::filesystem::path harness(std::string_view text) {
    return folder_.write("app/shop/harness.json", text);
  }
  TemporaryFolder folder_;
};

TEST_F(EditTest, AddsAToolAndKeepsTheOrderOfKeys) {
  const auto file =
      harness(R"({"tools": [], "maxIterations": 5, "model": {"modelId": "m", "provider": "reflex"}})");
  ASSERT_TRUE(add_tool(file, {"agentcore_browser", "browser"}).has_value());
  EXPECT_EQ(text_of(file),
            "{\n  \"tools\": [{ \"type\": \"agentcore_browser\", \"name\": \"browser\" }],\n  "
            "\"maxIterations\": 5,\n"
            "  \"model\": { \"modelId\": \"m\", \"provider\": \"reflex\" }\n}\n");
}

TEST_F(EditTest, RefusesANameInUseAndLeavesTheFileAlone) {
  const auto file =
      harness(R"({"model":{"provider":"reflex"},"tools":[{"type":"agentcore_browser","name":"b"}]})");
  const std::string before = text_of(file);
  const auto added = add_tool(file, {"agentcore_browser", "b"});
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code, Code::kAlreadyExists);
  EXPECT_EQ(text_of(file), before);
}

TEST_F(EditTest, RefusesAnUnknownTypeAndLeavesTheFileAlone) {
  const auto file = harness(R"({"model":{"provider":"reflex"}})");
  const std::string before = text_of(file);
  const auto added = add_tool(file, {"agentcore_brwser", "b"});
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code, Code::kInvalidArgument);
  EXPECT_EQ(text_of(file), before);
}

TEST_F(EditTest, AllowsTheToolWhereOnlySomeAreAllowed) {
  const auto file = harness(R"({"model":{"provider":"reflex"},"tools":[],"allowedTools":["@builtin"]})");
  ASSERT_TRUE(add_tool(file, {"agentcore_browser", "browser"}).has_value());
  EXPECT_EQ(json_of(text_of(file)).get("allowedTools"), json::array({"@builtin", "browser"}));
  ASSERT_TRUE(remove_tool(file, "browser").has_value());
  EXPECT_EQ(json_of(text_of(file)).get("allowedTools"), json::array({"@builtin"}));
  EXPECT_TRUE(json_of(text_of(file)).get("tools").empty());
}

TEST_F(EditTest, NamesTheToolsThatAreThere) {
  const auto file =
      harness(R"({"model":{"provider":"reflex"},"tools":[{"type":"agentcore_browser","name":"web"}]})");
  const auto removed = remove_tool(file, "browser");
  ASSERT_FALSE(removed.has_value());
  EXPECT_EQ(removed.error().code, Code::kNotFound);
  EXPECT_THAT(removed.error().hint, HasSubstr("web"));
}

TEST(Layout, BreaksUpOnlyWhatDoesNotFit) {
  const std::string words(60, 'w');
  const json::Value value = json::object(
      {{"short", json::array({1, 2})}, {"long", json::array({words, words})}, {"empty", json::Object{}}});
  EXPECT_EQ(lay_out(value), "{\n  \"short\": [1, 2],\n  \"long\": [\n    \"" + words + "\",\n    \"" + words +
                                "\"\n  ],\n  \"empty\": {}\n}\n");
}

TEST(ShownPath, IsRelativeBelowAndWholeElsewhere) {
  EXPECT_EQ(shown_path("/a/b/c", "/a/b"), "c");
  EXPECT_EQ(shown_path("/a/x", "/a/b"), "/a/x");
}

}  // namespace
}  // namespace soma::cli
