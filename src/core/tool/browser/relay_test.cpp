// Automation clients on a session's browser: whose messages are whose, and what may be asked.
#include <gtest/gtest.h>

#include "core/tool/browser/channels.h"
#include "core/tool/browser/relay_rules.h"

namespace soma::tool::browser {
namespace {

using json::object;
using json::Value;

Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}

class ChannelsTest : public testing::Test {
 protected:
  uint64_t open(const std::string& session) {
    return channels_.open(session, loops_.executor(0), [](const Value&) {});
  }
  std::string out(uint64_t channel, std::string_view message, uint64_t id) {
    const auto sent = channels_.outgoing(channel, parsed(message), id);
    return sent ? json::write(*sent) : sent.error().message;
  }
  // What the channel hears of a message of the browser; nothing when it is none of a channel's.
  std::string in(std::string_view message) {
    Value value = parsed(message);
    const auto delivery = channels_.incoming(value);
    if (!delivery) return "nobody's";
    return delivery->handler ? json::write(delivery->message) : "dropped";
  }

  net::LoopPool loops_{1};
  Channels channels_;
};

TEST_F(ChannelsTest, ACommandWithoutASessionIsOfTheChannelsBrowserSession) {
  const uint64_t channel = open("B1");
  EXPECT_EQ(out(channel, R"({"id":1,"method":"Browser.getVersion"})", 70),
            R"({"id":70,"method":"Browser.getVersion","sessionId":"B1"})");
  EXPECT_EQ(in(R"({"id":70,"result":{"product":"x"},"sessionId":"B1"})"),
            R"({"id":1,"result":{"product":"x"}})");
}

TEST_F(ChannelsTest, AnswersToSomasOwnCallsAreNobodys) {
  open("B1");
  EXPECT_EQ(in(R"({"id":3,"result":{}})"), "nobody's");
  EXPECT_EQ(in(R"({"method":"Page.loadEventFired","params":{},"sessionId":"own"})"), "nobody's");
}

TEST_F(ChannelsTest, SessionsThatAreOpenedForAChannelAreItsOwn) {
  const uint64_t one = open("B1"), other = open("B2");
  EXPECT_EQ(in(R"({"method":"Target.attachedToTarget","params":{"sessionId":"P"},"sessionId":"B1"})"),
            R"({"method":"Target.attachedToTarget","params":{"sessionId":"P"}})");
  EXPECT_EQ(out(one, R"({"id":2,"method":"Page.enable","sessionId":"P"})", 71),
            R"({"id":71,"method":"Page.enable","sessionId":"P"})");
  EXPECT_EQ(in(R"({"method":"Page.frameNavigated","params":{},"sessionId":"P"})"),
            R"({"method":"Page.frameNavigated","params":{},"sessionId":"P"})");
  EXPECT_EQ(out(other, R"({"id":2,"method":"Page.enable","sessionId":"P"})", 72),
            "Session with given id not found.");
}

TEST_F(ChannelsTest, SessionsThatAChannelOpensAreItsOwn) {
  const uint64_t channel = open("B1");
  out(channel, R"({"id":5,"method":"Target.attachToTarget","params":{}})", 73);
  in(R"({"id":73,"result":{"sessionId":"Q"},"sessionId":"B1"})");
  EXPECT_EQ(out(channel, R"({"id":6,"method":"Page.enable","sessionId":"Q"})", 74),
            R"({"id":74,"method":"Page.enable","sessionId":"Q"})");
}

TEST_F(ChannelsTest, WhatComesForAClosedChannelIsDropped) {
  const uint64_t channel = open("B1");
  out(channel, R"({"id":1,"method":"Page.enable"})", 75);
  EXPECT_EQ(channels_.close(channel), "B1");
  EXPECT_EQ(in(R"({"id":75,"result":{},"sessionId":"B1"})"), "dropped");
  EXPECT_EQ(channels_.close(channel), "");
}

TEST_F(ChannelsTest, CommandsWithoutAnAnswerAreLimited) {
  const uint64_t channel = open("B1");
  for (size_t id = 1; id <= kMaxChannelCommands; ++id)
    ASSERT_TRUE(channels_.outgoing(channel, object({{"id", 1}, {"method", "a"}}), id));
  EXPECT_EQ(channels_.outgoing(channel, object({{"id", 1}, {"method", "a"}}), 99'999).error().code,
            os::Code::kLimitExceeded);
}

os::Result<Value> checked(std::string_view method, Value params) {
  SOMA_TRY(check_command(method, params, "socks5://127.0.0.1:9"));
  return params;
}

TEST(RelayRules, ContextsOfClientsGoThroughTheSessionsProxy) {
  const auto params = checked("Target.createBrowserContext", object({{"proxyServer", "http://elsewhere:1"}}));
  EXPECT_EQ(json::write(*params),
            R"({"proxyServer":"socks5://127.0.0.1:9","proxyBypassList":"<-loopback>"})");
}

TEST(RelayRules, DownloadsAreDenied) {
  const auto params =
      checked("Browser.setDownloadBehavior", object({{"behavior", "allow"}, {"downloadPath", "/etc"}}));
  EXPECT_EQ(json::write(*params), R"({"behavior":"deny"})");
}

TEST(RelayRules, NothingReachesFilesOrPortsOfTheMachine) {
  for (const char* method : {"DOM.setFileInputFiles", "Tethering.bind", "Extensions.loadUnpacked",
                             "Target.exposeDevToolsProtocol", "Target.sendMessageToTarget"})
    EXPECT_EQ(checked(method, json::Object{}).error().code, os::Code::kPermissionDenied) << method;
  for (const char* url : {"file:///etc/passwd", " FILE:///", "chrome://version", "view-source:file:///"})
    for (const char* method : {"Page.navigate", "Target.createTarget", "Network.loadNetworkResource"})
      EXPECT_EQ(checked(method, object({{"url", url}})).error().code, os::Code::kPermissionDenied) << url;
}

TEST(RelayRules, PagesAreOpenedAndDriven) {
  for (const char* url : {"", "about:blank", "https://example.org/", "HTTP://a", "data:text/html,x"})
    EXPECT_TRUE(checked("Page.navigate", object({{"url", url}}))) << url;
  EXPECT_TRUE(checked("Runtime.evaluate", object({{"expression", "1"}})));
}

}  // namespace
}  // namespace soma::tool::browser
