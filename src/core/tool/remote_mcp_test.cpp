#include "core/tool/remote_mcp.h"

#include <gmock/gmock.h>

#include "core/tool/mcp_result.h"
#include "core/tool/secret_text.h"
#include "core/tool/source_test_kit.h"

namespace soma::tool {
namespace {

using json::Value;
using testing::ElementsAre;
using testing::HasSubstr;

class RemoteMcpTest : public SourceTest {
 protected:
  RemoteMcpTest() { secrets_ = {{"secret:KEY", "the-key"}}; }
  void with_source(Value config, SourceBody body) {
    SourceTest::with_source("remote_mcp", std::move(config), std::move(body));
  }
};

TEST_F(RemoteMcpTest, NamesToolsByTheirServerAndLeavesOutWhatNoModelTakes) {
  const mcp::StubServer server(mcp::legacy_server(lists(json::array(
      {mcp::tool_json("look"), mcp::tool_json("admin.reset"), mcp::tool_json(std::string(62, 'x'))}))));
  with_source(json::object({{"url", server.url()}}), [](ToolSource& source) -> net::Task<> {
    const auto list = co_await source.list(all, nobody);
    EXPECT_TRUE(list) << list.error().to_string();
    if (!list) co_return;
    EXPECT_EQ(list->tools.size(), 1);
    EXPECT_EQ(list->tools.at(0).spec.name, "kit___look");
    EXPECT_THAT(list->left_out, ElementsAre(HasSubstr("admin.reset"), HasSubstr("64")));
  });
}

TEST_F(RemoteMcpTest, RefusesMoreToolsThanAModelIsOffered) {
  Value tools = json::Array{};
  for (size_t index = 0; index <= kMaxSourceTools; ++index)
    tools.push_back(mcp::tool_json("t" + std::to_string(index)));
  const mcp::StubServer server(mcp::legacy_server(lists(tools)));
  with_source(json::object({{"url", server.url()}}), [](ToolSource& source) -> net::Task<> {
    const auto list = co_await source.list(all, nobody);
    EXPECT_FALSE(list);
    if (list) co_return;
    EXPECT_THAT(list.error().message, HasSubstr("kMaxSourceTools"));
    const IsWanted one = [](std::string_view name) { return name == "kit___t7"; };
    const auto wanted = co_await source.list(one, nobody);
    EXPECT_TRUE(wanted) << wanted.error().to_string();
  });
}

TEST_F(RemoteMcpTest, PutsSecretsIntoHeaders) {
  const mcp::StubServer server(mcp::legacy_server(lists(json::array({}))));
  const Value headers = json::object({{"Authorization", "Bearer ${secret:KEY}"}, {"X-Region", "north"}});
  with_source(json::object({{"url", server.url()}, {"headers", headers}}),
              [](ToolSource& source) -> net::Task<> {
                const auto list = co_await source.list(all, nobody);
                EXPECT_TRUE(list) << list.error().to_string();
              });
  EXPECT_EQ(server.requests().at(0).headers.get("authorization"), "Bearer the-key");
  EXPECT_EQ(server.requests().at(0).headers.get("x-region"), "north");
}

TEST_F(RemoteMcpTest, SaysWhichSecretIsMissing) {
  const Value headers = json::object({{"Authorization", "Bearer ${env:GONE}"}});
  with_source(json::object({{"url", "https://mcp.example.com/"}, {"headers", headers}}),
              [](ToolSource& source) -> net::Task<> {
                const auto list = co_await source.list(all, nobody);
                EXPECT_FALSE(list);
                if (!list) EXPECT_THAT(list.error().message, HasSubstr("env:GONE"));
              });
}

Value signed_as(const std::string& url, std::optional<std::string> region) {
  Value aws_iam = json::object({{"service", "execute-api"}});
  if (region) aws_iam.set("region", *region);
  return json::object({{"url", url},
                       {"headers", json::object({{"X-Shelf", "7"}})},
                       {"outboundAuth", json::object({{"awsIam", std::move(aws_iam)}})}});
}

TEST_F(RemoteMcpTest, SignsEachRequestForTheServiceThatIsNamed) {
  secrets_ = {{"env:AWS_ACCESS_KEY_ID", "AKID"}, {"env:AWS_SECRET_ACCESS_KEY", "the-key"}};
  auto clock = std::make_unique<os::VirtualClock>();
  clock_ = std::move(clock);
  const auto list = [](ToolSource& source) -> net::Task<> {
    const auto listed = co_await source.list(all, nobody);
    EXPECT_TRUE(listed) << listed.error().to_string();
  };
  secrets_["env:AWS_REGION"] = "eu-west-1";
  for (const std::optional<std::string>& region : {std::optional<std::string>("us-east-2"), {}}) {
    const mcp::StubServer server(mcp::legacy_server(lists(json::array({}))));
    with_source(signed_as(server.url(), region), list);
    ASSERT_FALSE(server.requests().empty());
    for (const net::Request& request : server.requests()) {
      EXPECT_EQ(request.headers.get("authorization"), signature_of(request, {"AKID", "the-key", ""},
                                                                   {.region = region.value_or("eu-west-1"),
                                                                    .service = "execute-api",
                                                                    .now = clock_->now()}));
      EXPECT_EQ(request.headers.get("x-shelf"), "7");
    }
  }
}

TEST_F(RemoteMcpTest, SaysThatARegionIsMissing) {
  with_source(signed_as("https://mcp.example.com/", {}), [](ToolSource& source) -> net::Task<> {
    const auto list = co_await source.list(all, nobody);
    EXPECT_FALSE(list);
    if (!list) EXPECT_THAT(list.error().message, HasSubstr("has no region"));
  });
}

TEST_F(RemoteMcpTest, TellsProgressToTheFollowerAndNotToTheModel) {
  const mcp::Method method = [](const Value& request, net::Request&, net::Reply& reply) -> net::Task<> {
    if (request.get("method").string_or("") == "tools/list") {
      net::Response response =
          mcp::rpc_result(request, json::object({{"tools", json::array({mcp::tool_json("look")})}}));
      co_await reply.send(std::move(response));
      co_return;
    }
    const Value token = request.get("params").get("_meta").get("progressToken");
    const Value progress = mcp::notification_json(
        "notifications/progress",
        json::object({{"progressToken", token}, {"progress", 1}, {"total", 2}, {"message", "half"}}));
    const Value answer = mcp::result_json(request.get("id"), mcp::text_result("all"));
    std::vector<net::SseEvent> events = mcp::events_of({progress, answer});
    co_await mcp::send_events(reply, std::move(events));
  };
  const mcp::StubServer server(mcp::legacy_server(method));
  with_source(json::object({{"url", server.url()}}), [&](ToolSource& source) -> net::Task<> {
    const auto list = co_await source.list(all, nobody);
    EXPECT_TRUE(list) << list.error().to_string();
    if (!list) co_return;
    const auto tool = source.make(list->tools.at(0));
    const Called called = co_await call(*tool, json::Object{});
    EXPECT_EQ(called.emitted, "[1/2] half\n");
    EXPECT_EQ(called.model_text(), "all");
  });
}

std::vector<model::ResultContent> contents(const char* blocks) {
  mcp::CallResult result;
  result.content = json::parse(blocks)->as_array();
  return result_contents(result);
}
std::string text_at(const std::vector<model::ResultContent>& contents, size_t index) {
  return std::get<model::Text>(contents.at(index)).text;
}

TEST(McpResultTest, KeepsTextAndImages) {
  const auto out = contents(
      R"([{"type": "text", "text": "a"}, {"type": "image", "mimeType": "image/png", "data": "aGk="}])");
  EXPECT_EQ(text_at(out, 0), "a");
  EXPECT_EQ(std::get<model::Image>(out.at(1)).media.bytes, "hi");
  EXPECT_EQ(std::get<model::Image>(out.at(1)).media.format, "png");
}

TEST(McpResultTest, NamesWhatItDoesNotShow) {
  const auto out = contents(R"([{"type": "audio", "mimeType": "audio/wav", "data": "aGkh"},
                                {"type": "image", "mimeType": "image/tiff", "data": "aGkh"},
                                {"type": "hologram"}])");
  EXPECT_EQ(text_at(out, 0), "[audio not shown: audio/wav, 3 bytes]");
  EXPECT_EQ(text_at(out, 1), "[image not shown: image/tiff, 3 bytes]");
  EXPECT_EQ(text_at(out, 2), "[content of the type 'hologram' not shown]");
}

TEST(McpResultTest, TellsResourcesAndTheirLinks) {
  const auto out = contents(R"([{"type": "resource", "resource": {"uri": "test://a", "text": "inside"}},
                                {"type": "resource_link", "uri": "file:///b", "name": "b.txt"}])");
  EXPECT_EQ(text_at(out, 0), "[resource test://a]\ninside");
  EXPECT_EQ(text_at(out, 1), "[resource link file:///b; name: b.txt]");
}

TEST(McpResultTest, TakesStructuredContentWhereThereIsNoOther) {
  mcp::CallResult result;
  result.structured = json::object({{"sum", 5}});
  EXPECT_EQ(std::get<model::JsonContent>(result_contents(result).at(0)).value.get("sum").int_or(0), 5);
}

TEST(SecretTextTest, KnowsNamesOfSecretsAndReferencesToThem) {
  EXPECT_TRUE(is_secret_name("X-Api-Key"));
  EXPECT_FALSE(is_secret_name("X-Region"));
  EXPECT_TRUE(names_secret("Bearer ${secret:A}"));
  EXPECT_TRUE(names_secret("env:A"));
  EXPECT_FALSE(names_secret("Bearer A"));
}

}  // namespace
}  // namespace soma::tool
