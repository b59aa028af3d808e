// Tools of MCP servers in an invocation: listed, called, governed, and gone on with after a crash.
#include <gmock/gmock.h>

#include "core/mcp/mcp_test_kit.h"
#include "services/harness/cassette/cassette_test_kit.h"

namespace soma::harness {
namespace {

using json::object;
using testing::HasSubstr;

class ToolSourcesTest : public CassetteTest {
 protected:
  // A server with a tool that reads (`look`) and one that does not (`change`); counts the calls.
  static net::Handler server() {
    return mcp::legacy_server(mcp::answers_with([](const json::Value& request) {
      if (request.get("method").string_or("") == "tools/list")
        return object({{"tools", json::array({mcp::tool_json("look", object({{"readOnlyHint", true}})),
                                              mcp::tool_json("change")})}});
      return mcp::text_result("did " + std::string(request.get("params").get("name").string_or("")));
    }));
  }

  Config with_server(const std::string& url, const std::vector<std::string>& turns) {
    Config out = config(script(turns));
    out.tools.push_back({"remote_mcp", "kit", object({{"url", url}})});
    return out;
  }
  static std::string call_turn(std::string tool) {
    return tool_turn({{"t1", std::move(tool), json::Object{}}});
  }

  std::vector<journal::Event> run(const Config& config) {
    Life life(directory_ + "/life", *clock_);
    const auto made = life.wait(life.service().create(config));
    if (!made) throw std::runtime_error(made.error().to_string());
    definition_ = **made;
    const auto invocation = life.wait(life.service().invoke(request("Go")));
    if (!invocation) throw std::runtime_error(invocation.error().to_string());
    return life.finish(*invocation);
  }
  static std::string result_text(const std::vector<journal::Event>& events) {
    return std::string(body(events, "tool.result").get("content").at(0).get("text").string_or(""));
  }
  // A crash before the first event of this type; what the next life made of it.
  std::vector<journal::Event> after_crash_at(const std::vector<journal::Event>& events,
                                             std::string_view type) {
    size_t length = 0;
    while (events[length].type != type) ++length;
    const auto life = life_on_prefix(events, length, definition_, *clock_);
    const std::string run = "session/" + definition_.id + "/" + session_name(1);
    const json::Value started = body(events, "invocation.started");
    return life->finish({std::string(started.get("invocationId").string_or("")), run, session_name(1), 1});
  }

  Definition definition_;
};

TEST_F(ToolSourcesTest, AModelCallsAToolOfAServer) {
  const mcp::StubServer server(ToolSourcesTest::server());
  const auto events = run(with_server(server.url(), {call_turn("kit___look"), text_turn("Done.")}));
  EXPECT_EQ(result_text(events), "did look");
  const json::Value listed = body(events, "tools.listed");
  EXPECT_EQ(listed.get("source").string_or(""), "kit");
  EXPECT_EQ(listed.get("tools").at(1).get("name").string_or(""), "kit___change");
  std::string streamed;
  for (const journal::Event& event : events)
    if (event.type == event::kStream) streamed += event.body;
  EXPECT_THAT(streamed, HasSubstr(R"("type":"mcp_tool_use","serverName":"kit")"));
}

TEST_F(ToolSourcesTest, GoesOnWithoutAServerThatIsAway) {
  std::string url;
  {
    const mcp::StubServer gone(server());
    url = gone.url();
  }
  const auto events = run(with_server(url, {text_turn("Then without.")}));
  EXPECT_EQ(body(events, "invocation.finished").get("stopReason").string_or(""), "end_turn");
  EXPECT_EQ(body(events, "tools.unavailable").get("source").string_or(""), "kit");
  EXPECT_THAT(std::string(body(events, "tools.unavailable").get("error").string_or("")), HasSubstr("'kit'"));
}

TEST_F(ToolSourcesTest, ARuleNamesAToolByItsServer) {
  const mcp::StubServer server(ToolSourcesTest::server());
  Config config = with_server(server.url(), {call_turn("kit___change"), text_turn("Done.")});
  config.approvals.rules.push_back({"@kit/ch*", {}, Decision::kDeny, "read only"});
  const auto events = run(config);
  EXPECT_EQ(body(events, "tool.result").get("notRun").string_or(""), "policy");
  EXPECT_TRUE(server.bodies("tools/call").empty());
}

TEST_F(ToolSourcesTest, AllowedToolsLeaveTheRestOut) {
  const mcp::StubServer server(ToolSourcesTest::server());
  Config config = with_server(server.url(), {call_turn("kit___change"), text_turn("Done.")});
  config.allowed_tools = std::vector<std::string>{"@kit/look"};
  const auto events = run(config);
  EXPECT_EQ(body(events, "tools.listed").get("tools").size(), 1);
  EXPECT_THAT(result_text(events), HasSubstr("There is no tool named 'kit___change'. Tools: kit___look."));
}

TEST_F(ToolSourcesTest, AToolThatReadsRunsAgainAfterACrash) {
  const mcp::StubServer server(ToolSourcesTest::server());
  const auto events = run(with_server(server.url(), {call_turn("kit___look"), text_turn("Done.")}));
  EXPECT_EQ(result_text(after_crash_at(events, "tool.result")), "did look");
  EXPECT_EQ(server.bodies("tools/call").size(), 2);
}

TEST_F(ToolSourcesTest, AToolThatChangesDoesNotRunAgainAfterACrash) {
  const mcp::StubServer server(ToolSourcesTest::server());
  const auto events = run(with_server(server.url(), {call_turn("kit___change"), text_turn("Done.")}));
  const auto resumed = after_crash_at(events, "tool.result");
  EXPECT_EQ(body(resumed, "tool.result").get("notRun").string_or(""), "unknown");
  EXPECT_EQ(server.bodies("tools/call").size(), 1);
}

TEST_F(ToolSourcesTest, TwoServersWithTheSameToolsDoNotMeet) {
  const mcp::StubServer first(server());
  const mcp::StubServer second(server());
  Config config = with_server(
      first.url(),
      {tool_turn({{"t1", "kit___look", json::Object{}}, {"t2", "other___change", json::Object{}}}),
       text_turn("Done.")});
  config.tools.push_back({"remote_mcp", "other", object({{"url", second.url()}})});
  run(config);
  EXPECT_EQ(first.bodies("tools/call").at(0).get("params").get("name").string_or(""), "look");
  EXPECT_EQ(second.bodies("tools/call").at(0).get("params").get("name").string_or(""), "change");
}

TEST_F(ToolSourcesTest, ARecordingIsPlayedWithoutTheServer) {
  Cassette cassette;
  {
    const mcp::StubServer server(ToolSourcesTest::server());
    cassette =
        recorded_with(with_server(server.url(), {call_turn("kit___look"), text_turn("Done.")}), {"Go"});
  }
  const ReplayReport report = played(reread(cassette));
  EXPECT_TRUE(report.exact()) << differences(report);
}

}  // namespace
}  // namespace soma::harness
