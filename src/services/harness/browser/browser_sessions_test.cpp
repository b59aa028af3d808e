#include "services/harness/browser/browser_sessions.h"

#include <thread>

#include "services/harness/browser/browser_profiles.h"
#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using json::object;
using json::Value;

Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}

std::vector<std::string> methods(const BrowserAction& action) {
  std::vector<std::string> out;
  for (const auto& event : action.events)
    out.push_back(event.method.substr(6) + " " + std::string(event.params.get("type").string_or("")));
  return out;
}

TEST(BrowserActions, ADoubleClickIsTwoPresses) {
  const auto action =
      action_from_json(parsed(R"({"mouseClick":{"x":3,"y":4,"button":"RIGHT","clickCount":2}})"));
  ASSERT_TRUE(action);
  EXPECT_EQ(methods(*action),
            (std::vector<std::string>{"dispatchMouseEvent mouseMoved", "dispatchMouseEvent mousePressed",
                                      "dispatchMouseEvent mouseReleased", "dispatchMouseEvent mousePressed",
                                      "dispatchMouseEvent mouseReleased"}));
  EXPECT_EQ(action->events[3].params.get("clickCount").int_or(0), 2);
  EXPECT_EQ(action->events[3].params.get("button").string_or(""), "right");
}

TEST(BrowserActions, ADragEndsWhereItWasToEnd) {
  const auto action =
      action_from_json(parsed(R"({"mouseDrag":{"startX":0,"startY":0,"endX":7,"endY":100}})"));
  ASSERT_TRUE(action);
  const Value& released = action->events.back().params;
  EXPECT_EQ(released.get("type").string_or(""), "mouseReleased");
  EXPECT_EQ(released.get("x").int_or(0), 7);
  EXPECT_EQ(released.get("y").int_or(0), 100);
}

TEST(BrowserActions, AShortcutHoldsItsModifiers) {
  const auto action = action_from_json(parsed(R"({"keyShortcut":{"keys":["ctrl","a"]}})"));
  ASSERT_TRUE(action);
  EXPECT_EQ(action->events.size(), 4u);
  EXPECT_EQ(action->events[1].params.get("modifiers").int_or(0), 2);
}

TEST(BrowserActions, AKeyThatThereIsNotFailsTheAction) {
  const auto action = action_from_json(parsed(R"({"keyPress":{"key":"Hyper"}})"));
  ASSERT_TRUE(action);
  EXPECT_EQ(action->cannot, "there is no key \"Hyper\"");
}

TEST(BrowserActions, WhatCannotBeAskedIsRefused) {
  for (const char* text :
       {"{}", R"({"mouseMove":{"x":1,"y":1},"keyType":{"text":""}})", R"({"fly":{}})",
        R"({"mouseMove":{"x":1}})", R"({"mouseMove":{"x":1.5,"y":1}})",
        R"({"mouseClick":{"x":1,"y":1,"clickCount":11}})", R"({"mouseClick":{"x":1,"y":1,"button":"left"}})",
        R"({"mouseScroll":{"x":1,"y":1,"deltaY":1001}})", R"({"keyPress":{"key":"a","presses":101}})",
        R"({"keyShortcut":{"keys":[]}})", R"({"keyShortcut":{"keys":["a","b","c","d","e","f"]}})",
        R"({"keyType":{}})", R"({"screenshot":{"format":"JPEG"}})"})
    EXPECT_EQ(action_from_json(parsed(text)).error().code, os::Code::kInvalidArgument) << text;
  const Value text = object({{"keyType", object({{"text", std::string(kMaxTypedCharacters + 1, 'x')}})}});
  EXPECT_EQ(action_from_json(text).error().code, os::Code::kInvalidArgument);
}

TEST(BrowserActions, ResultsAreMembersOfTheSameName) {
  const BrowserAction picture{.name = "screenshot", .screenshot = true}, click{.name = "mouseClick"};
  EXPECT_EQ(json::write(action_result(picture, std::string("ab"))),
            R"({"screenshot":{"status":"SUCCESS","data":"YWI="}})");
  EXPECT_EQ(json::write(action_result(click, os::fail(os::Code::kTimeout, "no answer"))),
            R"({"mouseClick":{"status":"FAILED","error":"no answer"}})");
}

TEST(BrowserProfiles, IdsAreNamesAndNoPaths) {
  EXPECT_TRUE(check_profile_id("work_1-0123456789"));
  for (const char* wrong :
       {"", "work", "../../x-0123456789", "1a-0123456789", "a-012345678", "a-0123456789/"})
    EXPECT_FALSE(check_profile_id(wrong)) << wrong;
}

class BrowserSessionsTest : public HarnessTest {
 protected:
  void SetUp() override {
    if (const auto found = tool::browser::find_chromium(); !found) GTEST_SKIP() << found.error().message;
    clock_ = os::make_system_clock();
    life_ = std::make_unique<Life>(directory_ + "/data", *clock_);
    begin();
  }
  void TearDown() override {
    if (sessions_) sessions_->stop();
    sessions_.reset();
    life_.reset();
  }
  void begin() {
    sessions_ = std::make_unique<BrowserSessions>(life_->dependencies());
    sessions_->start();
  }
  os::Result<TimedSessionInfo> open(StartTimedSession request = {.timeout_seconds = 600},
                                    std::string profile = "") {
    return life_->wait(sessions_->open(std::move(request), ViewPort{640, 480}, std::move(profile)));
  }
  std::string status(const os::Result<Value>& result, std::string_view action) {
    return result ? std::string(result->get(action).get("status").string_or("")) : result.error().to_string();
  }

  std::unique_ptr<os::Clock> clock_;
  std::unique_ptr<Life> life_;
  std::unique_ptr<BrowserSessions> sessions_;
};

TEST_F(BrowserSessionsTest, ItsRunHasEachActionAndNoSecrets) {
  const auto opened = open({.name = "mine", .timeout_seconds = 600});
  ASSERT_TRUE(opened) << opened.error().to_string();
  const std::string id = opened->session_id;
  EXPECT_EQ(status(life_->wait(sessions_->invoke(id, parsed(R"({"keyType":{"text":"secret"}})"))), "keyType"),
            "SUCCESS");
  EXPECT_EQ(status(life_->wait(sessions_->invoke(id, parsed(R"({"keyPress":{"key":"none"}})"))), "keyPress"),
            "FAILED");
  ASSERT_TRUE(life_->wait(sessions_->close(id)));
  const auto events = *life_->journal().read("browser/" + id, 1, 100);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(body(events, "browser.started").get("viewPort").string_or(""), "640x480");
  EXPECT_EQ(body(events, "browser.called").get("name").string_or(""), "keyType");
  EXPECT_TRUE(body(events, "browser.called", 1).get("isError").bool_or(false));
  EXPECT_EQ(body(events, "browser.ended").get("reason").string_or(""), "stopped");
  for (const auto& event : events) EXPECT_EQ(event.body.find("secret"), std::string::npos);
  EXPECT_EQ(life_->wait(sessions_->invoke(id, parsed(R"({"screenshot":{}})"))).error().code,
            os::Code::kNotFound);
}

TEST_F(BrowserSessionsTest, AutomationThatIsSwitchedOffIsRefusedAndCut) {
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().to_string();
  const auto session = *sessions_->find(opened->session_id);
  const auto client = session->connect();
  ASSERT_TRUE(client);
  ASSERT_TRUE(life_->wait(sessions_->set_automation(opened->session_id, false)));
  EXPECT_TRUE(client->cut.requested());
  EXPECT_EQ(session->connect().error().code, os::Code::kFailedPrecondition);
  ASSERT_TRUE(life_->wait(sessions_->set_automation(opened->session_id, true)));
  EXPECT_TRUE(session->connect());
}

TEST_F(BrowserSessionsTest, ClientsAndViewersAreLimited) {
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().to_string();
  const auto session = *sessions_->find(opened->session_id);
  std::vector<BrowserSession::Client> clients;
  std::vector<std::unique_ptr<BrowserSession::Seat>> viewers;
  while (auto client = session->connect()) clients.push_back(std::move(*client));
  while (auto viewer = session->watch()) viewers.push_back(std::move(*viewer));
  EXPECT_EQ(clients.size(), kMaxBrowserClients);
  EXPECT_EQ(viewers.size(), kMaxBrowserViewers);
  clients.pop_back();
  EXPECT_TRUE(session->connect());
}

TEST_F(BrowserSessionsTest, WhatAnEarlierLifeLeftOpenIsEnded) {
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().to_string();
  auto killed = std::move(sessions_);
  begin();
  while (sessions_->timed().get(opened->session_id)->ready) std::this_thread::yield();
  killed->stop();
}

TEST_F(BrowserSessionsTest, AProfileThatIsNotThereIsNamed) {
  EXPECT_EQ(open({.timeout_seconds = 600}, "work-0123456789").error().code, os::Code::kNotFound);
  EXPECT_EQ(open({.timeout_seconds = 600}, "../x").error().code, os::Code::kInvalidArgument);
}

}  // namespace
}  // namespace soma::harness
