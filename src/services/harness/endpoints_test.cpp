// Endpoints on a whole service: what they mean for an invocation, and that they outlive the process.
#include <gtest/gtest.h>

#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using json::object;
using os::Code;
constexpr EndpointOperation kCreate = EndpointOperation::kCreate;
constexpr EndpointOperation kUpdate = EndpointOperation::kUpdate;
constexpr EndpointOperation kDelete = EndpointOperation::kDelete;

class EndpointsTest : public HarnessTest {
 protected:
  // A harness with versions 1 and 2.
  void SetUp() override {
    life_ = std::make_unique<Life>(directory_ + "/data", *clock_);
    ASSERT_TRUE(life_->wait(life_->service().create(config(script({text_turn("One.")})))));
    newer({text_turn("Two.")});
  }
  void newer(const std::vector<std::string>& turns) {
    const json::Value model = object({{"provider", "replay"}, {"modelId", script(turns)}});
    ASSERT_TRUE(life_->wait(life_->service().update("agent", object({{"model", model}}))));
  }
  void restart() {
    life_.reset();
    life_ = std::make_unique<Life>(directory_ + "/data", *clock_);
  }
  os::Result<Endpoint> change(EndpointOperation operation, EndpointRequest request) {
    return life_->wait(life_->service().change_endpoint("agent", operation, std::move(request)));
  }
  os::Result<Invocation> invoke(std::string qualifier, int session) {
    InvokeRequest asked = request("go", session);
    asked.qualifier = std::move(qualifier);
    return life_->wait(life_->service().invoke(std::move(asked)));
  }
  // What the model says and the version that says it.
  std::pair<std::string, std::string> answer(std::string qualifier, int session) {
    const auto invocation = invoke(std::move(qualifier), session);
    if (!invocation) return {invocation.error().to_string(), ""};
    const auto events = life_->finish(*invocation);
    const auto message = model::message_from_json(body(events, "model.result").get("message"));
    return {model::text_of(*message),
            std::string(body(events, "invocation.started").get("harnessVersion").string_or(""))};
  }

  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<Life> life_;
};

using Said = std::pair<std::string, std::string>;

TEST_F(EndpointsTest, DefaultIsThereAndMeansTheNewestVersion) {
  const auto found = life_->service().endpoint("agent", "DEFAULT");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->version, 2u);
  newer({text_turn("Three.")});
  EXPECT_EQ(life_->service().endpoint("agent", "DEFAULT")->version, 3u);
  EXPECT_EQ(answer("DEFAULT", 1), (Said{"Three.", "3"}));
  EXPECT_EQ(answer("", 2), (Said{"Three.", "3"}));
}

TEST_F(EndpointsTest, DefaultCannotBeMadeChangedOrDeleted) {
  EXPECT_EQ(change(kCreate, {.name = "DEFAULT"}).error().code, Code::kAlreadyExists);
  EXPECT_EQ(change(kUpdate, {.name = "DEFAULT", .version = 1}).error().code, Code::kConflict);
  EXPECT_EQ(change(kDelete, {.name = "DEFAULT"}).error().code, Code::kConflict);
}

TEST_F(EndpointsTest, AnEndpointServesItsVersionUntilItIsUpdated) {
  ASSERT_TRUE(change(kCreate, {.name = "live", .version = 1}));
  EXPECT_EQ(answer("live", 1), (Said{"One.", "1"}));
  ASSERT_TRUE(change(kUpdate, {.name = "live", .version = 2}));
  EXPECT_EQ(answer("live", 2), (Said{"Two.", "2"}));
  EXPECT_EQ(answer("1", 3), (Said{"One.", "1"})) << "a version is a qualifier too";
}

TEST_F(EndpointsTest, ANewEndpointTakesTheNewestVersionAndStaysThere) {
  ASSERT_TRUE(change(kCreate, {.name = "live"}));
  newer({text_turn("Three.")});
  EXPECT_EQ(life_->service().endpoint("agent", "live")->version, 2u);
}

TEST_F(EndpointsTest, AnUpdateKeepsWhatItDoesNotName) {
  ASSERT_TRUE(change(kCreate, {.name = "live", .version = 1, .description = "first"}));
  EXPECT_EQ(change(kUpdate, {.name = "live", .version = 2})->description, "first");
  EXPECT_EQ(change(kUpdate, {.name = "live", .description = "second"})->version, 2u);
}

TEST_F(EndpointsTest, EndpointsAndVersionsSurviveARestart) {
  ASSERT_TRUE(change(kCreate, {.name = "live", .version = 1, .description = "first"}));
  ASSERT_TRUE(change(kCreate, {.name = "test"}));
  newer({text_turn("Three.")});
  ASSERT_TRUE(change(kDelete, {.name = "test"}));
  restart();
  const auto all = life_->service().endpoints("agent");
  ASSERT_TRUE(all) << all.error().to_string();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].name, "DEFAULT");
  EXPECT_EQ((*all)[0].version, 3u);
  EXPECT_EQ((*all)[1].name, "live");
  EXPECT_EQ((*all)[1].description, "first");
  newer({text_turn("Four.")});
  EXPECT_EQ(answer("", 1), (Said{"Four.", "4"}));
}

TEST_F(EndpointsTest, ARepeatedRequestIsAnsweredAsTheFirstOne) {
  const EndpointRequest made{.name = "live", .client_token = "token-1"};
  ASSERT_TRUE(change(kCreate, made));
  ASSERT_TRUE(change(kUpdate, {.name = "live", .version = 1, .client_token = "token-2"}));
  restart();
  const auto again = change(kCreate, made);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->version, 2u);
  EXPECT_EQ(life_->service().endpoint("agent", "live")->version, 1u) << "nothing was changed by it";
  ASSERT_TRUE(change(kDelete, {.name = "live", .client_token = "token-3"}));
  EXPECT_TRUE(change(kDelete, {.name = "live", .client_token = "token-3"}));
  EXPECT_EQ(change(kDelete, {.name = "live"}).error().code, Code::kNotFound);
}

TEST_F(EndpointsTest, ATokenOfAnotherRequestIsAConflict) {
  ASSERT_TRUE(change(kCreate, {.name = "live", .client_token = "token-1"}));
  EXPECT_EQ(change(kCreate, {.name = "test", .client_token = "token-1"}).error().code, Code::kConflict);
  EXPECT_EQ(change(kUpdate, {.name = "live", .client_token = "token-1"}).error().code, Code::kConflict);
}

TEST_F(EndpointsTest, WhatIsNotThereIsNamed) {
  EXPECT_EQ(change(kCreate, {.name = "live", .version = 3}).error().code, Code::kInvalidArgument);
  ASSERT_TRUE(change(kCreate, {.name = "live"}));
  EXPECT_EQ(change(kCreate, {.name = "live"}).error().code, Code::kAlreadyExists);
  EXPECT_EQ(change(kUpdate, {.name = "lives"}).error().hint, "did you mean 'live'?");
  const auto lost = invoke("nowhere", 1);
  EXPECT_EQ(lost.error().code, Code::kNotFound);
  EXPECT_EQ(lost.error().hint, "it has versions 1 to 2 and the endpoints DEFAULT, live");
}

TEST_F(EndpointsTest, ACommandMayNameTheEndpointToo) {
  ExecRequest command{"agent", session_name(1), "true"};
  command.qualifier = "nowhere";
  EXPECT_EQ(life_->wait(life_->service().exec(std::move(command), {}, {})).error().code, Code::kNotFound);
}

TEST_F(EndpointsTest, AHarnessHasALimitedNumberOfThem) {
  for (size_t number = 0; number < kMaxEndpoints; ++number)
    ASSERT_TRUE(change(kCreate, {.name = "e" + std::to_string(number)}));
  EXPECT_EQ(change(kCreate, {.name = "more"}).error().code, Code::kLimitExceeded);
}

TEST_F(EndpointsTest, ARemovedHarnessLeavesNoneBehind) {
  ASSERT_TRUE(change(kCreate, {.name = "live"}));
  ASSERT_TRUE(life_->wait(life_->service().remove("agent")));
  ASSERT_TRUE(life_->wait(life_->service().create(config(script({text_turn("New.")})))));
  EXPECT_EQ(life_->service().endpoint("agent", "live").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace soma::harness
