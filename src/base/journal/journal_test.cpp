#include "base/journal/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "base/journal/journal_test_kit.h"

namespace soma::journal {
namespace {

using os::Code;
using testing::ElementsAre;
using testing::HasSubstr;

class JournalTest : public testing::Test, public JournalOnDisk {};

TEST_F(JournalTest, ACreatedRunHasItsEventsInOrder) {
  EXPECT_EQ(*create("r", {{"start", R"({"n":1})"}, {"step", "[2]"}}), 2u);
  EXPECT_EQ(*append("r", 2, {{"step", "3"}}), 3u);
  const auto events = journal().read("r", 1, 10);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 3u);
  EXPECT_EQ((*events)[0].type, "start");
  EXPECT_EQ((*events)[0].body, R"({"n":1})");
  EXPECT_EQ((*events)[2].seq, 3u);
  EXPECT_EQ((*events)[2].at, clock().now());
}

// Whoever told a caller when it began said so before the append: a millisecond later the run said something
// else.
TEST_F(JournalTest, ARunKeepsTheTimeThatItsMakerTellsForItsCreation) {
  const os::Time told = clock().now() - std::chrono::milliseconds(3);
  ASSERT_TRUE(net::run(
      journal().create({.id = "r", .kind = "k", .status = "s", .created = told}, {{"start", "{}"}})));
  EXPECT_EQ(journal().get("r")->created, told);
}

TEST_F(JournalTest, ARunTellsItsStateAndLabels) {
  const os::Time created = clock().now();
  journal::Run run{
      .id = "r", .kind = "session", .status = "idle", .labels = {{"owner", "ada"}, {"zone", "b"}}};
  ASSERT_TRUE(net::run(journal().create(run, {{"start", "{}"}})));
  clock().advance(std::chrono::seconds(5));
  ASSERT_TRUE(
      append("r", 1, {{"end", "{}"}}, {.status = "ended", .labels = {{"zone", "c"}, {"why", "done"}}}));
  const auto seen = journal().get("r");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->kind, "session");
  EXPECT_EQ(seen->status, "ended");
  EXPECT_EQ(seen->last_seq, 2u);
  EXPECT_EQ(seen->created, created);
  EXPECT_EQ(seen->updated, created + std::chrono::seconds(5));
  EXPECT_EQ(seen->label("owner"), "ada");
  EXPECT_EQ(seen->label("zone"), "c");
  EXPECT_EQ(seen->label("why"), "done");
  EXPECT_EQ(seen->label("none"), "");
}

TEST_F(JournalTest, ATakenIdIsRefused) {
  ASSERT_TRUE(create("r"));
  EXPECT_EQ(create("r").error().code, Code::kAlreadyExists);
}

TEST_F(JournalTest, UnknownRunsAreNotFound) {
  EXPECT_EQ(append("none", 0, {{"x", "1"}}).error().code, Code::kNotFound);
  EXPECT_EQ(journal().get("none").error().code, Code::kNotFound);
  EXPECT_EQ(journal().read("none", 1, 1).error().code, Code::kNotFound);
  EXPECT_EQ(net::run(journal().remove("none")).error().code, Code::kNotFound);
  EXPECT_EQ(net::run(journal().wake_at("none", clock().now())).error().code, Code::kNotFound);
}

TEST_F(JournalTest, AStaleWriterIsRefusedAndToldTheRealSeq) {
  ASSERT_TRUE(create("r", {{"a", "1"}}));
  ASSERT_TRUE(append("r", 1, {{"b", "2"}}));
  const auto stale = append("r", 1, {{"c", "3"}});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Code::kConflict);
  EXPECT_THAT(stale.error().message, HasSubstr("its last event is 2"));
  EXPECT_EQ(append("r", 3, {{"c", "3"}}).error().code, Code::kConflict);  // and one that runs ahead
  EXPECT_EQ(journal().get("r")->last_seq, 2u);
}

TEST_F(JournalTest, HistorySurvivesReopeningByteForByte) {
  const std::string body = "{\"text\":\"" + std::string(100'000, 'x') + "\xc3\xa9 \\u0000 end\"}";
  ASSERT_TRUE(create("r", {{"large", body}, {"small", "null"}}));
  reopen();
  const auto events = journal().read("r", 1, 10);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[0].body, body);
  EXPECT_EQ(*append("r", 2, {{"more", "1"}}), 3u);
}

TEST_F(JournalTest, ReadsPagesFromAnyPlace) {
  std::vector<NewEvent> events;
  for (int index = 1; index <= 50; ++index) events.push_back({"n", std::to_string(index)});
  ASSERT_TRUE(create("r", events));
  EXPECT_EQ(journal().read("r", 10, 5)->front().body, "10");
  EXPECT_EQ(journal().read("r", 10, 5)->size(), 5u);
  EXPECT_EQ(journal().read("r", 48, 100)->size(), 3u);
  EXPECT_TRUE(journal().read("r", 51, 100)->empty());
  EXPECT_EQ(journal().read("r", 0, 1)->front().seq, 1u);
}

TEST_F(JournalTest, PipelinedAppendsKeepTheirOrder) {
  ASSERT_TRUE(create("r"));
  constexpr uint64_t kAppends = 500;
  std::atomic<uint64_t> acknowledged = 0;
  std::promise<void> all;
  for (uint64_t seq = 0; seq < kAppends; ++seq)
    journal().append_async("r", seq, {{"n", std::to_string(seq + 1)}}, {},
                           [&, seq](os::Result<uint64_t> result) {
                             EXPECT_EQ(*result, seq + 1);
                             if (++acknowledged == kAppends) all.set_value();
                           });
  all.get_future().wait();
  const auto events = journal().read("r", 1, kAppends);
  for (uint64_t seq = 1; seq <= kAppends; ++seq) EXPECT_EQ((*events)[seq - 1].body, std::to_string(seq));
}

TEST_F(JournalTest, OneRefusedAppendInAPipelineRefusesThoseThatCountOnIt) {
  ASSERT_TRUE(create("r"));
  std::vector<os::Result<uint64_t>> results(3);
  std::promise<void> all;
  const std::vector<std::vector<NewEvent>> appends = {
      {{"a", "1"}}, {{"b", ""}}, {{"c", "3"}}};  // the second has no body
  std::atomic<int> left = 3;
  for (size_t index = 0; index < 3; ++index)
    journal().append_async("r", index, appends[index], {}, [&, index](os::Result<uint64_t> result) {
      results[index] = std::move(result);
      if (--left == 0) all.set_value();
    });
  all.get_future().wait();
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().code, Code::kInvalidArgument);
  EXPECT_EQ(results[2].error().code, Code::kConflict);
}

TEST_F(JournalTest, AnAppendMayOnlyChangeStatus) {
  ASSERT_TRUE(create("r", {{"a", "1"}}));
  EXPECT_EQ(*append("r", 1, {}, {.status = "waiting"}), 1u);
  EXPECT_EQ(journal().get("r")->status, "waiting");
}

TEST_F(JournalTest, ARemovedRunIsGoneAndItsIdIsFree) {
  journal::Run run{.id = "r", .kind = "k", .status = "s", .labels = {{"a", "b"}}};
  ASSERT_TRUE(net::run(journal().create(run, {{"old", "1"}, {"old", "2"}})));
  ASSERT_TRUE(net::run(journal().remove("r")));
  EXPECT_EQ(journal().get("r").error().code, Code::kNotFound);
  EXPECT_EQ(append("r", 2, {{"x", "1"}}).error().code, Code::kNotFound);
  ASSERT_TRUE(create("r", {{"new", "1"}}));
  EXPECT_EQ(journal().get("r")->last_seq, 1u);
  EXPECT_TRUE(journal().get("r")->labels.empty());
  EXPECT_EQ(journal().read("r", 1, 10)->front().type, "new");
}

TEST_F(JournalTest, ListsNewestFirstPageByPage) {
  for (int index = 0; index < 7; ++index) ASSERT_TRUE(create("r" + std::to_string(index)));
  std::vector<std::string> ids;
  ListFilter filter{.limit = 3};
  int pages = 0;
  do {
    const auto page = journal().list(filter);
    ASSERT_TRUE(page);
    for (const journal::Run& run : page->runs) ids.push_back(run.id);
    filter.page_token = page->next_token;
    ++pages;
  } while (!filter.page_token.empty());
  EXPECT_THAT(ids, ElementsAre("r6", "r5", "r4", "r3", "r2", "r1", "r0"));
  EXPECT_EQ(pages, 3);
}

TEST_F(JournalTest, ListFiltersByKindStatusAndLabels) {
  auto make = [&](std::string id, std::string kind, std::string status, std::vector<Label> labels) {
    journal::Run run{.id = std::move(id),
                     .kind = std::move(kind),
                     .status = std::move(status),
                     .labels = std::move(labels)};
    ASSERT_TRUE(net::run(journal().create(run, {})));
  };
  make("a", "session", "idle", {{"owner", "x"}, {"tier", "1"}});
  make("b", "session", "running", {{"owner", "x"}, {"tier", "2"}});
  make("c", "execution", "running", {{"owner", "x"}});
  make("d", "session", "running", {{"owner", "y"}});
  auto ids = [&](ListFilter filter) {
    std::vector<std::string> found;
    for (const journal::Run& run : journal().list(filter)->runs) found.push_back(run.id);
    return found;
  };
  EXPECT_THAT(ids({.kind = "session"}), ElementsAre("d", "b", "a"));
  EXPECT_THAT(ids({.statuses = {"running"}}), ElementsAre("d", "c", "b"));
  EXPECT_THAT(ids({.kind = "session", .statuses = {"running"}}), ElementsAre("d", "b"));
  EXPECT_THAT(ids({.kind = "session", .statuses = {"idle", "running"}}), ElementsAre("d", "b", "a"));
  EXPECT_THAT(ids({.statuses = {"running", "idle"}, .labels = {{"owner", "x"}}, .limit = 2}),
              ElementsAre("c", "b"));
  EXPECT_TRUE(ids({.statuses = {"ended", "failed"}}).empty());
  EXPECT_THAT(ids({.labels = {{"owner", "x"}}}), ElementsAre("c", "b", "a"));
  EXPECT_THAT(ids({.kind = "session", .labels = {{"owner", "x"}, {"tier", "2"}}}), ElementsAre("b"));
  EXPECT_TRUE(ids({.kind = "nothing"}).empty());
  EXPECT_EQ(journal().list({.page_token = "1; DROP"}).error().code, Code::kInvalidArgument);
}

TEST_F(JournalTest, WhatIsOverALimitIsRefusedByName) {
  ASSERT_TRUE(create("r"));
  const auto large = append("r", 0, {{"x", std::string(kMaxEventBytes + 1, '1')}});
  EXPECT_EQ(large.error().code, Code::kLimitExceeded);
  EXPECT_THAT(large.error().message, HasSubstr("kMaxEventBytes"));
  const auto many = append("r", 0, std::vector<NewEvent>(kMaxAppendEvents + 1, NewEvent{"x", "1"}));
  EXPECT_THAT(many.error().message, HasSubstr("kMaxAppendEvents"));
  const auto statuses = journal().list({.statuses = std::vector<std::string>(kMaxListStatuses + 1, "idle")});
  EXPECT_THAT(statuses.error().message, HasSubstr("kMaxListStatuses"));
  EXPECT_THAT(create(std::string(kMaxRunIdBytes + 1, 'r')).error().message, HasSubstr("kMaxRunIdBytes"));
  EXPECT_EQ(create("").error().code, Code::kInvalidArgument);
  std::vector<Label> labels;
  for (size_t index = 0; index < kMaxLabels; ++index) labels.push_back({std::to_string(index), "x"});
  EXPECT_TRUE(append("r", 0, {}, {.labels = labels}));
  const auto over = append("r", 0, {{"x", "1"}}, {.labels = {{"one more", "x"}}});
  EXPECT_THAT(over.error().message, HasSubstr("kMaxLabels"));
  EXPECT_EQ(journal().get("r")->last_seq, 0u);
  EXPECT_EQ(journal().get("r")->labels.size(), kMaxLabels);
}

TEST_F(JournalTest, AFullSizedEventIsKept) {
  const std::string body = "\"" + std::string(kMaxEventBytes - 2, 'x') + "\"";
  ASSERT_TRUE(create("r", {{"x", body}}));
  EXPECT_EQ(journal().read("r", 1, 1)->front().body, body);
}

TEST_F(JournalTest, ManyWritersOnOneRunNeverLoseOrRepeat) {
  ASSERT_TRUE(create("r"));
  constexpr int kThreads = 4, kEach = 50;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (int index = 0; index < kEach;) {
        const uint64_t last = journal().get("r")->last_seq;
        if (append("r", last, {{"n", writer_body(thread, index)}})) ++index;
      }
    });
  for (auto& thread : threads) thread.join();
  std::vector<int> next(kThreads, 0);
  const auto events = journal().read("r", 1, kMaxReadEvents);
  ASSERT_EQ(events->size(), static_cast<size_t>(kThreads * kEach));
  for (size_t index = 0; index < events->size(); ++index) {
    EXPECT_EQ((*events)[index].seq, index + 1);
    const auto [thread, number] = parse_writer_body((*events)[index].body);
    EXPECT_EQ(number, next[static_cast<size_t>(thread)]++);
  }
}

TEST_F(JournalTest, ASecondOpeningIsRefused) {
  const auto second = open_sqlite_journal({.path = path()}, clock());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace soma::journal
