#include "services/memory/memory.h"

#include <fstream>
#include <future>

#include "services/memory/memory_test_kit.h"

namespace soma::memory {
namespace {

using os::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

StrategySpec facts() {
  return {
      .type = StrategyType::kSemantic, .name = "CaseFiles", .namespace_template = "/cases/{actorId}/facts/"};
}

std::vector<std::string> texts(const std::vector<Event>& events) {
  std::vector<std::string> out;
  for (const Event& event : events) out.push_back(event.payload.front().text);
  return out;
}

class MemoryEventsTest : public MemoryTest {
 protected:
  std::vector<std::string> listed(const Memory& memory, EventFilter filter = {}) {
    return texts(get(service_->events(memory.id, "sloane", "first", filter, 100, "")).items);
  }
};
class MemoryRecordsTest : public MemoryTest {
 protected:
  std::vector<BatchOutcome> write(const Memory& memory,
                                  std::vector<std::pair<std::string, std::string>> records,
                                  std::string token = {}) {
    std::vector<NewRecord> wanted;
    for (auto& [name_space, text] : records)
      wanted.push_back({.request_id = "r" + std::to_string(wanted.size()),
                        .name_space = std::move(name_space),
                        .text = std::move(text),
                        .at = clock_.now()});
    return get(service_->create_records(memory.id, std::move(wanted), std::move(token)));
  }
  std::vector<std::string> found(const Memory& memory, RecordFilter filter, std::string_view question,
                                 size_t top_k = 10) {
    std::vector<std::string> out;
    for (const FoundRecord& each : get(service_->retrieve(memory.id, filter, std::string(question), top_k)))
      out.push_back(each.record.text);
    return out;
  }
};

TEST_F(MemoryTest, AMemoryIsThereAfterARestart) {
  const Memory memory = make({facts()});
  EXPECT_THAT(memory.id, testing::MatchesRegex("notebook-[A-Za-z0-9]{10}"));
  reopen();
  const Memory again = get(service_->get(memory.arn()));
  EXPECT_EQ(again.id, memory.id);
  ASSERT_THAT(again.strategies, SizeIs(1));
  EXPECT_EQ(again.strategies.front().spec.namespace_template, "/cases/{actorId}/facts/");
}

TEST_F(MemoryTest, ANameIsTakenOnceAndATokenAnswersTheSame) {
  const Memory first = get(service_->create({.name = "a", .client_token = "once"}));
  EXPECT_EQ(get(service_->create({.name = "a", .client_token = "once"})).id, first.id);
  const auto refused = wait(service_->create({.name = "a"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAlreadyExists);
}

TEST_F(MemoryTest, WhatItMayNotBeIsRefusedByName) {
  const std::pair<NewMemory, std::string> cases[] = {
      {{.name = "1st"}, "name is '1st'"},
      {{.name = "m", .event_expiry_days = 2}, "eventExpiryDuration is 2 days"},
      {{.name = "m", .strategies = {{.name = "a b"}}}, "a strategy's name is 'a b'"},
      {{.name = "m", .strategies = {{.name = "a"}, {.name = "a"}}}, "a strategy's name is 'a'"},
      {{.name = "m", .strategies = {{.name = "a", .namespace_template = "/{actor}/"}}},
       "namespaceTemplates is"},
      {{.name = "m",
        .strategies =
            {{.type = StrategyType::kSummarization, .name = "a", .namespace_template = "/{actorId}/"}}},
       "namespaceTemplates is '/{actorId}/'"},
      {{.name = "m",
        .strategies = {{.type = StrategyType::kEpisodic,
                        .name = "a",
                        .namespace_template = "/e/{actorId}/{sessionId}/",
                        .reflection_template = "/e/{actorId}/{sessionId}/deeper/"}}},
       "is not above the episodes' namespace"},
      {{.name = "m", .indexed_keys = {{"k", "TEXT"}}}, "indexedKeys.type is 'TEXT'"},
  };
  for (const auto& [wanted, message] : cases) {
    const auto refused = wait(service_->create(wanted));
    ASSERT_FALSE(refused) << message;
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
    EXPECT_THAT(refused.error().message, HasSubstr(message));
  }
  EXPECT_THAT(get(service_->list(10, "")).items, IsEmpty());
}

TEST_F(MemoryTest, AnEpisodicStrategyReflectsAboveItsSessions) {
  const Memory memory = make({{.type = StrategyType::kEpisodic, .name = "Interrogations"}});
  const StrategySpec& spec = memory.strategies.front().spec;
  EXPECT_EQ(spec.namespace_template, "/strategies/{memoryStrategyId}/actors/{actorId}/sessions/{sessionId}/");
  EXPECT_EQ(spec.reflection_template, "/strategies/{memoryStrategyId}/actors/{actorId}/");
}

TEST_F(MemoryTest, MemoriesAreListedInPages) {
  for (const char* name : {"a", "b", "c"}) {
    get(service_->create({.name = name}));
    clock_.advance(std::chrono::seconds(1));
  }
  const Page<Memory> first = get(service_->list(2, ""));
  ASSERT_THAT(first.items, SizeIs(2));
  const Page<Memory> second = get(service_->list(2, first.next_token));
  ASSERT_THAT(second.items, SizeIs(1));
  EXPECT_EQ(second.items.front().name, "c");
  EXPECT_EQ(second.next_token, "");
}

TEST_F(MemoryTest, AnUpdateKeepsWhatItDoesNotName) {
  const Memory memory = make({facts()});
  const Memory changed =
      get(service_->update(memory.id, {.description = "the case",
                                       .modify = {{.id = memory.strategies[0].id, .description = "facts"}}}));
  EXPECT_EQ(changed.description, "the case");
  EXPECT_EQ(changed.strategies[0].spec.description, "facts");
  EXPECT_EQ(changed.strategies[0].spec.namespace_template, "/cases/{actorId}/facts/");
  const auto refused = wait(service_->update(memory.id, {.remove = {"nothing-0123456789"}}));
  EXPECT_EQ(refused.error().code, Code::kNotFound);
}

TEST_F(MemoryTest, ChangesOfOneMomentAllCount) {
  const Memory memory = make();
  std::vector<std::future<os::Result<Memory>>> updates;
  for (size_t each = 0; each < kMaxStrategies; ++each) {
    MemoryUpdate update{.add = {{.name = "s" + std::to_string(each)}}};
    updates.push_back(boost::asio::co_spawn(
        loops_->executor(each % 2), service_->update(memory.id, std::move(update)), boost::asio::use_future));
  }
  for (auto& update : updates) ASSERT_TRUE(update.get());
  EXPECT_THAT(get(service_->get(memory.id)).strategies, SizeIs(kMaxStrategies));
}

// A strategy that has gone leaves nothing behind that waits for it.
TEST_F(MemoryEventsTest, WhatARemovedStrategyWaitedForIsDropped) {
  const Memory memory = make({facts()});
  say(memory, "I live in Oslo.");
  get(service_->update(memory.id, {.remove = {memory.strategies[0].id}}));
  settle(memory);
  say(memory, "I live in Bergen.");
  settle(memory);
  EXPECT_THAT(get(service_->records(memory.id, {.path = "/"}, 10, "")).items, IsEmpty());
}

TEST_F(MemoryEventsTest, EventsAreListedNewestFirstAndSurviveARestart) {
  const Memory memory = make();
  say(memory, "one");
  clock_.advance(std::chrono::seconds(1));
  say(memory, "two");
  say(memory, "three");
  reopen();
  EXPECT_THAT(listed(memory), ElementsAre("three", "two", "one"));
}

TEST_F(MemoryEventsTest, AnIdSaysWhenAndSortsByIt) {
  const Memory memory = make();
  const Event event = say(memory, "one");
  EXPECT_THAT(event.id, testing::MatchesRegex("0000001767225600000#[0-9a-f]{8}"));
  EXPECT_EQ(get(service_->event(memory.id, "sloane", "first", event.id)).payload.front().text, "one");
}

TEST_F(MemoryEventsTest, ARepeatedEventIsTheFirstOne) {
  const Memory memory = make();
  NewEvent event{.memory_id = memory.id,
                 .actor_id = "sloane",
                 .session_id = "first",
                 .at = clock_.now(),
                 .client_token = "once"};
  event.payload.push_back({.text = "one"});
  const Event first = get(service_->create_event(event));
  EXPECT_EQ(get(service_->create_event(event)).id, first.id);
  EXPECT_THAT(listed(memory), SizeIs(1));
}

TEST_F(MemoryEventsTest, EventsExpire) {
  const Memory memory = get(service_->create({.name = "short", .event_expiry_days = 3}));
  say(memory, "one");
  clock_.advance(std::chrono::days(3));
  EXPECT_THAT(listed(memory), IsEmpty());
}

TEST_F(MemoryEventsTest, PagesGoOnWhereTheyEnded) {
  const Memory memory = make();
  for (const char* text : {"1", "2", "3"}) say(memory, text);
  const Page<Event> first = get(service_->events(memory.id, "sloane", "first", {}, 2, ""));
  EXPECT_THAT(texts(first.items), ElementsAre("3", "2"));
  const Page<Event> second = get(service_->events(memory.id, "sloane", "first", {}, 2, first.next_token));
  EXPECT_THAT(texts(second.items), ElementsAre("1"));
  EXPECT_EQ(second.next_token, "");
}

TEST_F(MemoryEventsTest, ABranchShowsWhatItGoesOnFrom) {
  const Memory memory = make();
  say(memory, "one");
  clock_.advance(std::chrono::seconds(1));
  const Event root = say(memory, "two");
  clock_.advance(std::chrono::seconds(1));
  say(memory, "three");
  NewEvent other{.memory_id = memory.id,
                 .actor_id = "sloane",
                 .session_id = "first",
                 .at = clock_.now(),
                 .branch = Branch{"other", root.id}};
  other.payload.push_back({.text = "instead"});
  get(service_->create_event(other));
  EXPECT_THAT(listed(memory, {.branch = "other"}), ElementsAre("instead", "two", "one"));
  EXPECT_THAT(listed(memory, {.branch = "other", .parent_branches = false}), ElementsAre("instead"));
  EXPECT_THAT(listed(memory), ElementsAre("instead", "three", "two", "one"));
  other.branch->root_event_id = "0000000000000000001#00000001";
  EXPECT_FALSE(wait(service_->create_event(other)));
}

TEST_F(MemoryEventsTest, MetadataFilters) {
  const Memory memory = make();
  for (const char* place : {"study", "hotel"}) {
    NewEvent event{.memory_id = memory.id,
                   .actor_id = "sloane",
                   .session_id = "first",
                   .at = clock_.now(),
                   .metadata = {{"place", std::string(place)}}};
    event.payload.push_back({.text = place});
    get(service_->create_event(event));
  }
  say(memory, "nowhere");
  const MetadataFilter study{"place", MetadataOperator::kEqualsTo, std::string("study")};
  EXPECT_THAT(listed(memory, {.metadata = {study}}), ElementsAre("study"));
  EXPECT_THAT(listed(memory, {.metadata = {{"place", MetadataOperator::kNotExists}}}),
              ElementsAre("nowhere"));
}

TEST_F(MemoryEventsTest, ADeletedEventIsNowhere) {
  const Memory memory = make();
  const Event event = say(memory, "the narrow door behind the bookcase");
  ASSERT_THAT(get(service_->recall(memory.id, "sloane", "", "bookcase door", 5)), SizeIs(1));
  ASSERT_TRUE(wait(service_->delete_event(memory.id, "sloane", "first", event.id)));
  EXPECT_THAT(get(service_->recall(memory.id, "sloane", "", "bookcase door", 5)), IsEmpty());
  EXPECT_EQ(wait(service_->delete_event(memory.id, "sloane", "first", event.id)).error().code,
            Code::kNotFound);
  close();
  for (const char* file : {"", "-wal"}) {
    std::ifstream stream(path() + file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_THAT(bytes, Not(HasSubstr("narrow door")));
  }
  open();
}

TEST_F(MemoryEventsTest, SessionsAndActorsAreThoseThatSaidSomething) {
  const Memory memory = make();
  say(memory, "a", Role::kUser, "first", "sloane");
  say(memory, "b", Role::kUser, "second", "sloane");
  say(memory, "c", Role::kUser, "first", "team/watson");
  EXPECT_THAT(get(service_->actors(memory.id, 10, "")).items, ElementsAre("sloane", "team/watson"));
  const Page<SessionSummary> sessions = get(service_->sessions(memory.id, "sloane", 1, ""));
  ASSERT_THAT(sessions.items, SizeIs(1));
  EXPECT_EQ(sessions.items.front().session_id, "second");
  EXPECT_EQ(get(service_->sessions(memory.id, "sloane", 1, sessions.next_token)).items.front().session_id,
            "first");
}

// The namespace of "team" has that of "team/ada" below it.
TEST_F(MemoryEventsTest, NobodyIsForgottenWithSomebodyElse) {
  const Memory memory = make({facts()});
  say(memory, "I live in Oslo.", Role::kUser, "first", "team/ada");
  say(memory, "I live in Bergen.", Role::kUser, "first", "team");
  settle(memory);
  const auto refused = wait(service_->forget(memory.id, "team"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("team/ada"));
  EXPECT_EQ(get(service_->forget(memory.id, "team/ada")).records, 1U);
  EXPECT_EQ(get(service_->forget(memory.id, "team")).records, 1U);
}

TEST_F(MemoryEventsTest, RecallFindsWhatWasSaid) {
  const Memory memory = make();
  say(memory, "The bartender says that Helena left the hotel bar at 11:30.");
  say(memory, "Search the study, please.");
  const std::vector<FoundTurn> found =
      get(service_->recall(memory.id, "sloane", "", "When did Helena leave?", 1));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found.front().text, HasSubstr("11:30"));
  EXPECT_THAT(get(service_->recall(memory.id, "watson", "", "Helena", 5)), IsEmpty());
}

TEST_F(MemoryRecordsTest, TheBestRecordsOfANamespaceAreRetrieved) {
  const Memory memory = make();
  write(memory, {{"/cases/sloane/facts/", "Helena Voss left the hotel bar at 11:30."},
                 {"/cases/sloane/facts/", "The study window was broken from inside."},
                 {"/cases/sloane/notes/", "Helena was at the bar until midnight, she says."},
                 {"/cases/sloanes/facts/", "Helena is somebody else's."}});
  EXPECT_THAT(found(memory, {.name_space = "/cases/sloane/facts/"}, "Helena bar"),
              ElementsAre("Helena Voss left the hotel bar at 11:30."));
  EXPECT_THAT(found(memory, {.path = "/cases/sloane"}, "Helena"), SizeIs(2));
  EXPECT_THAT(found(memory, {.path = "/cases/sloane"}, "bicycle"), IsEmpty());
}

TEST_F(MemoryRecordsTest, AnElementThatFailsFailsAlone) {
  const Memory memory = make();
  const std::vector<BatchOutcome> outcomes = write(memory, {{"/a", "kept"}, {"/a", ""}});
  EXPECT_FALSE(outcomes[0].error);
  ASSERT_TRUE(outcomes[1].error);
  EXPECT_EQ(outcomes[1].request_id, "r1");
  EXPECT_THAT(get(service_->records(memory.id, {.path = "/"}, 10, "")).items, SizeIs(1));
}

TEST_F(MemoryRecordsTest, ARepeatedBatchWritesNothingNew) {
  const Memory memory = make();
  const auto first = write(memory, {{"/a", "once"}, {"/a", ""}}, "token");
  const auto again = write(memory, {{"/a", "once"}, {"/a", ""}}, "token");
  EXPECT_EQ(first[0].record_id, again[0].record_id);
  EXPECT_EQ(first[1].error->message, again[1].error->message);
  EXPECT_THAT(get(service_->records(memory.id, {.path = "/"}, 10, "")).items, SizeIs(1));
}

TEST_F(MemoryRecordsTest, ARewrittenRecordIsFoundByItsNewWordsAlone) {
  const Memory memory = make();
  const std::string id = write(memory, {{"/a", "The safe is behind the painting."}}).front().record_id;
  EXPECT_THAT(found(memory, {.path = "/a"}, "painting"), SizeIs(1));
  get(service_->update_records(memory.id,
                               {{.id = id, .at = clock_.now(), .text = "The safe is under the floor."}}));
  EXPECT_THAT(found(memory, {.path = "/a"}, "painting"), IsEmpty());
  EXPECT_THAT(found(memory, {.path = "/a"}, "floor"), SizeIs(1));
  get(service_->delete_records(memory.id, {id}));
  EXPECT_THAT(found(memory, {.path = "/a"}, "floor"), IsEmpty());
  EXPECT_EQ(service_->record(memory.id, id).error().code, Code::kNotFound);
}

TEST_F(MemoryRecordsTest, MetadataRefusesWhatWordsFound) {
  const Memory memory = make();
  std::vector<NewRecord> records;
  for (const double weight : {1.0, 5.0})
    records.push_back({.request_id = "r",
                       .name_space = "/a",
                       .text = "evidence",
                       .at = clock_.now(),
                       .metadata = {{"weight", weight}}});
  get(service_->create_records(memory.id, records, ""));
  const RecordFilter heavy{.path = "/a", .metadata = {{"weight", MetadataOperator::kGreaterThan, 2.0}}};
  EXPECT_THAT(found(memory, heavy, "evidence", 1), SizeIs(1));
  EXPECT_THAT(get(service_->records(memory.id, heavy, 10, "")).items, SizeIs(1));
}

TEST_F(MemoryRecordsTest, ChangesAreTheNewsSinceAPlace) {
  const Memory memory = make();
  say(memory, "one");
  write(memory, {{"/a", "record"}});
  const Changes first = get(service_->changes(memory.id, 0, 100, clock_.now()));
  EXPECT_THAT(first.events, SizeIs(1));
  EXPECT_THAT(first.records, SizeIs(1));
  const Changes none = get(service_->changes(memory.id, first.upto, 100, clock_.now()));
  EXPECT_THAT(none.events, IsEmpty());
  say(memory, "two");
  EXPECT_THAT(texts(get(service_->changes(memory.id, first.upto, 100, os::Time::max())).events),
              ElementsAre("two"));
}

TEST_F(MemoryTest, TheAmountIsOfOneMemoryAsOfItsNewestChange) {
  const Memory memory = make();
  say(memory, "one");
  say(memory, "two");
  const Service::Amount amount = get(service_->amount(memory.id));
  EXPECT_EQ(amount.events, 2U);
  EXPECT_EQ(amount.last_change, service_->last_change());
  const std::string other = get(service_->create({.name = "Other"})).id;
  EXPECT_EQ(get(service_->amount(other)).events, 0U);
  EXPECT_EQ(service_->amount("nobody-0123456789").error().code, Code::kNotFound);
}

TEST_F(MemoryTest, ARemovedMemoryTakesEverythingWithIt) {
  const Memory memory = make();
  say(memory, "one");
  get(service_->remove(memory.id));
  EXPECT_EQ(service_->get(memory.id).error().code, Code::kNotFound);
  EXPECT_EQ(get(service_->statistics()).events, 0U);
  reopen();
  EXPECT_EQ(get(service_->statistics()).memories, 0U);
}

}  // namespace
}  // namespace soma::memory
