#include "services/memory/api/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/memory/api/api_errors.h"

namespace soma::memory::api {
namespace {

using json::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value ? std::move(*value) : Value();
}

// The message of a refusal; what was read is of no interest then.
template <class T>
std::string refusal(const os::Result<T>& result) {
  if (result) return "it was accepted";
  EXPECT_EQ(result.error().code, os::Code::kInvalidArgument);
  return result.error().message;
}

TEST(MemoryWire, ReadsAMemoryWithItsStrategies) {
  const auto read = new_memory(parsed(R"({
    "name": "Shared", "eventExpiryDuration": 30, "clientToken": "t",
    "memoryStrategies": [
      {"semanticMemoryStrategy": {"name": "Facts", "namespaceTemplates": ["/facts/{actorId}/"]}},
      {"episodicMemoryStrategy": {"name": "Tries", "namespaces": ["/tries/{actorId}/{sessionId}/"],
        "reflectionConfiguration": {"namespaceTemplates": ["/tries/{actorId}/"]}}}],
    "indexedKeys": [{"key": "priority", "type": "NUMBER"}]})"));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->event_expiry_days, 30);
  ASSERT_EQ(read->strategies.size(), 2u);
  EXPECT_EQ(read->strategies[0].type, StrategyType::kSemantic);
  EXPECT_EQ(read->strategies[0].namespace_template, "/facts/{actorId}/");
  EXPECT_EQ(read->strategies[1].type, StrategyType::kEpisodic);
  EXPECT_EQ(read->strategies[1].reflection_template, "/tries/{actorId}/");
  EXPECT_THAT(read->indexed_keys, ElementsAre(IndexedKey{"priority", "NUMBER"}));
}

TEST(MemoryWire, NamesEveryMemberThatIsWrong) {
  const auto read = new_memory(parsed(R"({
    "name": "1st", "descriptoin": "a",
    "memoryStrategies": [{"semanticMemoryStrategy": {}}]})"));
  const std::string message = refusal(read);
  EXPECT_THAT(message, HasSubstr("name: must match"));
  EXPECT_THAT(message, HasSubstr("eventExpiryDuration: is required"));
  EXPECT_THAT(message, HasSubstr("memoryStrategies[0].semanticMemoryStrategy.name: is required"));
  EXPECT_THAT(message, HasSubstr("descriptoin: is not known here; did you mean description?"));
}

TEST(MemoryWire, AStrategyIsExactlyOneOfTheUnion) {
  const auto none =
      new_memory(parsed(R"({"name": "a", "eventExpiryDuration": 7, "memoryStrategies": [{}]})"));
  EXPECT_THAT(refusal(none), HasSubstr("memoryStrategies[0]: must have exactly one of"));
  const auto two = new_memory(parsed(R"({"name": "a", "eventExpiryDuration": 7, "memoryStrategies": [
    {"semanticMemoryStrategy": {"name": "b"}, "summaryMemoryStrategy": {"name": "c"}}]})"));
  EXPECT_THAT(refusal(two), HasSubstr("memoryStrategies[0]: must have exactly one of"));
}

TEST(MemoryWire, SaysWhyPromptsAreNotOffered) {
  const auto read = new_memory(parsed(R"({"name": "a", "eventExpiryDuration": 7, "memoryStrategies": [
    {"customMemoryStrategy": {}}]})"));
  EXPECT_THAT(refusal(read), HasSubstr("customMemoryStrategy: is not offered"));
  EXPECT_THAT(refusal(read), HasSubstr("BatchCreateMemoryRecords"));
}

TEST(MemoryWire, TheOlderNameOfATemplateMaySayTheSame) {
  const auto same = new_memory(parsed(R"({"name": "a", "eventExpiryDuration": 7, "memoryStrategies": [
    {"semanticMemoryStrategy": {"name": "b", "namespaces": ["/x/"], "namespaceTemplates": ["/x/"]}}]})"));
  EXPECT_TRUE(same);
  const auto other = new_memory(parsed(R"({"name": "a", "eventExpiryDuration": 7, "memoryStrategies": [
    {"semanticMemoryStrategy": {"name": "b", "namespaces": ["/x/"], "namespaceTemplates": ["/y/"]}}]})"));
  EXPECT_THAT(refusal(other), HasSubstr("namespaces: must be absent, or say the same"));
}

TEST(MemoryWire, ReadsAnUpdateOfReflections) {
  const auto read = memory_update(parsed(R"({"memoryStrategies": {
    "modifyMemoryStrategies": [{"memoryStrategyId": "Tries-0123456789", "configuration": {"reflection": {
      "episodicReflectionConfiguration": {"namespaceTemplates": ["/tries/"]}}}}],
    "deleteMemoryStrategies": [{"memoryStrategyId": "Facts-0123456789"}]}})"));
  ASSERT_TRUE(read) << read.error().to_string();
  ASSERT_EQ(read->modify.size(), 1u);
  EXPECT_EQ(read->modify[0].reflection_template, "/tries/");
  EXPECT_FALSE(read->modify[0].namespace_template);
  EXPECT_THAT(read->remove, ElementsAre("Facts-0123456789"));
}

TEST(MemoryWire, WritesReflectionsWhereTheApiTellsThem) {
  Memory memory{.id = "Shared-0123456789", .name = "Shared"};
  memory.strategies.push_back({.id = "Tries-0123456789",
                               .spec = {.type = StrategyType::kEpisodic,
                                        .name = "Tries",
                                        .namespace_template = "/tries/{sessionId}/",
                                        .reflection_template = "/tries/"}});
  const Value body = memory_json(memory, Times::kSeconds);
  const Value& strategy = body.get("strategies").at(0);
  EXPECT_EQ(strategy.get("type"), Value("EPISODIC"));
  EXPECT_EQ(strategy.get("namespaces"), strategy.get("namespaceTemplates"));
  const Value* reflections =
      strategy.pointer("/configuration/reflection/episodicReflectionConfiguration/namespaceTemplates/0");
  ASSERT_NE(reflections, nullptr);
  EXPECT_EQ(*reflections, Value("/tries/"));
}

TEST(MemoryWire, AnEventComesBackAsItWasSent) {
  const std::string text = R"([{"conversational": {"content": {"text": "hi"}, "role": "TOOL"}},
    {"blob": {"any": [1, null]}}, {"json": {"content": [true]}}])";
  const auto read = new_event(
      json::object(
          {{"actorId", "team/anna"}, {"eventTimestamp", 1'700'000'000.25}, {"payload", parsed(text)}}),
      "Shared-0123456789");
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(os::unix_ms(read->at), 1'700'000'000'250);
  const Event event{.id = "1#a", .actor_id = read->actor_id, .at = read->at, .payload = read->payload};
  const Value body = event_json("Shared-0123456789", event, true, Times::kSeconds);
  EXPECT_EQ(body.get("payload"), parsed(text));
  EXPECT_EQ(body.get("eventTimestamp"), Value(1'700'000'000.25));
  EXPECT_FALSE(event_json("Shared-0123456789", event, false, Times::kSeconds).has("payload"));
}

TEST(MemoryWire, AnEventsActorMayBeAPath) {
  for (const char* good : {"anna", "team/anna", "a:b/c", "a1-_/x:y:z"}) EXPECT_TRUE(actor_id(good)) << good;
  for (const char* bad : {"", "/anna", "a:", "a b", "a#b", "a::b"}) EXPECT_FALSE(actor_id(bad)) << bad;
}

TEST(MemoryWire, APayloadIsExactlyOneOfTheUnion) {
  const auto read = new_event(parsed(R"({"actorId": "a", "eventTimestamp": 1, "payload": [
    {"conversational": {"content": {"text": "hi"}, "role": "user"}}, {}, {"blob": 1, "json": {"content": 2}}]})"),
                              "Shared-0123456789");
  const std::string message = refusal(read);
  EXPECT_THAT(message, HasSubstr("payload[0].conversational.role: must be one of USER, ASSISTANT"));
  EXPECT_THAT(message, HasSubstr("payload[1]: must have exactly one of"));
  EXPECT_THAT(message, HasSubstr("payload[2]: must have exactly one of"));
}

TEST(MemoryWire, AnEventsMetadataIsTexts) {
  const auto read = new_event(parsed(R"({"actorId": "a", "eventTimestamp": 1, "payload": [],
    "metadata": {"rank": {"numberValue": 1}}})"),
                              "Shared-0123456789");
  EXPECT_THAT(refusal(read), HasSubstr("metadata.rank: must be a stringValue"));
}

TEST(MemoryWire, MetadataHasTheApisCharacters) {
  const auto read = new_event(parsed(R"({"actorId": "a", "eventTimestamp": 1, "payload": [],
    "metadata": {"k!": {"stringValue": "v"}, "fine": {"stringValue": "100%"}}})"),
                              "Shared-0123456789");
  EXPECT_THAT(refusal(read), HasSubstr("the key metadata.k!: must match"));
  EXPECT_THAT(refusal(read), HasSubstr("metadata.fine.stringValue: must match"));
}

TEST(MemoryWire, OfWhatIsNoObjectNothingElseIsWrong) {
  EXPECT_EQ(refusal(new_event(json::Array{}, "Shared-0123456789")), "the body: must be an object");
  const auto element =
      new_memory(parsed(R"({"name": "a", "eventExpiryDuration": 7, "memoryStrategies": [1]})"));
  EXPECT_EQ(refusal(element), "memoryStrategies[0]: must be an object");
}

TEST(MemoryWire, TimesAreNumbersOfSeconds) {
  const auto read =
      new_event(parsed(R"({"actorId": "a", "eventTimestamp": "2026-01-01T00:00:00Z", "payload": []})"),
                "Shared-0123456789");
  EXPECT_THAT(refusal(read), HasSubstr("eventTimestamp: must be a number of seconds since 1970-01-01"));
}

TEST(MemoryWire, ReadsWhichEvents) {
  const auto read = events_request(parsed(R"({"includePayloads": false, "maxResults": 5, "filter": {
    "branch": {"name": "b", "includeParentBranches": false},
    "eventMetadata": [
      {"left": {"metadataKey": "k"}, "operator": "EQUALS_TO", "right": {"metadataValue": {"stringValue": "v"}}},
      {"left": {"metadataKey": "m"}, "operator": "NOT_EXISTS"}]}})"));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_FALSE(read->payloads);
  EXPECT_EQ(read->page.limit, 5u);
  EXPECT_EQ(read->filter.branch, "b");
  EXPECT_FALSE(read->filter.parent_branches);
  ASSERT_EQ(read->filter.metadata.size(), 2u);
  EXPECT_EQ(read->filter.metadata[0].value, MetadataValue("v"));
  EXPECT_EQ(read->filter.metadata[1].op, MetadataOperator::kNotExists);
}

TEST(MemoryWire, AFilterThatComparesNeedsAValue) {
  const auto read = events_request(
      parsed(R"({"filter": {"eventMetadata": [{"left": {"metadataKey": "k"}, "operator": "EQUALS_TO"}]}})"));
  EXPECT_THAT(refusal(read), HasSubstr("filter.eventMetadata[0].right: is required"));
}

TEST(MemoryWire, PagesHaveOneToAHundredElements) {
  EXPECT_EQ(page_request(json::Object{})->limit, 20u);
  EXPECT_TRUE(page_request(parsed(R"({"maxResults": 100})")));
  EXPECT_THAT(refusal(page_request(parsed(R"({"maxResults": 101})"))), HasSubstr("from 1 to 100"));
  EXPECT_THAT(refusal(page_request(parsed(R"({"maxResults": 0})"))), HasSubstr("from 1 to 100"));
  EXPECT_THAT(refusal(jobs_request(parsed(R"({"maxResults": 51})"))), HasSubstr("from 1 to 50"));
}

TEST(MemoryWire, ASearchIsOfOneNamespaceOrOneSubtree) {
  const auto exact =
      search_request(parsed(R"({"namespace": "/a/", "searchCriteria": {"searchQuery": "q"}})"));
  ASSERT_TRUE(exact) << exact.error().to_string();
  EXPECT_EQ(exact->filter.name_space, "/a/");
  EXPECT_EQ(exact->top_k, 10u);
  const auto subtree =
      search_request(parsed(R"({"namespacePath": "/a", "searchCriteria": {"searchQuery": "q", "topK": 3}})"));
  ASSERT_TRUE(subtree);
  EXPECT_EQ(subtree->filter.path, "/a");
  EXPECT_EQ(subtree->top_k, 3u);
  EXPECT_THAT(refusal(search_request(parsed(R"({"searchCriteria": {"searchQuery": "q"}})"))),
              HasSubstr("must have exactly one of namespace, namespacePath"));
  EXPECT_THAT(refusal(search_request(parsed(R"({"namespace": "/a"})"))),
              HasSubstr("searchCriteria: is required"));
}

TEST(MemoryWire, ABatchNamesTheElementThatIsWrong) {
  const auto read = new_records(parsed(R"({"records": [
    {"requestIdentifier": "one", "namespaces": ["/a"], "content": {"text": "x"}, "timestamp": 1},
    {"requestIdentifier": "t w o", "namespaces": [], "content": {}, "timestamp": 1}]})"));
  const std::string message = refusal(read);
  EXPECT_THAT(message, HasSubstr("records[1].requestIdentifier: must match"));
  EXPECT_THAT(message, HasSubstr("records[1].content.text: is required"));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("records[0]")));
}

TEST(MemoryWire, ABatchTellsWhatFailedApart) {
  const std::vector<BatchOutcome> outcomes{
      {.record_id = "mem-1", .request_id = "one"},
      {.record_id = "mem-2", .request_id = "two", .error = os::Error{os::Code::kNotFound, "no such record"}}};
  const Value body = outcomes_json(outcomes);
  EXPECT_EQ(body.get("successfulRecords").size(), 1u);
  const Value& failed = body.get("failedRecords").at(0);
  EXPECT_EQ(failed.get("errorCode"), Value(404));
  EXPECT_EQ(failed.get("errorMessage"), Value("no such record"));
  EXPECT_EQ(failed.get("requestIdentifier"), Value("two"));
}

TEST(MemoryWire, ARecordOfAClientHasAStrategysIdAllTheSame) {
  const Value body = record_json({.id = "mem-1", .text = "x", .superseded_by = "mem-2"}, Times::kSeconds);
  EXPECT_EQ(body.get("memoryStrategyId"), Value("none"));
  EXPECT_EQ(body.get("namespaces"), Value(json::Array{}));
  EXPECT_EQ(body.get("supersededBy"), Value("mem-2"));
  EXPECT_FALSE(body.has("sources"));
}

TEST(MemoryWire, AJobTellsItsMessages) {
  const Value body = job_json({.id = "job", .reason = "why", .sources = {"17#a/3"}});
  const Value& message = body.get("messages").get("messagesList").at(0);
  EXPECT_EQ(message.get("eventId"), Value("17#a"));
  EXPECT_EQ(message.get("messageIndex"), Value(3));
}

TEST(MemoryWire, APathMayNameAMemoryByItsArn) {
  EXPECT_EQ(memory_id("arn:aws:bedrock-agentcore:us-east-1:000000000000:memory/Shared-0123456789"),
            "Shared-0123456789");
  EXPECT_THAT(refusal(memory_id("Shared")), HasSubstr("memoryId: must have 12 to"));
}

TEST(MemoryErrors, HaveTheNamesOfTheApi) {
  const auto status_and_name = [](os::Code code) {
    const net::Response response = error_answer({code, "words"}, "id");
    return std::pair(response.status, std::string(response.headers.get("x-amzn-errortype")));
  };
  EXPECT_EQ(status_and_name(os::Code::kNotFound), std::pair(404, std::string("ResourceNotFoundException")));
  EXPECT_EQ(status_and_name(os::Code::kAlreadyExists), std::pair(400, std::string("ValidationException")));
  EXPECT_EQ(status_and_name(os::Code::kLimitExceeded),
            std::pair(402, std::string("ServiceQuotaExceededException")));
  EXPECT_EQ(status_and_name(os::Code::kInternal), std::pair(500, std::string("ServiceException")));
}

TEST(MemoryErrors, ListTheFieldsThatAreWrong) {
  const auto read = page_request(parsed(R"({"maxResults": 0, "more": 1})"));
  ASSERT_FALSE(read);
  const Value body = parsed(error_answer(read.error(), "id").body);
  EXPECT_EQ(body.get("reason"), Value("FieldValidationFailed"));
  ASSERT_EQ(body.get("fieldList").size(), 2u);
  EXPECT_EQ(body.get("fieldList").at(0).get("name"), Value("maxResults"));
  EXPECT_EQ(body.get("fieldList").at(1).get("message"), Value("is not known here"));
}

TEST(MemoryErrors, ABodyThatIsNoJsonCannotBeParsed) {
  for (const std::string& text : {std::string("{"), std::string(200, '[')}) {
    const auto read = json::parse(text);
    ASSERT_FALSE(read);
    const net::Response response = error_answer(read.error(), "id");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(parsed(response.body).get("reason"), Value("CannotParse"));
  }
}

}  // namespace
}  // namespace soma::memory::api
