#include "app/cli/remote/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/remote/api_client.h"
#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

constexpr std::string_view kDeployed =
    R"json({"harnessId":"shop-abc","harnessName":"shop","arn":"arn:x","harnessVersion":"3",
  "createdAt":"t","model":{"modelId":"m","provider":"reflex"},"tools":[],"allowedTools":["*"],"skills":[]})json";

TEST(UpdateBody, IsEmptyForWhatIsTheSame) {
  const auto wanted =
      json_of(R"({"harnessName":"shop","model":{"provider":"reflex","modelId":"m"},"tools":[]})");
  EXPECT_TRUE(update_body(json_of(kDeployed), wanted).empty());
}

TEST(UpdateBody, NamesOnlyWhatChanged) {
  const auto wanted =
      json_of(R"({"harnessName":"shop","model":{"provider":"reflex","modelId":"n"},"tools":[]})");
  EXPECT_EQ(json::write(update_body(json_of(kDeployed), wanted)),
            R"({"model":{"provider":"reflex","modelId":"n"}})");
}

TEST(UpdateBody, DoesNotSeeWhichMemoryTheServerMade) {
  json::Value deployed = json_of(kDeployed);
  deployed.set("memory", json_of(R"({"managedMemoryConfiguration":{"strategies":["SEMANTIC"],"arn":"a"}})"));
  const auto wanted = json_of(
      R"({"harnessName":"shop","model":{"provider":"reflex","modelId":"m"},"tools":[],
          "memory":{"managedMemoryConfiguration":{"strategies":["SEMANTIC"]}}})");
  EXPECT_TRUE(update_body(deployed, wanted).empty());
}

TEST(UpdateBody, DisablesAMemoryThatIsNotWantedAnyMore) {
  json::Value deployed = json_of(kDeployed);
  deployed.set("memory", json_of(R"({"managedMemoryConfiguration":{"strategies":["SEMANTIC"],"arn":"a"}})"));
  const auto wanted =
      json_of(R"({"harnessName":"shop","model":{"provider":"reflex","modelId":"m"},"tools":[]})");
  EXPECT_EQ(json::write(update_body(deployed, wanted)), R"({"memory":{"disabled":{}}})");
}

TEST(UpdateBody, ClearsWhatTheProjectNoLongerSays) {
  json::Value deployed = json_of(kDeployed);
  deployed.set("allowedTools", json::array({"shell"}));
  deployed.set("maxTokens", 100);
  deployed.set("environmentVariables", json::object({{"A", "b"}}));
  deployed.set("authorizerConfiguration",
               json::object({{"customJWTAuthorizer", json::object({{"discoveryUrl", "u"}})}}));
  const auto wanted =
      json_of(R"({"harnessName":"shop","model":{"provider":"reflex","modelId":"m"},"tools":[]})");
  EXPECT_EQ(
      update_body(deployed, wanted),
      json_of(
          R"({"allowedTools":["*"],"authorizerConfiguration":{},"environmentVariables":{},"maxTokens":null})"));
}

TEST(ReadDeployable, NamesARecordingFromItsHarness) {
  TemporaryFolder folder;
  folder.write("app/shop/harness.json", R"({"model":{"provider":"replay","modelId":"recordings/a.json"}})");
  const auto body = read_deployable({"shop", folder.path() / "app/shop"});
  ASSERT_TRUE(body.has_value()) << body.error().to_string();
  EXPECT_EQ(body->get("model").get("modelId").as_string(),
            (folder.path() / "app/shop/recordings/a.json").string());
  EXPECT_EQ(body->get("harnessName").as_string(), "shop");
}

TEST(ReadDeployable, RefusesTwoNamesForOneHarness) {
  TemporaryFolder folder;
  folder.write("app/shop/harness.json", R"({"name":"store","model":{"provider":"reflex"}})");
  const auto body = read_deployable({"shop", folder.path() / "app/shop"});
  ASSERT_FALSE(body.has_value());
  EXPECT_THAT(body.error().message, testing::HasSubstr("'store'"));
}

TEST(ApiPath, EncodesEachValue) {
  EXPECT_EQ(api_path("/api/runs/{}/events", {"session/a b"}), "/api/runs/session%2Fa%20b/events");
  EXPECT_EQ(with_query("/x", {{"a", "1&2"}, {"b", ""}, {"c", "d"}}), "/x?a=1%262&c=d");
}

TEST(ApiError, TakesMessageAndHintFromTheBody) {
  const os::Error error =
      api_error(404, R"({"code":"ResourceNotFoundException","message":"no harness","hint":"look"})");
  EXPECT_EQ(error.code, os::Code::kNotFound);
  EXPECT_EQ(error.message, "no harness");
  EXPECT_EQ(error.hint, "look");
  EXPECT_THAT(api_error(500, "<html>").message, testing::HasSubstr("500"));
}

}  // namespace
}  // namespace soma::cli
