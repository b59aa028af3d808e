#include "base/json/schema.h"
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

}  // namespace
}  // namespace soma::tool
