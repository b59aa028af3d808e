#include "base/json/schema.h"
#include "core/tool/result_text.h"
#include "core/tool/tool_test_support.h"

namespace soma::tool {
namespace {

using ::testing::HasSubstr;

class ToolTableTest : public ToolTest {
 protected:
  os::Result<std::unique_ptr<Tool>> make(ToolConfig config) {
    os::Result<std::unique_ptr<Tool>> made;
    auto task = [&]() -> net::Task<> {
      net::Executor executor = co_await net::this_executor();
      Environment environment{.executor = executor,
                              .clock = *clock_,
                              .ids = *ids_,
                              .launcher = *launcher_,
                              .workspace = workspace()};
      made = make_tool(config, environment);
    };
    net::run(task());
    return made;
  }
};

TEST_F(ToolTableTest, EveryTypeHasASchemaThatCompilesAndDescribesItself) {
  for (const ToolType& type : tool_types()) {
    auto config_schema = json::parse(type.config_schema);
    ASSERT_TRUE(config_schema) << type.type;
    EXPECT_TRUE(json::Schema::compile(*config_schema)) << type.type;
    EXPECT_FALSE(type.summary.empty());
    auto tool = make({.type = std::string(type.type), .name = "mine"});
    ASSERT_TRUE(tool) << tool.error().to_string();
    EXPECT_EQ((*tool)->spec().name, "mine");
    EXPECT_FALSE((*tool)->spec().description.empty());
    auto input_schema = json::Schema::compile((*tool)->spec().input_schema);
    EXPECT_TRUE(input_schema) << type.type << ": " << input_schema.error().to_string();
  }
}

TEST_F(ToolTableTest, AnUnknownTypeNamesTheNearest) {
  auto made = make({.type = "agentcore_browsre", .name = "b"});
  EXPECT_EQ(made.error().code, os::Code::kInvalidArgument);
  EXPECT_THAT(made.error().to_string(), HasSubstr("agentcore_browser"));
}

TEST_F(ToolTableTest, UnknownConfigurationAndBadNamesAreRefused) {
  EXPECT_THAT(
      make({.type = "shell", .name = "sh", .config = json::object({{"colour", "red"}})}).error().to_string(),
      HasSubstr("colour"));
  EXPECT_THAT(make({.type = "shell", .name = "two words"}).error().to_string(), HasSubstr("two words"));
  EXPECT_FALSE(make({.type = "shell", .name = ""}));
}

TEST(ResultTextTest, CutsTheMiddleOnCharacterBorders) {
  EXPECT_EQ(cut_middle("short"), "short");
  std::string text;
  while (text.size() < 2 * kMaxResultBytes) text += "é€";
  std::string cut = cut_middle("begin" + text + "end");
  EXPECT_LE(cut.size(), kMaxResultBytes);
  EXPECT_TRUE(os::is_valid_utf8(cut));
  EXPECT_TRUE(cut.starts_with("begin"));
  EXPECT_TRUE(cut.ends_with("end"));
  EXPECT_THAT(cut, HasSubstr("bytes left out"));
}

TEST(ResultTextTest, ACharacterSplitBetweenPiecesIsPutTogetherPerStream) {
  StreamedText text({});
  text.add(sandbox::Stream::kStdout, "\xE2\x82");
  text.add(sandbox::Stream::kStderr, "err ");
  text.add(sandbox::Stream::kStdout, "\xAC!");
  EXPECT_EQ(text.finish(""), "err €!");
}

TEST(ResultTextTest, AnUnfinishedCharacterAtTheEndIsReplaced) {
  StreamedText text({});
  text.add(sandbox::Stream::kStdout, "a\xE2\x82");
  EXPECT_TRUE(os::is_valid_utf8(text.finish("[end]")));
}

}  // namespace
}  // namespace soma::tool
