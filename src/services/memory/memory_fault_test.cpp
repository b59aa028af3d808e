// Memory on files that fail: the caller is told, and what was acknowledged is there afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/os/fault_file_system.h"
#include "base/store/store.h"
#include "services/memory/memory.h"

namespace soma::memory {
namespace {

using os::Code;
using os::FaultKind;
using os::Result;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;

constexpr const char* kVfs = "memory-fault";
constexpr uint64_t kFullAt = 600'000;  // bytes; an empty memory takes less

class MemoryFaultTest : public testing::Test {
 protected:
  MemoryFaultTest() {
    EXPECT_TRUE(store::register_file_system(kVfs, files_));
    open();
    auto made = wait(service_->create(
        {.name = "notebook", .strategies = {{.name = "Facts", .namespace_template = "/facts/{actorId}/"}}}));
    EXPECT_TRUE(made) << made.error().to_string();
    if (made) memory_ = made->id;
  }
  ~MemoryFaultTest() override {
    close();
    store::unregister_file_system(kVfs);
  }

  // Without `consolidates`, what is said waits.
  void open(bool consolidates = true) {
    loops_ = std::make_unique<net::LoopPool>(2);
    auto service =
        Service::open({.clock = clock_, .ids = *ids_, .loops = *loops_, .path = "/memory.db", .vfs = kVfs});
    if (!service) FAIL() << service.error().to_string();
    service_ = std::move(*service);
    loops_->start();
    if (consolidates) service_->start();
  }
  void close() {
    if (service_) service_->stop();
    loops_->stop();
    service_.reset();
  }
  void reopen(bool consolidates = true) {
    close();
    open(consolidates);
  }
  // The power goes: what no sync has saved may be lost.
  void lose_power_and_reopen() {
    close();
    files_.crash();
    open();
  }

  template <class T>
  T wait(net::Task<T> task) {
    return boost::asio::co_spawn(loops_->executor(0), std::move(task), boost::asio::use_future).get();
  }

  NewEvent event(std::string text, std::string token = {}) const {
    NewEvent made{.memory_id = memory_,
                  .actor_id = "sloane",
                  .session_id = "first",
                  .at = clock_.now(),
                  .client_token = std::move(token)};
    made.payload.push_back({.text = std::move(text)});
    return made;
  }
  Result<Event> say(std::string text, std::string token = {}) {
    return wait(service_->create_event(event(std::move(text), std::move(token))));
  }
  Result<std::vector<BatchOutcome>> write(std::vector<std::string> texts, std::string token = {}) {
    std::vector<NewRecord> records;
    for (std::string& text : texts)
      records.push_back(
          {.request_id = "note", .name_space = "/notes/", .text = std::move(text), .at = clock_.now()});
    return wait(service_->create_records(memory_, std::move(records), std::move(token)));
  }
  // Oldest first.
  std::vector<std::string> said() {
    std::vector<std::string> texts;
    std::string token;
    do {
      const auto page = service_->events(memory_, "sloane", "first", {}, 100, token);
      EXPECT_TRUE(page) << page.error().to_string();
      if (!page) return texts;
      for (const Event& each : page->items) texts.push_back(each.payload.front().text);
      token = page->next_token;
    } while (!token.empty());
    std::ranges::reverse(texts);
    return texts;
  }
  std::vector<std::string> records(std::string path) {
    std::vector<std::string> texts;
    const auto page = service_->records(memory_, {.path = std::move(path)}, kMaxPage, "");
    EXPECT_TRUE(page) << page.error().to_string();
    if (page)
      for (const Record& each : page->items) texts.push_back(each.text);
    std::ranges::sort(texts);
    return texts;
  }
  Result<> settle() { return wait(service_->settle(memory_)); }

  os::FaultFileSystem files_{11};
  os::VirtualClock clock_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(7, clock_);
  std::unique_ptr<net::LoopPool> loops_;
  std::unique_ptr<Service> service_;
  std::string memory_;
};

TEST_F(MemoryFaultTest, AFailedSyncRefusesTheEventAndLosesNoneBefore) {
  reopen(false);
  ASSERT_TRUE(say("kept"));
  files_.fail(FaultKind::kSync, 1, EIO);
  EXPECT_FALSE(say("doomed"));
  const auto later = say("later");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, Code::kUnavailable);
  EXPECT_TRUE(service_->stopped());
  EXPECT_THAT(said(), ElementsAre("kept"));  // reading goes on
  lose_power_and_reopen();
  // What was refused may have reached the disk, whole.
  EXPECT_THAT(said(), AnyOf(ElementsAre("kept"), ElementsAre("kept", "doomed")));
  ASSERT_TRUE(say("goes on"));
}

TEST_F(MemoryFaultTest, AnEventThatWasRefusedIsThereOnceAfterItIsSaidAgain) {
  reopen(false);
  files_.fail(FaultKind::kSync, 1, EIO);
  EXPECT_FALSE(say("once", "token"));
  lose_power_and_reopen();
  ASSERT_TRUE(say("once", "token"));
  ASSERT_TRUE(say("once", "token"));
  EXPECT_THAT(said(), ElementsAre("once"));
}

TEST_F(MemoryFaultTest, AFailedSyncRefusesABatchAsAWhole) {
  reopen(false);
  ASSERT_TRUE(write({"kept", "kept too"}));
  files_.fail(FaultKind::kSync, 1, EIO);
  EXPECT_FALSE(write({"a", "b"}, "token"));
  lose_power_and_reopen();
  EXPECT_THAT(records("/notes/"), AnyOf(ElementsAre("kept", "kept too"), SizeIs(4)));
  ASSERT_TRUE(write({"a", "b"}, "token"));
  EXPECT_THAT(records("/notes/"), ElementsAre("a", "b", "kept", "kept too"));
}

TEST_F(MemoryFaultTest, AFullDiskRefusesEventsAndTakesThemWhenThereIsRoom) {
  files_.set_capacity(kFullAt);
  std::vector<std::string> kept;
  Result<Event> made{};
  for (int number = 0; number < 1'000; ++number) {
    const std::string text = std::to_string(number) + std::string(20'000, 'x');
    if (!(made = say(text))) break;
    kept.push_back(text);
  }
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kLimitExceeded);
  EXPECT_THAT(made.error().message, HasSubstr("full"));
  EXPECT_FALSE(service_->stopped());
  EXPECT_EQ(said(), kept);
  files_.set_capacity(std::nullopt);
  ASSERT_TRUE(say("after"));
  kept.emplace_back("after");
  EXPECT_EQ(said(), kept);
  reopen();
  EXPECT_EQ(said(), kept);
}

TEST_F(MemoryFaultTest, AFullDiskRefusesABatchAsAWhole) {
  files_.set_capacity(kFullAt);
  const std::string large(10'000, 'x');
  size_t batches = 0;
  Result<std::vector<BatchOutcome>> outcomes{};
  while ((outcomes = write({large, large})) && batches < 1'000) ++batches;
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Code::kLimitExceeded);
  EXPECT_THAT(records("/notes/"), SizeIs(2 * batches));
  files_.set_capacity(std::nullopt);
  EXPECT_TRUE(write({"after"}));
}

// At each sync that saying and consolidating need, in turn: what was said is consolidated afterwards, once.
TEST_F(MemoryFaultTest, AFailedSyncAnywhereLosesNoConsolidation) {
  const std::vector<std::string> facts = {"Helena left the hotel at 11:30.", "Piet drove to Oslo in 2019."};
  for (uint64_t nth = 1; nth <= 6; ++nth) {
    files_.fail(FaultKind::kSync, nth, EIO);
    std::vector<std::string> acknowledged;
    for (const std::string& fact : facts)
      if (say(fact, fact)) acknowledged.push_back(fact);
    (void)settle();  // or the store has stopped
    lose_power_and_reopen();
    EXPECT_THAT(said(), IsSupersetOf(acknowledged)) << nth;
    for (const std::string& fact : facts) ASSERT_TRUE(say(fact, fact)) << nth;
    ASSERT_TRUE(settle()) << nth;
    EXPECT_THAT(said(), ElementsAre(facts[0], facts[1])) << nth;
    const std::vector<std::string> remembered = records("/facts/sloane/");
    EXPECT_THAT(remembered, ElementsAre(HasSubstr("Helena left"), HasSubstr("Piet drove"))) << nth;
    ASSERT_TRUE(wait(service_->forget(memory_, "sloane"))) << nth;
    EXPECT_THAT(records("/facts/"), IsEmpty()) << nth;
  }
}

// Whoever waited for memories to settle waited on after the database had stopped, until soma was stopped,
// too.
TEST_F(MemoryFaultTest, WhoWaitsForAConsolidationThatCannotBeWrittenIsTold) {
  reopen(false);
  ASSERT_TRUE(say("Helena left the hotel at 11:30."));
  files_.fail(FaultKind::kSync, 1, EIO);
  service_->start();
  const auto settled = settle();
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().code, Code::kUnavailable);
  EXPECT_THAT(records("/facts/"), IsEmpty());
}

// Nothing is said meanwhile: a consolidation that the full disk refused was looked at again an hour later, or
// with the next event; now it comes back by itself.
TEST_F(MemoryFaultTest, AConsolidationThatFoundNoRoomIsMadeWhenThereIsSome) {
  reopen(false);
  for (int number = 0; number < 40; ++number)
    ASSERT_TRUE(say("Lamp " + std::to_string(number) + " was bought in Lisbon in 1987."));
  files_.set_capacity(0);
  // The log has room that it took before: until that is used up, too.
  for (const size_t bytes : {size_t{15'000}, size_t{1}})
    while (write({std::string(bytes, 'x')})) ASSERT_LT(records("/notes/").size(), 99U);
  service_->start();
  while (clock_.next_timer() == os::Time::max()) std::this_thread::yield();  // until it was tried
  EXPECT_THAT(records("/facts/"), IsEmpty());
  EXPECT_FALSE(service_->stopped());
  files_.set_capacity(std::nullopt);
  clock_.advance(std::chrono::minutes(1));
  ASSERT_TRUE(settle());
  EXPECT_THAT(records("/facts/sloane/"), SizeIs(40));
}

}  // namespace
}  // namespace soma::memory
