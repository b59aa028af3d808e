// What the API's service models say of texts that several requests have.
#pragma once

#include "services/memory/api/members.h"
#include "services/memory/api/wire.h"

namespace soma::memory::api {

inline constexpr TextShape kAnyText{};
inline constexpr TextShape kName{1, 48, R"([a-zA-Z][a-zA-Z0-9_]{0,47})"};
inline constexpr TextShape kDescription{1, kMaxDescriptionBytes};
// RE2 repeats a thousand times at most, so the last part's .{0,1023} is written in two.
inline constexpr TextShape kArn{
    1, 2'048,
    R"(arn:[a-z0-9\-.]{1,63}:[a-z0-9\-.]{0,63}:[a-z0-9\-.]{0,63}:[a-z0-9\-.]{0,63}:[^/].{0,999}.{0,24})"};
inline constexpr TextShape kTemplate{
    1, kMaxTemplateBytes, R"([a-zA-Z0-9\-_/]*(\{(actorId|sessionId|memoryStrategyId)\}[a-zA-Z0-9\-_/]*)*)"};
inline constexpr TextShape kNamespace{1, kMaxNamespaceBytes,
                                      R"([a-zA-Z0-9/*][a-zA-Z0-9\-_/*]*(:[a-zA-Z0-9\-_/*]+)*)"};
inline constexpr TextShape kMemoryId{
    12, 2'048,
    R"((arn:(aws|aws-cn|aws-us-gov):bedrock-agentcore:[a-z0-9\-]+:[0-9]{12}:memory/)?[a-zA-Z][a-zA-Z0-9\-_]{0,99}-[a-zA-Z0-9]{10})"};
inline constexpr TextShape kActorId{1, kMaxActorIdBytes,
                                    R"([a-zA-Z0-9][a-zA-Z0-9\-_/]*(:[a-zA-Z0-9\-_/]+)*)"};
inline constexpr TextShape kSessionId{1, kMaxSessionIdBytes, R"([a-zA-Z0-9][a-zA-Z0-9\-_]*)"};
inline constexpr TextShape kBranchName{1, kMaxBranchNameBytes, R"([a-zA-Z0-9][a-zA-Z0-9\-_]*)"};
inline constexpr TextShape kEventId{1, 128, R"([0-9]+#[a-fA-F0-9]+)"};
inline constexpr TextShape kRecordId{40, 50, R"(mem-[a-zA-Z0-9\-_]*)"};
inline constexpr TextShape kStrategyId{1, 100, R"([a-zA-Z0-9][a-zA-Z0-9\-_]*)"};
inline constexpr TextShape kMetadataKey{1, 128, R"([a-zA-Z0-9\s._:/=+@\-]*)"};
inline constexpr TextShape kMetadataText{0, kMaxMetadataTextBytes, R"([a-zA-Z0-9\s._:/=+@\-]*)"};
inline constexpr TextShape kRequestId{1, 80, R"([a-zA-Z0-9_\-]+)"};
inline constexpr TextShape kClientToken{0, kMaxTokenBytes};
inline constexpr TextShape kPageToken{1, 4'096};

// Why members of the API are refused.
inline constexpr std::string_view kNoRecordExpiry = "is not offered: records stay until they are deleted";
inline constexpr std::string_view kNoOtherVariables =
    "is not offered: a namespace is made of actorId, sessionId and memoryStrategyId";

// maxResults and nextToken.
PageRequest read_page(Members& body, size_t most);
// `namespaces` and `namespaceTemplates`, of which the first is the older name of the second.
std::optional<std::string> read_template(Members& members);
// eventMetadata or metadataFilters: a list of {left, operator, right}.
std::vector<MetadataFilter> read_filters(Members& members, std::string_view member,
                                         std::initializer_list<std::string_view> operators);
Metadata read_metadata(Members& members, std::string_view member, size_t most);

}  // namespace soma::memory::api
