// The journal on files that fail while it runs; for the power cut see crash_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "base/journal/journal.h"
#include "base/os/fault_file_system.h"
#include "base/store/store.h"

namespace soma::journal {
namespace {

using os::Code;
using os::FaultKind;
using testing::HasSubstr;

class JournalFaultTest : public testing::Test {
 protected:
  JournalFaultTest() {
    EXPECT_TRUE(store::register_file_system("journal-fault", files_));
    open();
  }
  ~JournalFaultTest() override {
    journal_.reset();
    store::unregister_file_system("journal-fault");
  }
  void open() {
    journal_.reset();
    auto opened = open_sqlite_journal({.path = "/journal.db", .vfs = "journal-fault"}, clock_);
    if (!opened) FAIL() << opened.error().to_string();
    journal_ = std::move(*opened);
  }
  os::Result<uint64_t> create(std::string id) {
    return net::run(journal_->create({.id = std::move(id), .kind = "test", .status = "new"}, {}));
  }
  os::Result<uint64_t> append(std::string id, uint64_t expected_seq, std::vector<NewEvent> events) {
    return net::run(journal_->append(std::move(id), expected_seq, std::move(events)));
  }

  os::FaultFileSystem files_{1};
  os::VirtualClock clock_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalFaultTest, AFailedSyncStopsTheJournalAndSaysSo) {
  ASSERT_TRUE(create("r"));
  EXPECT_FALSE(journal_->stopped());
  files_.fail(FaultKind::kSync, 1, EIO);
  EXPECT_FALSE(append("r", 0, {{"doomed", "1"}}));
  const auto later = append("r", 0, {{"later", "1"}});
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, Code::kUnavailable);
  EXPECT_THAT(later.error().message, HasSubstr("the sync failed"));
  ASSERT_TRUE(journal_->stopped());
  EXPECT_EQ(journal_->get("r")->last_seq, 0u);  // what is there can still be read
}

TEST_F(JournalFaultTest, AFollowerNeverSeesWhatWasNotDurable) {
  ASSERT_TRUE(create("r"));
  ASSERT_TRUE(append("r", 0, {{"kept", "1"}}));
  net::run([](Journal& journal, os::FaultFileSystem& files, os::VirtualClock& clock) -> net::Task<> {
    const net::Executor executor = co_await net::this_executor();
    const auto follower = journal.follow(executor, "r", 1);
    files.fail(FaultKind::kSync, 1, EIO);
    std::vector<NewEvent> doomed{{"doomed", "2"}};
    const auto refused = co_await journal.append("r", 1, std::move(doomed));
    EXPECT_FALSE(refused);
    const auto first = co_await follower->next();
    EXPECT_EQ(first->size(), 1u);
    const auto second = co_await follower->next_until(clock, clock.now());
    EXPECT_TRUE(second && second->empty());
  }(*journal_, files_, clock_));
}

TEST_F(JournalFaultTest, AFullDiskRefusesTheWholeAppendAndTheJournalGoesOnWhenThereIsRoom) {
  ASSERT_TRUE(create("r"));
  files_.set_capacity(2'000'000);
  const std::string body = "\"" + std::string(100'000, 'x') + "\"";
  uint64_t last = 0;
  os::Result<uint64_t> appended{};
  while ((appended = append("r", last, {{"n", body}, {"n", body}, {"n", body}}))) last = *appended;
  EXPECT_EQ(appended.error().code, Code::kLimitExceeded);
  EXPECT_THAT(appended.error().hint, HasSubstr("free space"));
  EXPECT_FALSE(journal_->stopped());
  EXPECT_EQ(journal_->get("r")->last_seq, last);
  EXPECT_EQ(last % 3, 0u);
  files_.set_capacity(std::nullopt);
  EXPECT_EQ(*append("r", last, {{"n", body}}), last + 1);
  open();
  EXPECT_EQ(journal_->get("r")->last_seq, last + 1);
}

TEST_F(JournalFaultTest, ATornLastWriteIsNotHalfAnAppend) {
  ASSERT_TRUE(create("r"));
  const std::string body = "\"" + std::string(50'000, 'x') + "\"";
  uint64_t last = *append("r", 0, {{"n", body}});
  for (uint64_t operation = 1; operation <= 12; ++operation) {
    files_.stop_after(operation);
    const auto appended = append("r", last, {{"n", body}, {"n", body}});
    journal_.reset();
    files_.crash();
    open();
    const uint64_t found = journal_->get("r")->last_seq;
    EXPECT_THAT(found, testing::AnyOf(last, last + 2)) << "power went off in operation " << operation;
    if (appended) EXPECT_EQ(found, last + 2);
    last = found;
  }
}

}  // namespace
}  // namespace soma::journal
