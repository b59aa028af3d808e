#include "services/workflow/api/operations.h"

#include <gtest/gtest.h>

#include "base/journal/journal_test_kit.h"
#include "base/os/scratch_directory.h"

namespace soma::workflow::api {
namespace {

const std::string kRole = "arn:aws:iam::000000000000:role/test";
const std::string kPass = R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})";
const std::string kWait = R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}})";

class OperationsTest : public testing::Test {
 protected:
  OperationsTest() { open(); }
  ~OperationsTest() override { close(); }

  void open() {
    loops_ = std::make_unique<net::LoopPool>(1);
    loops_->start();
    auto opened = Service::open({.clock = disk_.clock(),
                                 .ids = *ids_,
                                 .loops = *loops_,
                                 .journal = disk_.journal(),
                                 .connectors = connectors_,
                                 .objects = objects_});
    ASSERT_TRUE(opened) << opened.error().to_string();
    service_ = std::move(*opened);
    service_->start();
    disk_.journal().start();
  }
  void close() {
    service_->stop();
    loops_->stop();
    service_.reset();
  }
  // As after a crash: only the journal is left.
  void restart() {
    close();
    disk_.reopen();
    open();
  }

  Answered<json::Value> call(std::string operation, json::Value parameters) {
    return net::run(api::call(*service_, std::move(operation), std::move(parameters)));
  }
  std::string create(const std::string& name, const std::string& definition, std::string type = "STANDARD") {
    const auto made = call(
        "CreateStateMachine",
        json::object(
            {{"name", name}, {"definition", definition}, {"roleArn", kRole}, {"type", std::move(type)}}));
    EXPECT_TRUE(made) << made.error().message;
    return std::string(made->get("stateMachineArn").string_or(""));
  }
  std::string start(const std::string& machine, const std::string& name = "one") {
    const auto started = call("StartExecution", json::object({{"stateMachineArn", machine}, {"name", name}}));
    EXPECT_TRUE(started) << started.error().message;
    return std::string(started->get("executionArn").string_or(""));
  }
  void wait_for_end(const std::string& execution) {
    const auto ended = net::run(service_->executions().wait(execution, net::Cancellation()));
    EXPECT_TRUE(ended) << ended.error().to_string();
  }
  std::string failure(std::string operation, json::Value parameters) {
    const auto answered = call(std::move(operation), std::move(parameters));
    return answered ? "" : answered.error().name;
  }

  journal::JournalOnDisk disk_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(1, disk_.clock());
  Connectors connectors_;
  os::ScratchDirectory scratch_;
  ObjectFolder objects_{scratch_ / "objects"};
  std::unique_ptr<net::LoopPool> loops_;
  std::unique_ptr<Service> service_;
};

TEST_F(OperationsTest, EveryOperationOfTheServiceIsThere) {
  EXPECT_EQ(operations().size(), 37U);
  EXPECT_EQ(failure("MakeCoffee", json::Object{}), "UnknownOperationException");
}

TEST_F(OperationsTest, AMapRunThatIsNotThereIsNotFound) {
  const json::Value unknown =
      json::object({{"mapRunArn", "arn:aws:states:us-east-1:000000000000:mapRun:m/label:id"}});
  EXPECT_EQ(failure("DescribeMapRun", unknown), "ResourceNotFound");
  EXPECT_EQ(failure("UpdateMapRun", unknown), "ResourceNotFound");
}

TEST_F(OperationsTest, AnExecutionKeepsTheDefinitionItWasStartedWith) {
  const std::string machine = create("m", kWait);
  const std::string execution = start(machine);
  ASSERT_TRUE(
      call("UpdateStateMachine", json::object({{"stateMachineArn", machine}, {"definition", kPass}})));
  restart();
  const auto described =
      call("DescribeStateMachineForExecution", json::object({{"executionArn", execution}}));
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ(described->get("definition").string_or(""), kWait);
  EXPECT_FALSE(described->has("revisionId"));
}

TEST_F(OperationsTest, DeletingAMachineAbortsItsExecutions) {
  const std::string machine = create("m", kWait);
  const std::string execution = start(machine);
  ASSERT_TRUE(call("DeleteStateMachine", json::object({{"stateMachineArn", machine}})));
  wait_for_end(execution);
  const auto described = call("DescribeExecution", json::object({{"executionArn", execution}}));
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ(described->get("status").string_or(""), "ABORTED");
  EXPECT_EQ(failure("StartExecution", json::object({{"stateMachineArn", machine}})),
            "StateMachineDoesNotExist");
}

TEST_F(OperationsTest, ADeletionThatWasCutOffIsFinishedAtTheNextStart) {
  const std::string machine = create("m", kWait);
  const std::string execution = start(machine);
  ASSERT_TRUE(net::run(service_->machines().begin_deletion(machine)));
  EXPECT_EQ(failure("StartExecution", json::object({{"stateMachineArn", machine}})), "StateMachineDeleting");
  restart();
  wait_for_end(execution);
  const auto again = call("DeleteStateMachine", json::object({{"stateMachineArn", machine}}));
  ASSERT_TRUE(again);
  EXPECT_EQ(failure("DescribeStateMachine", json::object({{"stateMachineArn", machine}})),
            "StateMachineDoesNotExist");
}

TEST_F(OperationsTest, MetadataOnlyLeavesTheDataOut) {
  const std::string execution = start(create("m", kPass));
  wait_for_end(execution);
  const auto described = call("DescribeExecution",
                              json::object({{"executionArn", execution}, {"includedData", "METADATA_ONLY"}}));
  ASSERT_TRUE(described);
  EXPECT_FALSE(described->has("input"));
  EXPECT_FALSE(described->has("output"));
  EXPECT_FALSE(described->get("outputDetails").get("included").bool_or(true));
}

TEST_F(OperationsTest, ATokenOfAnotherListIsRefused) {
  for (const char* name : {"a", "b"}) create(name, kPass);
  const auto page = call("ListStateMachines", json::object({{"maxResults", 1}}));
  ASSERT_TRUE(page && page->has("nextToken"));
  EXPECT_TRUE(call("ListStateMachines", json::object({{"nextToken", page->get("nextToken")}})));
  EXPECT_EQ(failure("ListActivities", json::object({{"nextToken", page->get("nextToken")}})), "InvalidToken");
}

TEST_F(OperationsTest, ExecutionsOfAnExpressMachineCannotBeLookedUp) {
  const std::string machine = create("m", kPass, "EXPRESS");
  EXPECT_EQ(failure("ListExecutions", json::object({{"stateMachineArn", machine}})),
            "StateMachineTypeNotSupported");
  const std::string execution = start(machine);
  EXPECT_EQ(failure("DescribeExecution", json::object({{"executionArn", execution}})), "InvalidArn");
}

TEST_F(OperationsTest, ARedriveIsRepeatedByItsToken) {
  const std::string execution = start(create("m", kWait));
  ASSERT_TRUE(call("StopExecution", json::object({{"executionArn", execution}})));
  const json::Value request = json::object({{"executionArn", execution}, {"clientToken", "again"}});
  const auto first = call("RedriveExecution", request);
  ASSERT_TRUE(first) << first.error().message;
  disk_.clock().advance(std::chrono::minutes(1));
  const auto repeated = call("RedriveExecution", request);
  ASSERT_TRUE(repeated) << repeated.error().message;
  EXPECT_EQ(*repeated, *first);
  EXPECT_EQ(failure("RedriveExecution", json::object({{"executionArn", execution}})),
            "ExecutionNotRedrivable");
}

TEST_F(OperationsTest, BrokenInputIsToldInTheServicesWords) {
  const std::string machine = create("m", kPass);
  const auto message = [&](const char* input) {
    const auto refused =
        call("StartExecution", json::object({{"stateMachineArn", machine}, {"input", input}}));
    return refused ? "" : refused.error().message;
  };
  const std::string head = "Invalid State Machine Execution Input: '";
  EXPECT_EQ(message(""), head + "Invalid execution input.'");
  EXPECT_EQ(message("{'a': 1}"),
            head + "Unexpected character (''' (code 39)): was expecting double-quote to start field name'");
  EXPECT_EQ(
      message(R"({"a" 1})"),
      head + "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value'");
  EXPECT_EQ(message("[1 2]"),
            head + "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries'");
}

TEST_F(OperationsTest, AliasesDecideByTheNameOfTheExecution) {
  const std::string machine = create("m", kPass);
  for (const std::string& definition : {kPass, kWait})
    ASSERT_TRUE(
        call("UpdateStateMachine",
             json::object({{"stateMachineArn", machine}, {"definition", definition}, {"publish", true}})));
  json::Value routes =
      json::array({json::object({{"stateMachineVersionArn", machine + ":1"}, {"weight", 50}}),
                   json::object({{"stateMachineVersionArn", machine + ":2"}, {"weight", 50}})});
  const auto alias = call("CreateStateMachineAlias",
                          json::object({{"name", "live"}, {"routingConfiguration", std::move(routes)}}));
  ASSERT_TRUE(alias) << alias.error().message;
  const std::string alias_arn(alias->get("stateMachineAliasArn").string_or(""));
  for (const char* name : {"a", "b", "c", "d"}) {
    const std::string execution = start(alias_arn, name);
    const auto view = service_->executions().describe(execution);
    ASSERT_TRUE(view);
    const auto target = service_->machines().resolve(alias_arn, name);
    EXPECT_EQ(view->version_arn, version_arn(machine, *target->version)) << name;
    EXPECT_EQ(view->alias_arn, alias_arn);
  }
}

TEST_F(OperationsTest, AMapRunIsDescribedWithItsChildren) {
  const std::string machine = create("m", R"({"StartAt": "A", "States": {"A": {"Type": "Map", "Label": "L",
      "MaxConcurrency": 2, "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED",
      "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}}}})");
  const auto started =
      call("StartExecution", json::object({{"stateMachineArn", machine}, {"input", "[1,2,3]"}}));
  ASSERT_TRUE(started) << started.error().message;
  const std::string execution(started->get("executionArn").string_or(""));
  wait_for_end(execution);

  const auto runs = call("ListMapRuns", json::object({{"executionArn", execution}}));
  ASSERT_TRUE(runs) << runs.error().message;
  ASSERT_EQ(runs->get("mapRuns").size(), 1U);
  const json::Value& entry = runs->get("mapRuns").at(0);
  EXPECT_EQ(entry.get("stateMachineArn"), json::Value(machine + "/L"));
  EXPECT_TRUE(entry.has("stopDate"));
  const json::Value of = json::object({{"mapRunArn", entry.get("mapRunArn")}});
  const auto described = call("DescribeMapRun", of);
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ(described->get("status"), json::Value("SUCCEEDED"));
  EXPECT_EQ(described->get("maxConcurrency"), json::Value(2));
  EXPECT_EQ(described->get("itemCounts").get("succeeded"), json::Value(3));
  EXPECT_EQ(described->get("executionCounts").get("resultsWritten"), json::Value(3));

  const auto children = call("ListExecutions", of);
  ASSERT_TRUE(children) << children.error().message;
  ASSERT_EQ(children->get("executions").size(), 3U);
  const json::Value child =
      json::object({{"executionArn", children->get("executions").at(0).get("executionArn")}});
  const auto program = call("DescribeStateMachineForExecution", child);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(program->get("label"), json::Value("L"));
  EXPECT_EQ(program->get("mapRunArn"), entry.get("mapRunArn"));
  EXPECT_EQ(json::parse(program->get("definition").string_or("")).value().get("StartAt"), json::Value("B"));
}

TEST_F(OperationsTest, ExecutionsOfAnUnknownMapRunAreNotFound) {
  EXPECT_EQ(failure("ListExecutions",
                    json::object({{"mapRunArn", "arn:aws:states:us-east-1:000000000000:mapRun:m/label:id"}})),
            "ResourceNotFound");
}

}  // namespace
}  // namespace soma::workflow::api
