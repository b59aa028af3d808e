// The store on files that fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "base/os/fault_file_system.h"
#include "base/store/store.h"

namespace soma::store {
namespace {

using os::Code;
using os::FaultKind;
using testing::HasSubstr;

class StoreFaultTest : public testing::Test {
 protected:
  StoreFaultTest() { EXPECT_TRUE(register_file_system("fault", files_)); }
  ~StoreFaultTest() override {
    database_.reset();
    unregister_file_system("fault");
  }

  void open() {
    database_.reset();
    auto opened =
        Database::open({.path = "/data.db", .migrations = {"CREATE TABLE note (text TEXT)"}, .vfs = "fault"});
    if (!opened) FAIL() << opened.error().to_string();
    database_ = std::move(*opened);
  }
  os::Result<> insert(const std::string& text) {
    return database_->write_and_wait([text](Connection& connection) -> os::Result<> {
      SOMA_ASSIGN(Statement statement, connection.prepare("INSERT INTO note VALUES (?)"));
      return statement.bind(1, text).run();
    });
  }
  std::vector<std::string> notes() {
    std::vector<std::string> texts;
    auto read = database_->read([&](Connection& connection) -> os::Result<> {
      SOMA_ASSIGN(Statement statement, connection.prepare("SELECT text FROM note ORDER BY rowid"));
      for (;;) {
        SOMA_ASSIGN(const bool row, statement.step());
        if (!row) return {};
        texts.emplace_back(statement.text(0));
      }
    });
    EXPECT_TRUE(read) << read.error().to_string();
    return texts;
  }

  os::FaultFileSystem files_{42};
  std::unique_ptr<Database> database_;
};

TEST_F(StoreFaultTest, WorksOnAnotherFileSystem) {
  open();
  EXPECT_TRUE(insert("a"));
  open();
  EXPECT_TRUE(insert("b"));
  EXPECT_THAT(notes(), testing::ElementsAre("a", "b"));
  EXPECT_THAT(*files_.list("/"), testing::Contains("data.db"));
}

TEST_F(StoreFaultTest, AFailedSyncStopsTheStoreAndSaysSo) {
  open();
  EXPECT_TRUE(insert("safe"));
  std::vector<std::string> told;
  database_->on_stopped([&](const os::Error& error) { told.push_back(error.message); });
  files_.fail(FaultKind::kSync, 1, EIO);
  EXPECT_FALSE(insert("doomed"));
  const auto later = insert("later");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, Code::kUnavailable);
  EXPECT_THAT(later.error().message, HasSubstr("the store stopped"));
  ASSERT_TRUE(database_->stopped());
  EXPECT_THAT(told, testing::ElementsAre(database_->stopped()->message));
  EXPECT_THAT(notes(), testing::ElementsAre("safe"));  // reading goes on
}

TEST_F(StoreFaultTest, AfterAFailedSyncARestartFindsEverythingAcknowledged) {
  open();
  for (int index = 0; index < 20; ++index) EXPECT_TRUE(insert("safe"));
  files_.fail(FaultKind::kSync, 1, EIO);
  EXPECT_FALSE(insert("doomed"));
  database_.reset();
  files_.crash();
  open();
  EXPECT_THAT(notes().size(), testing::AnyOf(20u, 21u));  // what was refused may have reached the disk, whole
  EXPECT_TRUE(insert("goes on"));
}

TEST_F(StoreFaultTest, AFailedWriteStopsTheStore) {
  open();
  files_.fail(FaultKind::kWrite, 1, EIO);
  EXPECT_FALSE(insert("doomed"));
  EXPECT_TRUE(database_->stopped());
}

TEST_F(StoreFaultTest, AFullDiskRefusesWholeWritesAndRecoversWhenThereIsRoom) {
  open();
  EXPECT_TRUE(insert("before"));
  files_.set_capacity(1'000'000);
  const std::string large(200'000, 'x');
  int written = 0;
  os::Result<> refused{};
  while ((refused = insert(large))) ++written;
  EXPECT_EQ(refused.error().code, Code::kLimitExceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("full"));
  EXPECT_FALSE(refused.error().hint.empty());
  EXPECT_FALSE(database_->stopped());
  EXPECT_EQ(notes().size(), static_cast<size_t>(written) + 1);
  files_.set_capacity(std::nullopt);
  EXPECT_TRUE(insert("after"));
  EXPECT_EQ(notes().back(), "after");
  open();
  EXPECT_EQ(notes().size(), static_cast<size_t>(written) + 2);
}

// About eighteen of these inserts fill the log, so that the failing sync is now a commit's, now a
// checkpoint's of the log or of the file.
TEST_F(StoreFaultTest, AFailedSyncOfACheckpointStopsTheStoreToo) {
  const std::string large(900'000, 'x');
  for (uint64_t nth = 15; nth <= 24; ++nth) {
    open();
    const size_t before = notes().size();
    files_.fail(FaultKind::kSync, nth, EIO);
    size_t acknowledged = 0;
    while (insert(large)) ASSERT_LE(++acknowledged, nth);
    EXPECT_TRUE(database_->stopped());
    database_.reset();
    files_.crash();
    open();
    EXPECT_GE(notes().size(), before + acknowledged);
    ASSERT_TRUE(database_->write_and_wait(
        [](Connection& connection) { return connection.execute("DELETE FROM note"); }));
  }
}

TEST_F(StoreFaultTest, AStoreOnAFullDiskCannotOpenAndSaysWhy) {
  files_.set_capacity(1000);
  auto opened =
      Database::open({.path = "/data.db", .migrations = {"CREATE TABLE note (text TEXT)"}, .vfs = "fault"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kLimitExceeded);
}

TEST_F(StoreFaultTest, AVfsNameIsTakenOnce) {
  EXPECT_EQ(register_file_system("fault", files_).error().code, Code::kAlreadyExists);
}

}  // namespace
}  // namespace soma::store
