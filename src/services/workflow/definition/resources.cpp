// The Resource of a Task. The service refuses at creation what it could never call: text that is no ARN, an
// integration that it does not have, and in an Express machine whatever outlives one request.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/os/text.h"
#include "services/workflow/definition/reading.h"

namespace soma::workflow {
namespace {

constexpr std::string_view kToken = ".waitForTaskToken";

// How an integration may be called: with ".sync" (and ".sync:2") for a job that is waited for, with
// ".waitForTaskToken" for a callback.
enum Pattern : uint8_t { kCall = 1, kSync = 2, kSync2 = 4, kCallback = 8 };

struct Integration {
  std::string_view action;  // "service:action"
  int patterns;
};

// The optimised integrations ("Integrating optimized services" in the developer guide). Anything else of a
// service goes through "aws-sdk:service:action". A new one is a line here.
constexpr Integration kIntegrations[] = {
    {"apigateway:invoke", kCall | kCallback},
    {"athena:startQueryExecution", kCall | kSync},
    {"athena:stopQueryExecution", kCall},
    {"athena:getQueryExecution", kCall},
    {"athena:getQueryResults", kCall},
    {"batch:submitJob", kCall | kSync},
    {"bedrock:invokeModel", kCall | kCallback},
    {"bedrock:createModelCustomizationJob", kCall | kSync},
    {"codebuild:startBuild", kCall | kSync},
    {"codebuild:startBuildBatch", kCall | kSync},
    {"codebuild:stopBuild", kCall},
    {"codebuild:stopBuildBatch", kCall},
    {"codebuild:retryBuildBatch", kCall | kSync},
    {"codebuild:batchDeleteBuilds", kCall},
    {"codebuild:batchGetReports", kCall},
    {"databrew:startJobRun", kCall | kSync},
    {"dynamodb:getItem", kCall},
    {"dynamodb:putItem", kCall},
    {"dynamodb:updateItem", kCall},
    {"dynamodb:deleteItem", kCall},
    {"ecs:runTask", kCall | kSync | kCallback},
    {"eks:call", kCall},
    {"eks:runJob", kCall | kSync},
    {"eks:createCluster", kCall | kSync},
    {"eks:deleteCluster", kCall | kSync},
    {"eks:createNodegroup", kCall | kSync},
    {"eks:deleteNodegroup", kCall | kSync},
    {"eks:createFargateProfile", kCall | kSync},
    {"eks:deleteFargateProfile", kCall | kSync},
    {"elasticmapreduce:createCluster", kCall | kSync},
    {"elasticmapreduce:setClusterTerminationProtection", kCall},
    {"elasticmapreduce:terminateCluster", kCall | kSync},
    {"elasticmapreduce:addStep", kCall | kSync},
    {"elasticmapreduce:cancelStep", kCall},
    {"elasticmapreduce:modifyInstanceFleetByName", kCall},
    {"elasticmapreduce:modifyInstanceGroupByName", kCall},
    {"emr-containers:createVirtualCluster", kCall},
    {"emr-containers:deleteVirtualCluster", kCall | kSync},
    {"emr-containers:startJobRun", kCall | kSync},
    {"emr-serverless:createApplication", kCall | kSync},
    {"emr-serverless:startApplication", kCall | kSync},
    {"emr-serverless:stopApplication", kCall | kSync},
    {"emr-serverless:deleteApplication", kCall | kSync},
    {"emr-serverless:startJobRun", kCall | kSync},
    {"emr-serverless:cancelJobRun", kCall | kSync},
    {"events:putEvents", kCall | kCallback},
    {"glue:startJobRun", kCall | kSync},
    {"http:invoke", kCall},
    {"lambda:invoke", kCall | kCallback},
    {"mediaconvert:createJob", kCall | kSync},
    {"sagemaker:createEndpoint", kCall},
    {"sagemaker:createEndpointConfig", kCall},
    {"sagemaker:createHyperParameterTuningJob", kCall | kSync},
    {"sagemaker:createLabelingJob", kCall | kSync},
    {"sagemaker:createModel", kCall},
    {"sagemaker:createProcessingJob", kCall | kSync},
    {"sagemaker:createTrainingJob", kCall | kSync},
    {"sagemaker:createTransformJob", kCall | kSync},
    {"sagemaker:updateEndpoint", kCall},
    {"sns:publish", kCall | kCallback},
    {"sqs:sendMessage", kCall | kCallback},
    {"states:startExecution", kCall | kSync | kSync2 | kCallback},
};

// soma's own, of the partition "soma" (app/server/tasks).
constexpr Integration kOwnIntegrations[] = {
    {"harness:invoke", kCall},  {"memory:createEvent", kCall}, {"memory:recall", kCall},
    {"memory:remember", kCall}, {"memory:retrieve", kCall},    {"model:converse", kCall},
    {"tool:call", kCall},
};

struct Suffix {
  std::string_view text;
  int pattern;
};
constexpr Suffix kSuffixes[] = {{".sync:2", kSync2}, {".sync", kSync}, {kToken, kCallback}};

// "service:action" and the pattern that its suffix names.
std::pair<std::string_view, int> split_suffix(std::string_view action) {
  for (const Suffix& suffix : kSuffixes) {
    if (action.ends_with(suffix.text)) {
      return {action.substr(0, action.size() - suffix.text.size()), suffix.pattern};
    }
  }
  return {action, kCall};
}

bool is_known(std::string_view resource, std::string_view action, int pattern) {
  const auto is_this = [&](const Integration& known) {
    return known.action == action && (known.patterns & pattern) != 0;
  };
  if (resource.starts_with("arn:soma:")) return std::ranges::any_of(kOwnIntegrations, is_this);
  // The SDK integrations name any service, and have no jobs to wait for.
  if (action.starts_with("aws-sdk:")) {
    return std::ranges::count(action, ':') == 2 && !action.ends_with(':') &&
           (pattern & (kSync | kSync2)) == 0;
  }
  return std::ranges::any_of(kIntegrations, is_this);
}

// arn:partition:service:region:account:rest
bool is_arn(std::string_view resource) {
  constexpr size_t kParts = 6;
  std::vector<std::string_view> parts = os::split(resource, ':');
  return parts.size() >= kParts && parts[0] == "arn" && !parts[1].empty() && !parts[2].empty() &&
         !parts[kParts - 1].empty();
}

// What follows "arn:partition:states:::", empty for other ARNs.
std::string_view integration_of(std::string_view resource) {
  constexpr std::string_view kStates = ":states:::";
  size_t at = resource.find(kStates);
  return at == std::string_view::npos ? std::string_view() : resource.substr(at + kStates.size());
}

}  // namespace

void check_resource(const FieldReader& fields, MachineType type) {
  std::string resource = fields.text("Resource");
  if (resource.empty()) return;  // missing, or no string: the table of fields has said so
  Place place = fields.place().member("Resource");
  auto refuse = [&](std::string message) { fields.report().schema(place, std::move(message)); };
  if (!is_arn(resource)) return refuse("Value is not a valid resource ARN");
  bool express = type == MachineType::kExpress;
  if (resource.find(":states:") != std::string::npos && resource.find(":activity:") != std::string::npos) {
    if (express) refuse("Express state machine does not support Activity ARN");
    return;
  }
  std::string_view integration = integration_of(resource);
  if (integration.empty()) return;
  auto [action, pattern] = split_suffix(integration);
  if (!is_known(resource, action, pattern)) {
    return refuse(
        fmt::format("The resource provided {} is not recognized. The value is not a valid resource "
                    "ARN, or the resource is not available in this region.",
                    resource));
  }
  if (!express) return;
  // The two blanks are the service's.
  if (pattern == kCallback) {
    refuse(fmt::format("Express state machine does not support '{}' service integration ", kToken));
  } else if (pattern != kCall) {
    refuse("Express state machine does not support '.sync' service integration");
  }
}

}  // namespace soma::workflow
