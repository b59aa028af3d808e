// Connectors asked alone: functions, HTTP, objects, mocks, and their settings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/net/server_test_kit.h"
#include "base/os/scratch_directory.h"
#include "services/workflow/connectors/http.h"
#include "services/workflow/connectors/lambda.h"
#include "services/workflow/connectors/s3.h"
#include "services/workflow/connectors/task_mocks.h"

namespace soma::workflow {
namespace {

using os::Code;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(json::Value());
}

class ConnectorTest : public testing::Test {
 protected:
  // What a task of the resource with these parameters ends with.
  ConnectorResult ask(Connector& connector, std::string_view resource, std::string_view parameters) {
    ConnectorCall call;
    call.task.resource = *engine::parse_resource(resource);
    call.task.parameters = engine::Payload(parsed(parameters));
    call.idempotency_key = "arn#1";
    call.inspection = watched_;
    EXPECT_TRUE(connector.serves(call.task.resource)) << resource;
    std::function<void(engine::Payload)> submitted = [](const engine::Payload&) {};
    net::Cancellation nobody;
    return net::run(connector.run(std::move(call), std::move(submitted), nobody));
  }
  ConnectorResult lambda(std::string_view settings, std::string_view resource, std::string_view parameters) {
    auto read = parse_connector_settings(settings, "workflow.json");
    EXPECT_TRUE(read) << read.error().to_string();
    settings_ = std::move(*read);
    const auto connector = make_lambda_connector({*clock_, *ids_, *launcher_, settings_});
    return ask(*connector, resource, parameters);
  }

  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(1, *clock_);
  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
  ConnectorSettings settings_;
  std::shared_ptr<engine::Inspection> watched_;  // null: nobody watches
};

constexpr std::string_view kFunction = "arn:aws:lambda:us-east-1:000000000000:function:f";
constexpr std::string_view kInvoke = "arn:aws:states:::lambda:invoke";

TEST_F(ConnectorTest, AFunctionCanBeAProgram) {
  const auto result =
      lambda(R"({"functions": {"f": {"command": ["sh", "-c", "echo \"{\\\"got\\\": $(cat)}\""]}}})",
             kFunction, R"({"a": 1})");
  ASSERT_TRUE(result.outcome) << result.outcome.error().cause;
  EXPECT_EQ(json::write(result.outcome->value()), R"({"got":{"a":1}})");
}

TEST_F(ConnectorTest, InvokeWrapsThePayload) {
  const auto result = lambda(R"({"functions": {"f": {"command": ["cat"]}}})", kInvoke,
                             R"({"FunctionName": "f", "Payload": {"a": 1}})");
  ASSERT_TRUE(result.outcome) << result.outcome.error().cause;
  const json::Value& value = result.outcome->value();
  EXPECT_EQ(value.get("ExecutedVersion").string_or(""), "$LATEST");
  EXPECT_EQ(json::write(value.get("Payload")), R"({"a":1})");
  EXPECT_EQ(value.get("StatusCode").int_or(0), 200);
  EXPECT_EQ(value.get("SdkHttpMetadata").get("HttpHeaders").get("Content-Length").string_or(""), "7");
}

TEST_F(ConnectorTest, InvokeTakesATextForJsonWhenItIsSome) {
  constexpr std::string_view kEcho = R"({"functions": {"f": {"command": ["cat"]}}})";
  const auto payload = [&](std::string_view text) {
    const auto result =
        lambda(kEcho, kInvoke, R"({"FunctionName": "f", "Payload": )" + std::string(text) + "}");
    return result.outcome ? json::write(result.outcome->value().get("Payload"))
                          : result.outcome.error().cause;
  };
  EXPECT_EQ(payload(R"("{\"a\": 1}")"), R"({"a":1})");
  EXPECT_EQ(payload(R"("plain")"), R"("plain")");
  EXPECT_EQ(payload("null"), "{}");
}

TEST_F(ConnectorTest, InvokeGivesTheEndOfTheLogWhenItIsAskedFor) {
  const auto result = lambda(R"({"functions": {"f": {"command": ["sh", "-c", "echo working >&2; echo 1"]}}})",
                             kInvoke, R"({"FunctionName": "f", "LogType": "Tail"})");
  ASSERT_TRUE(result.outcome) << result.outcome.error().cause;
  const auto log = os::base64_decode(result.outcome->value().get("LogResult").string_or(""));
  EXPECT_THAT(log.value_or(""), HasSubstr("\nworking\nEND RequestId: "));
}

TEST_F(ConnectorTest, AProgramThatFailsIsAFunctionThatFails) {
  const auto told = lambda(
      R"({"functions": {"f": {"command": ["sh", "-c", "echo '{\"errorType\": \"Mine\", \"errorMessage\": \"x\"}'; exit 1"]}}})",
      kFunction, "{}");
  EXPECT_EQ(told.outcome.error().error, "Mine");
  EXPECT_EQ(told.outcome.error().cause, R"({"errorType": "Mine", "errorMessage": "x"})");
  const auto silent =
      lambda(R"({"functions": {"f": {"command": ["sh", "-c", "echo oops >&2; exit 3"]}}})", kFunction, "{}");
  EXPECT_EQ(silent.outcome.error().error, "Runtime.ExitError");
  EXPECT_THAT(silent.outcome.error().cause, HasSubstr("it exited with code 3: oops"));
}

TEST_F(ConnectorTest, AnswersThatAreNotJsonFail) {
  const auto result = lambda(R"({"functions": {"f": {"command": ["echo", "hello"]}}})", kFunction, "{}");
  EXPECT_EQ(result.outcome.error().error, "Lambda.Unknown");
}

TEST_F(ConnectorTest, AFunctionThatIsNotConfiguredIsNotFound) {
  const auto direct = lambda("{}", kFunction, "{}");
  EXPECT_EQ(direct.outcome.error().error, "Lambda.ResourceNotFoundException");
  EXPECT_THAT(
      direct.outcome.error().cause,
      StartsWith("Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST (Service: "
                 "AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: "));
  const auto invoked = lambda("{}", kInvoke, R"({"FunctionName": "f:3"})");
  EXPECT_THAT(invoked.outcome.error().cause,
              StartsWith("Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:3 ("));
}

TEST_F(ConnectorTest, AFunctionCanBeAFixedAnswer) {
  EXPECT_EQ(lambda(R"({"functions": {"f": {"return": [1, 2]}}})", kFunction, "{}").outcome->text(), "[1,2]");
  const auto thrown =
      lambda(R"({"functions": {"f": {"throw": {"error": "E", "cause": "C"}}}})", kFunction, "{}");
  EXPECT_EQ(thrown.outcome.error().error, "E");
  EXPECT_EQ(thrown.outcome.error().cause, "C");
}

TEST_F(ConnectorTest, SettingsAreRefusedWhereTheyAreWrong) {
  const auto unknown =
      parse_connector_settings("{\n  \"functions\": {\"f\": {\"comand\": [\"x\"]}}\n}", "workflow.json");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().to_string(), HasSubstr("workflow.json"));
  EXPECT_THAT(unknown.error().to_string(), HasSubstr("command"));
  const auto two =
      parse_connector_settings(R"({"functions": {"f": {"url": "http://a/", "return": 1}}})", "workflow.json");
  EXPECT_FALSE(two);
  EXPECT_TRUE(parse_connector_settings("{}", "workflow.json"));
}

TEST(HttpForm, ArraysAreWrittenAsAskedFor) {
  const json::Value value = parsed(R"({"a": ["x", "y z"], "b": {"c": 1}, "d": "é"})");
  EXPECT_EQ(encode_form(value, "INDICES"), "a%5B0%5D=x&a%5B1%5D=y%20z&b%5Bc%5D=1&d=%C3%A9");
  EXPECT_EQ(encode_form(value, "REPEAT"), "a=x&a=y%20z&b%5Bc%5D=1&d=%C3%A9");
  EXPECT_EQ(encode_form(value, "COMMAS"), "a=x%2Cy%20z&b%5Bc%5D=1&d=%C3%A9");
  EXPECT_EQ(encode_form(value, "BRACKETS"), "a%5B%5D=x&a%5B%5D=y%20z&b%5Bc%5D=1&d=%C3%A9");
}

// A server that tells what it was asked: method, path and query, some headers, body.
class HttpTest : public ConnectorTest {
 protected:
  HttpTest() {
    const auto tell = [](net::Request& request, net::Reply& reply) -> net::Task<> {
      net::Response response =
          net::Response::json(200, json::object({{"method", request.method},
                                                 {"target", request.target},
                                                 {"type", request.headers.get("content-type")},
                                                 {"auth", request.headers.get("authorization")},
                                                 {"extra", request.headers.get("x-extra")},
                                                 {"body", request.body}}));
      co_await reply.send(std::move(response));
    };
    const auto refuse = [](net::Request&, net::Reply& reply) -> net::Task<> {
      net::Response response = net::Response::text(404, "nothing here");
      co_await reply.send(std::move(response));
    };
    const auto fail = [](net::Request&, net::Reply& reply) -> net::Task<> {
      net::Response response =
          net::Response::json(200, json::object({{"errorType", "Mine"}, {"errorMessage", "no"}}));
      co_await reply.send(std::move(response));
    };
    for (const char* method : {"GET", "POST"}) router_.add(method, "/tell", tell);
    router_.add("GET", "/refuse", refuse);
    router_.add("POST", "/fail", fail);
    server_.emplace(router_);
    url_ = server_->address();
    outbound_.allow("127.0.0.1");
  }
  ConnectorResult http(std::string_view path, std::string_view method, std::string_view more = "") {
    const auto connector =
        make_http_connector({*clock_, outbound_, settings_, [](const std::string& reference) {
                               return os::Result<std::string>("value of " + reference);
                             }});
    return ask(*connector, "arn:aws:states:::http:invoke",
               R"({"ApiEndpoint": ")" + url_ + std::string(path) + R"(", "Method": ")" + std::string(method) +
                   "\"" + std::string(more) + "}");
  }
  net::Router router_;
  std::optional<net::TestServer> server_;  // the first to go
  net::OutboundPolicy outbound_;
  std::string url_;
};

TEST_F(HttpTest, TheResponseIsTakenApart) {
  const auto result =
      http("/tell", "GET", R"(, "QueryParameters": {"q": "a b"}, "Headers": {"x-extra": "1"})");
  ASSERT_TRUE(result.outcome) << result.outcome.error().cause;
  const json::Value& value = result.outcome->value();
  EXPECT_EQ(value.get("StatusCode").int_or(0), 200);
  EXPECT_EQ(value.get("StatusText").string_or(""), "OK");
  EXPECT_EQ(value.get("ResponseBody").get("target").string_or(""), "/tell?q=a%20b");
  EXPECT_EQ(value.get("ResponseBody").get("extra").string_or(""), "1");
  EXPECT_THAT(std::string(value.get("Headers").get("content-type").at(0).string_or("")), HasSubstr("json"));
}

TEST_F(HttpTest, TheBodyIsJsonOrAForm) {
  const auto json_body = http("/tell", "POST", R"(, "RequestBody": {"a": [1, 2]})");
  EXPECT_EQ(json_body.outcome->value().get("ResponseBody").get("body").string_or(""), R"({"a":[1,2]})");
  const auto form = http("/tell", "POST", R"(, "RequestBody": {"a": [1, 2]}, "Transform":
      {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": "REPEAT"}})");
  EXPECT_EQ(form.outcome->value().get("ResponseBody").get("body").string_or(""), "a=1&a=2");
  EXPECT_THAT(std::string(form.outcome->value().get("ResponseBody").get("type").string_or("")),
              StartsWith("application/x-www-form-urlencoded"));
}

TEST_F(HttpTest, AConnectionAuthenticates) {
  settings_ = *parse_connector_settings(
      R"({"connections": {"c": {"headers": {"Authorization": "secret:KEY"}, "queryParameters": {"k": "plain"}}}})",
      "");
  constexpr std::string_view kConnection =
      R"(, "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c/1234"})";
  const auto result = http("/tell", "GET", kConnection);
  ASSERT_TRUE(result.outcome) << result.outcome.error().cause;
  EXPECT_EQ(result.outcome->value().get("ResponseBody").get("auth").string_or(""), "value of secret:KEY");
  EXPECT_EQ(result.outcome->value().get("ResponseBody").get("target").string_or(""), "/tell?k=plain");
  settings_ = {};
  EXPECT_THAT(http("/tell", "GET", kConnection).outcome.error().cause, HasSubstr("workflow.json"));
}

TEST_F(HttpTest, WhoeverWatchesSeesTheExchangeWithoutSecrets) {
  settings_ = *parse_connector_settings(
      R"({"connections": {"c": {"headers": {"Authorization": "secret:KEY"}, "queryParameters": {"k": "plain"}}}})",
      "");
  constexpr std::string_view kConnection =
      R"(, "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c/1234"})";
  watched_ = std::make_shared<engine::Inspection>();
  http("/tell", "GET", kConnection);
  EXPECT_EQ(watched_->http_request.get("method").string_or(""), "GET");
  EXPECT_EQ(watched_->http_request.get("url").string_or(""), url_ + "/tell");
  EXPECT_THAT(std::string(watched_->http_request.get("headers").string_or("")),
              Not(HasSubstr("authorization")));
  EXPECT_EQ(watched_->http_response.get("statusCode").string_or(""), "200");
  watched_->reveal_secrets = true;
  http("/tell", "GET", kConnection);
  EXPECT_EQ(watched_->http_request.get("url").string_or(""), url_ + "/tell?k=plain");
  EXPECT_THAT(std::string(watched_->http_request.get("headers").string_or("")),
              HasSubstr("authorization: value of secret:KEY"));
}

TEST_F(HttpTest, AStatusThatIsNoSuccessIsAnErrorOfItsOwn) {
  const auto result = http("/refuse", "GET");
  EXPECT_EQ(result.outcome.error().error, "States.Http.StatusCode.404");
  EXPECT_EQ(result.outcome.error().cause, "nothing here");
}

TEST_F(HttpTest, TheOutboundPolicyHolds) {
  outbound_ = {};
  const auto result = http("/tell", "GET");
  EXPECT_EQ(result.outcome.error().error, "States.TaskFailed");
}

TEST_F(HttpTest, AFunctionCanBeAUrl) {
  const auto result =
      lambda(R"({"functions": {"f": {"url": ")" + url_ + R"(/tell"}}})", kFunction, R"({"a":1})");
  ASSERT_TRUE(result.outcome) << result.outcome.error().cause;
  EXPECT_EQ(result.outcome->value().get("body").string_or(""), R"({"a":1})");
  const auto failed = lambda(R"({"functions": {"f": {"url": ")" + url_ + R"(/fail"}}})", kFunction, "{}");
  EXPECT_EQ(failed.outcome.error().error, "Mine");
}

class ObjectTest : public ConnectorTest {
 protected:
  ConnectorResult s3(std::string_view action, std::string_view parameters) {
    const auto connector = make_s3_connector(*ids_, objects_);
    return ask(*connector, "arn:aws:states:::aws-sdk:s3:" + std::string(action), parameters);
  }
  os::ScratchDirectory directory_;
  ObjectFolder objects_{directory_ / "objects"};
};

TEST_F(ObjectTest, WhatIsPutIsGot) {
  const auto put = s3("putObject", R"({"Bucket": "b", "Key": "in/x.json", "Body": {"a": 1}})");
  ASSERT_TRUE(put.outcome) << put.outcome.error().cause;
  EXPECT_EQ(put.outcome->value().get("ETag").string_or(""), "\"bb6cb5c68df4652941caf652a366f2d8\"");
  const auto got = s3("getObject", R"({"Bucket": "b", "Key": "in/x.json"})");
  ASSERT_TRUE(got.outcome) << got.outcome.error().cause;
  EXPECT_EQ(got.outcome->value().get("Body").string_or(""), R"({"a":1})");
  EXPECT_EQ(got.outcome->value().get("ContentLength").int_or(0), 7);
}

TEST_F(ObjectTest, WhatIsNotThereFails) {
  EXPECT_EQ(s3("getObject", R"({"Bucket": "none", "Key": "x"})").outcome.error().error,
            "S3.NoSuchBucketException");
  ASSERT_TRUE(objects_.put("b", "x", "1"));
  const auto missing = s3("getObject", R"({"Bucket": "b", "Key": "y"})");
  EXPECT_EQ(missing.outcome.error().error, "S3.NoSuchKeyException");
  EXPECT_THAT(missing.outcome.error().cause,
              StartsWith("The specified key does not exist. (Service: S3, Status Code: 404, "));
}

TEST_F(ObjectTest, AreListedByKeyInPages) {
  for (const char* key : {"a/2", "a/1", "b", "a/3"}) ASSERT_TRUE(objects_.put("b", key, "1"));
  const auto page = s3("listObjectsV2", R"({"Bucket": "b", "Prefix": "a/", "MaxKeys": 2})");
  ASSERT_TRUE(page.outcome);
  EXPECT_EQ(page.outcome->value().get("KeyCount").int_or(0), 2);
  EXPECT_EQ(page.outcome->value().get("NextContinuationToken").string_or(""), "a/2");
  const auto next = s3("listObjectsV2", R"({"Bucket": "b", "Prefix": "a/", "ContinuationToken": "a/2"})");
  EXPECT_EQ(next.outcome->value().get("Contents").at(0).get("Key").string_or(""), "a/3");
  EXPECT_FALSE(next.outcome->value().get("IsTruncated").bool_or(true));
}

TEST_F(ObjectTest, NeverLeaveTheFolder) {
  for (const char* key : {"../x", "a/../../x", "", "a//b", "."})
    EXPECT_EQ(objects_.put("b", key, "1").error().code, Code::kInvalidArgument) << key;
  EXPECT_EQ(objects_.put("..", "x", "1").error().code, Code::kInvalidArgument);
  EXPECT_EQ(objects_.put("a/b", "x", "1").error().code, Code::kInvalidArgument);
}

constexpr const char* kMocks = R"({
  "StateMachines": {"m": {"TestCases": {"Busy": {"A": "AtLast"}}}},
  "MockedResponses": {"AtLast": {"0-1": {"Throw": {"Error": "Busy", "Cause": "later"}}, "2": {"Return": {"ok": true}}}}
})";

TEST(TaskMocks, AnswerEachTryAsTheyAreTold) {
  const auto mocks = parse_task_mocks(kMocks, "mocks.json");
  ASSERT_TRUE(mocks) << mocks.error().to_string();
  EXPECT_TRUE((*mocks)->knows("m", "Busy"));
  EXPECT_FALSE((*mocks)->knows("m", "Other"));
  EXPECT_EQ((*mocks)->find({"m", "Busy", "A", 0})->outcome.error().error, "Busy");
  EXPECT_EQ((*mocks)->find({"m", "Busy", "A", 1})->outcome.error().cause, "later");
  EXPECT_EQ((*mocks)->find({"m", "Busy", "A", 2})->outcome->text(), R"({"ok":true})");
  EXPECT_THAT((*mocks)->find({"m", "Busy", "A", 3})->outcome.error().cause, HasSubstr("try 3"));
  EXPECT_FALSE((*mocks)->find({"m", "Busy", "B", 0})) << "a state that the test case does not name";
}

TEST(TaskMocks, AreRefusedWhereTheyAreWrong) {
  const auto missing = parse_task_mocks(
      R"({"StateMachines": {"m": {"TestCases": {"T": {"A": "None"}}}}, "MockedResponses": {}})",
      "mocks.json");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().to_string(), HasSubstr("None"));
  EXPECT_FALSE(
      parse_task_mocks(R"({"StateMachines": {}, "MockedResponses": {"R": {"2-1": {"Return": 1}}}})", ""));
  EXPECT_FALSE(
      parse_task_mocks(R"({"StateMachines": {}, "MockedResponses": {"R": {"0": {"Retrun": 1}}}})", ""));
}

}  // namespace
}  // namespace soma::workflow
