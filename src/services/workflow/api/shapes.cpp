#include "services/workflow/api/shapes.h"

#include <algorithm>

namespace soma::workflow::api {
namespace {

bool is_alias_name(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
  };
  return std::ranges::all_of(text, [&](char c) { return digit(c) || word(c); }) &&
         std::ranges::any_of(text, word);
}
bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

constexpr Shape text(int64_t least, int64_t most, bool sensitive = false) {
  return {.kind = Kind::kString, .least = least, .most = most, .sensitive = sensitive};
}
constexpr Shape integer(int64_t least, int64_t most) {
  return {.kind = Kind::kInteger, .least = least, .most = most};
}
constexpr Shape one_of(std::span<const std::string_view> values) {
  return {.kind = Kind::kString, .values = values};
}
constexpr Shape structure(std::span<const Member> members, std::string_view name = {}) {
  return {.kind = Kind::kStructure, .members = members, .name = name};
}
constexpr Shape list_of(const Shape& element, int64_t least = -1, int64_t most = -1) {
  return {.kind = Kind::kList, .least = least, .most = most, .element = &element};
}
constexpr bool kRequired = true;

constexpr Shape kArn = text(1, 256), kLongArn = text(1, 2000), kName = text(1, 80);
constexpr Shape kAliasName{.kind = Kind::kString,
                           .least = 1,
                           .most = 80,
                           .pattern = R"(^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$)",
                           .matches = is_alias_name};
constexpr Shape kDefinition = text(1, 1'048'576, true), kData = text(-1, kMaxDataCharacters, true);
constexpr Shape kErrorText = text(0, 256, true), kCauseText = text(0, 32'768, true);
constexpr Shape kToken = text(1, 2'048, true), kText = text(-1, -1), kDescription = text(-1, 256, true);
constexpr Shape kStateName = text(1, 80, true), kBoolean{.kind = Kind::kBoolean};
constexpr Shape kPageSize = integer(0, kMaxPageEntries), kPageToken = text(1, 1'024),
                kExecutionsPageToken = text(1, 3'096), kNatural = integer(0, -1);
constexpr Shape kPercentage{.kind = Kind::kNumber, .least = 0, .most = 100};
constexpr Shape kClientToken{
    .kind = Kind::kString, .least = 1, .most = 64, .pattern = "[!-~]+", .matches = is_visible_ascii};
constexpr Shape kTraceHeader{
    .kind = Kind::kString, .least = 0, .most = 256, .pattern = R"(\p{ASCII}*)", .matches = is_ascii};

constexpr std::string_view kTypes[] = {"STANDARD", "EXPRESS"};
constexpr std::string_view kLevels[] = {"ALL", "ERROR", "FATAL", "OFF"};
constexpr std::string_view kKeyTypes[] = {"AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"};
constexpr std::string_view kIncluded[] = {"ALL_DATA", "METADATA_ONLY"};
constexpr std::string_view kStatuses[] = {"RUNNING",   "SUCCEEDED", "FAILED",
                                          "TIMED_OUT", "ABORTED",   "PENDING_REDRIVE"};
constexpr std::string_view kRedrives[] = {"REDRIVEN", "NOT_REDRIVEN"};
constexpr std::string_view kSeverities[] = {"ERROR", "WARNING"};
constexpr std::string_view kInspections[] = {"INFO", "DEBUG", "TRACE"};
constexpr std::string_view kValidationModes[] = {"STRICT", "PRESENT", "NONE"};
constexpr Shape kType = one_of(kTypes), kIncludedData = one_of(kIncluded), kStatus = one_of(kStatuses),
                kRedriveFilter = one_of(kRedrives), kSeverity = one_of(kSeverities),
                kInspection = one_of(kInspections), kValidationMode = one_of(kValidationModes),
                kLevel = one_of(kLevels), kKeyType = one_of(kKeyTypes);

constexpr Shape kTagKey = text(1, 128), kTagValue = text(0, 256), kKmsKey = text(1, 2'048),
                kKeyPeriod = integer(60, 900);
constexpr Member kTagMembers[] = {{"key", &kTagKey}, {"value", &kTagValue}};
constexpr Shape kTag = structure(kTagMembers, "Tag"), kTags = list_of(kTag), kTagKeys = list_of(kTagKey);

constexpr Member kLogGroupMembers[] = {{"logGroupArn", &kArn}};
constexpr Shape kLogGroup = structure(kLogGroupMembers, "CloudWatchLogsLogGroup");
constexpr Member kDestinationMembers[] = {{"cloudWatchLogsLogGroup", &kLogGroup}};
constexpr Shape kDestination = structure(kDestinationMembers, "LogDestination"),
                kDestinations = list_of(kDestination);
constexpr Member kLoggingMembers[] = {
    {"level", &kLevel}, {"includeExecutionData", &kBoolean}, {"destinations", &kDestinations}};
constexpr Shape kLogging = structure(kLoggingMembers, "LoggingConfiguration");
constexpr Member kTracingMembers[] = {{"enabled", &kBoolean}};
constexpr Shape kTracing = structure(kTracingMembers, "TracingConfiguration");
constexpr Member kEncryptionMembers[] = {
    {"kmsKeyId", &kKmsKey}, {"kmsDataKeyReusePeriodSeconds", &kKeyPeriod}, {"type", &kKeyType, kRequired}};
constexpr Shape kEncryption = structure(kEncryptionMembers, "EncryptionConfiguration");

constexpr Shape kWeight = integer(0, 100);
constexpr Member kRouteMembers[] = {{"stateMachineVersionArn", &kArn, kRequired},
                                    {"weight", &kWeight, kRequired}};
constexpr Shape kRoute = structure(kRouteMembers, "RoutingConfigurationListItem"),
                kRoutes = list_of(kRoute, 1, 2);

// Parameters that several operations have.
constexpr Member kActivityArnOnly[] = {{"activityArn", &kArn, kRequired}};
constexpr Member kMachineArnOnly[] = {{"stateMachineArn", &kArn, kRequired}};
constexpr Member kAliasArnOnly[] = {{"stateMachineAliasArn", &kArn, kRequired}};
constexpr Member kVersionArnOnly[] = {{"stateMachineVersionArn", &kLongArn, kRequired}};
constexpr Member kMapRunArnOnly[] = {{"mapRunArn", &kLongArn, kRequired}};
constexpr Member kResourceArnOnly[] = {{"resourceArn", &kArn, kRequired}};
constexpr Member kTokenOnly[] = {{"taskToken", &kToken, kRequired}};
constexpr Member kPageOnly[] = {{"maxResults", &kPageSize}, {"nextToken", &kPageToken}};
constexpr Member kMachineAndPage[] = {
    {"stateMachineArn", &kArn, kRequired}, {"nextToken", &kPageToken}, {"maxResults", &kPageSize}};
constexpr Member kExecutionAndData[] = {{"executionArn", &kArn, kRequired}, {"includedData", &kIncludedData}};

constexpr Member kCreateActivityMembers[] = {
    {"name", &kName, kRequired}, {"tags", &kTags}, {"encryptionConfiguration", &kEncryption}};
constexpr Member kGetActivityTaskMembers[] = {{"activityArn", &kArn, kRequired}, {"workerName", &kName}};
constexpr Member kCreateMachineMembers[] = {
    {"name", &kName, kRequired},           {"definition", &kDefinition, kRequired},
    {"roleArn", &kArn, kRequired},         {"type", &kType},
    {"loggingConfiguration", &kLogging},   {"tags", &kTags},
    {"tracingConfiguration", &kTracing},   {"publish", &kBoolean},
    {"versionDescription", &kDescription}, {"encryptionConfiguration", &kEncryption}};
constexpr Member kUpdateMachineMembers[] = {{"stateMachineArn", &kArn, kRequired},
                                            {"definition", &kDefinition},
                                            {"roleArn", &kArn},
                                            {"loggingConfiguration", &kLogging},
                                            {"tracingConfiguration", &kTracing},
                                            {"publish", &kBoolean},
                                            {"versionDescription", &kDescription},
                                            {"encryptionConfiguration", &kEncryption}};
constexpr Member kDescribeMachineMembers[] = {{"stateMachineArn", &kArn, kRequired},
                                              {"includedData", &kIncludedData}};
constexpr Shape kDiagnosticsPageSize = integer(0, 100);
constexpr Member kValidateMembers[] = {{"definition", &kDefinition, kRequired},
                                       {"type", &kType},
                                       {"severity", &kSeverity},
                                       {"maxResults", &kDiagnosticsPageSize}};
constexpr Member kPublishMembers[] = {
    {"stateMachineArn", &kArn, kRequired}, {"revisionId", &kText}, {"description", &kDescription}};
constexpr Member kCreateAliasMembers[] = {{"description", &kDescription},
                                          {"name", &kAliasName, kRequired},
                                          {"routingConfiguration", &kRoutes, kRequired}};
constexpr Member kUpdateAliasMembers[] = {{"stateMachineAliasArn", &kArn, kRequired},
                                          {"description", &kDescription},
                                          {"routingConfiguration", &kRoutes}};
constexpr Member kStartMembers[] = {{"stateMachineArn", &kArn, kRequired},
                                    {"name", &kName},
                                    {"input", &kData},
                                    {"traceHeader", &kTraceHeader}};
constexpr Member kStartSyncMembers[] = {{"stateMachineArn", &kArn, kRequired},
                                        {"name", &kName},
                                        {"input", &kData},
                                        {"traceHeader", &kTraceHeader},
                                        {"includedData", &kIncludedData}};
constexpr Member kStopMembers[] = {
    {"executionArn", &kArn, kRequired}, {"error", &kErrorText}, {"cause", &kCauseText}};
constexpr Member kListExecutionsMembers[] = {{"stateMachineArn", &kArn}, {"statusFilter", &kStatus},
                                             {"maxResults", &kPageSize}, {"nextToken", &kExecutionsPageToken},
                                             {"mapRunArn", &kLongArn},   {"redriveFilter", &kRedriveFilter}};
constexpr Member kHistoryMembers[] = {{"executionArn", &kArn, kRequired},
                                      {"maxResults", &kPageSize},
                                      {"reverseOrder", &kBoolean},
                                      {"nextToken", &kPageToken},
                                      {"includeExecutionData", &kBoolean}};
constexpr Member kRedriveMembers[] = {{"executionArn", &kArn, kRequired}, {"clientToken", &kClientToken}};
constexpr Member kTaskSuccessMembers[] = {{"taskToken", &kToken, kRequired}, {"output", &kData, kRequired}};
constexpr Member kTaskFailureMembers[] = {
    {"taskToken", &kToken, kRequired}, {"error", &kErrorText}, {"cause", &kCauseText}};
constexpr Member kUpdateMapRunMembers[] = {{"mapRunArn", &kLongArn, kRequired},
                                           {"maxConcurrency", &kNatural},
                                           {"toleratedFailurePercentage", &kPercentage},
                                           {"toleratedFailureCount", &kNatural}};
constexpr Member kListMapRunsMembers[] = {
    {"executionArn", &kArn, kRequired}, {"maxResults", &kPageSize}, {"nextToken", &kPageToken}};
constexpr Member kTagMembersOf[] = {{"resourceArn", &kArn, kRequired}, {"tags", &kTags, kRequired}};
constexpr Member kUntagMembers[] = {{"resourceArn", &kArn, kRequired}, {"tagKeys", &kTagKeys, kRequired}};

constexpr Member kMockErrorMembers[] = {{"error", &kErrorText}, {"cause", &kCauseText}};
constexpr Shape kMockError = structure(kMockErrorMembers);
constexpr Member kMockMembers[] = {
    {"result", &kData}, {"errorOutput", &kMockError}, {"fieldValidationMode", &kValidationMode}};
constexpr Shape kMock = structure(kMockMembers);
constexpr Member kTestStateConfigurationMembers[] = {{"retrierRetryCount", &kNatural},
                                                     {"errorCausedByState", &kStateName},
                                                     {"mapIterationFailureCount", &kNatural},
                                                     {"mapItemReaderData", &kData}};
constexpr Shape kTestStateConfiguration = structure(kTestStateConfigurationMembers);
constexpr Member kTestStateMembers[] = {{"definition", &kDefinition, kRequired},
                                        {"roleArn", &kArn},
                                        {"input", &kData},
                                        {"inspectionLevel", &kInspection},
                                        {"revealSecrets", &kBoolean},
                                        {"variables", &kData},
                                        {"stateName", &kStateName},
                                        {"mock", &kMock},
                                        {"context", &kData},
                                        {"stateConfiguration", &kTestStateConfiguration}};

}  // namespace

constinit const Shape kCreateActivity = structure(kCreateActivityMembers);
constinit const Shape kDeleteActivity = structure(kActivityArnOnly);
constinit const Shape kDescribeActivity = structure(kActivityArnOnly);
constinit const Shape kGetActivityTask = structure(kGetActivityTaskMembers);
constinit const Shape kListActivities = structure(kPageOnly);
constinit const Shape kCreateStateMachine = structure(kCreateMachineMembers);
constinit const Shape kUpdateStateMachine = structure(kUpdateMachineMembers);
constinit const Shape kDescribeStateMachine = structure(kDescribeMachineMembers);
constinit const Shape kDeleteStateMachine = structure(kMachineArnOnly);
constinit const Shape kListStateMachines = structure(kPageOnly);
constinit const Shape kValidateStateMachineDefinition = structure(kValidateMembers);
constinit const Shape kDescribeStateMachineForExecution = structure(kExecutionAndData);
constinit const Shape kPublishStateMachineVersion = structure(kPublishMembers);
constinit const Shape kDeleteStateMachineVersion = structure(kVersionArnOnly);
constinit const Shape kListStateMachineVersions = structure(kMachineAndPage);
constinit const Shape kCreateStateMachineAlias = structure(kCreateAliasMembers);
constinit const Shape kUpdateStateMachineAlias = structure(kUpdateAliasMembers);
constinit const Shape kDescribeStateMachineAlias = structure(kAliasArnOnly);
constinit const Shape kDeleteStateMachineAlias = structure(kAliasArnOnly);
constinit const Shape kListStateMachineAliases = structure(kMachineAndPage);
constinit const Shape kStartExecution = structure(kStartMembers);
constinit const Shape kStartSyncExecution = structure(kStartSyncMembers);
constinit const Shape kStopExecution = structure(kStopMembers);
constinit const Shape kDescribeExecution = structure(kExecutionAndData);
constinit const Shape kListExecutions = structure(kListExecutionsMembers);
constinit const Shape kGetExecutionHistory = structure(kHistoryMembers);
constinit const Shape kRedriveExecution = structure(kRedriveMembers);
constinit const Shape kSendTaskSuccess = structure(kTaskSuccessMembers);
constinit const Shape kSendTaskFailure = structure(kTaskFailureMembers);
constinit const Shape kSendTaskHeartbeat = structure(kTokenOnly);
constinit const Shape kDescribeMapRun = structure(kMapRunArnOnly);
constinit const Shape kUpdateMapRun = structure(kUpdateMapRunMembers);
constinit const Shape kListMapRuns = structure(kListMapRunsMembers);
constinit const Shape kTagResource = structure(kTagMembersOf);
constinit const Shape kUntagResource = structure(kUntagMembers);
constinit const Shape kListTagsForResource = structure(kResourceArnOnly);
constinit const Shape kTestState = structure(kTestStateMembers);

}  // namespace soma::workflow::api
