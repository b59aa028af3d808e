#include "base/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

namespace soma::store {
namespace {

using os::Code;
using testing::HasSubstr;
using testing::Not;

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "soma-store-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(directory_); }

  Options options() const {
    return {.path = directory_ + "/data.db",
            .migrations = {"CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)"}};
  }
  std::unique_ptr<Database> open(Options options) const {
    auto database = Database::open(std::move(options));
    EXPECT_TRUE(database) << database.error().to_string();
    return std::move(*database);
  }
  std::unique_ptr<Database> open() const { return open(options()); }

  std::string directory_;
};

Database::Write insert(std::string text) {
  return [text](Connection& connection) -> os::Result<> {
    SOMA_ASSIGN(Statement statement, connection.prepare("INSERT INTO note(text) VALUES (?)"));
    return statement.bind(1, text).run();
  };
}

std::vector<std::string> notes(Database& database) {
  std::vector<std::string> texts;
  auto read = database.read([&](Connection& connection) -> os::Result<> {
    SOMA_ASSIGN(Statement statement, connection.prepare("SELECT text FROM note ORDER BY id"));
    for (;;) {
      SOMA_ASSIGN(const bool row, statement.step());
      if (!row) return {};
      texts.emplace_back(statement.text(0));
    }
  });
  EXPECT_TRUE(read) << read.error().to_string();
  return texts;
}

TEST_F(StoreTest, KeepsWhatWasWrittenAcrossReopening) {
  EXPECT_TRUE(open()->write_and_wait(insert("first")));
  auto again = open();
  EXPECT_TRUE(again->write_and_wait(insert("second")));
  EXPECT_THAT(notes(*again), testing::ElementsAre("first", "second"));
}

TEST_F(StoreTest, BindsAndReadsEveryKindOfValue) {
  Options wanted = options();
  wanted.migrations = {"CREATE TABLE kind (i INTEGER, t TEXT, b BLOB, n)"};
  auto database = open(wanted);
  const std::string bytes("\0\xff\0x", 4);
  auto written = database->write_and_wait([&](Connection& connection) -> os::Result<> {
    SOMA_ASSIGN(Statement statement, connection.prepare("INSERT INTO kind VALUES (?,?,?,?)"));
    return statement.bind(1, INT64_MIN).bind(2, std::string_view("")).bind_blob(3, bytes).bind_null(4).run();
  });
  ASSERT_TRUE(written);
  auto read = database->read([&](Connection& connection) -> os::Result<> {
    SOMA_ASSIGN(Statement statement, connection.prepare("SELECT i, t, b, n FROM kind"));
    SOMA_ASSIGN(const bool row, statement.step());
    EXPECT_TRUE(row);
    EXPECT_EQ(statement.integer(0), INT64_MIN);
    EXPECT_FALSE(statement.is_null(1));
    EXPECT_EQ(statement.text(1), "");
    EXPECT_EQ(statement.blob(2), bytes);
    EXPECT_TRUE(statement.is_null(3));
    return {};
  });
  EXPECT_TRUE(read);
}

TEST_F(StoreTest, ReportsWrongSqlAndWrongParameterIndex) {
  auto database = open();
  auto wrong_sql = database->write_and_wait(
      [](Connection& connection) { return connection.execute("INSERT INTO nowhere VALUES (1)"); });
  ASSERT_FALSE(wrong_sql);
  EXPECT_THAT(wrong_sql.error().message, HasSubstr("no such table: nowhere"));
  auto wrong_index = database->write_and_wait([](Connection& connection) -> os::Result<> {
    SOMA_ASSIGN(Statement statement, connection.prepare("INSERT INTO note(text) VALUES (?)"));
    return statement.bind(7, int64_t{1}).run();
  });
  EXPECT_FALSE(wrong_index);
  EXPECT_TRUE(notes(*database).empty());
}

// Holds the writer inside a first write until `count` more are queued, so that those share one transaction.
void write_as_one_batch(Database& database, std::vector<Database::Write> writes,
                        std::vector<os::Result<>>& results) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::promise<void> entered;
  bool first = true;
  database.write(
      [&](Connection&) -> os::Result<> {
        if (std::exchange(first, false)) entered.set_value();
        released.wait();
        return {};
      },
      [](os::Result<>) {});
  entered.get_future().wait();
  results.resize(writes.size());
  std::promise<void> all;
  std::atomic<size_t> left = writes.size();
  for (size_t index = 0; index < writes.size(); ++index)
    database.write(writes[index], [&, index](os::Result<> result) {
      results[index] = std::move(result);
      if (--left == 0) all.set_value();
    });
  release.set_value();
  all.get_future().wait();
}

TEST_F(StoreTest, WritesThatWaitShareOneCommit) {
  auto database = open();
  const uint64_t before = database->statistics().commits;
  std::vector<Database::Write> writes;
  for (int index = 0; index < 100; ++index) writes.push_back(insert(std::to_string(index)));
  std::vector<os::Result<>> results;
  write_as_one_batch(*database, writes, results);
  for (const auto& result : results) EXPECT_TRUE(result);
  EXPECT_EQ(notes(*database).size(), 100u);
  EXPECT_EQ(database->statistics().commits - before, 2u);  // the one that held the writer, and the batch
}

TEST_F(StoreTest, AFailedWriteUndoesOnlyItself) {
  auto database = open();
  int undone = 0;
  database->on_undone([&] { ++undone; });
  auto half_done = [](Connection& connection) -> os::Result<> {
    SOMA_TRY(insert("half")(connection));
    return os::fail(Code::kConflict, "changed its mind");
  };
  std::vector<os::Result<>> results;
  write_as_one_batch(*database, {insert("a"), half_done, insert("a"), insert("b")}, results);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().code, Code::kConflict);
  EXPECT_EQ(results[2].error().code, Code::kAlreadyExists);
  EXPECT_TRUE(results[3]);
  EXPECT_THAT(notes(*database), testing::ElementsAre("a", "b"));
  EXPECT_GE(undone, 1);
}

TEST_F(StoreTest, AWriteThatFailsBeforeChangingAnythingDisturbsNobody) {
  auto database = open();
  int undone = 0;
  database->on_undone([&] { ++undone; });
  std::vector<os::Result<>> results;
  auto refuse = [](Connection&) -> os::Result<> { return os::fail(Code::kConflict, "stale"); };
  write_as_one_batch(*database, {insert("a"), refuse, insert("b")}, results);
  EXPECT_EQ(results[1].error().code, Code::kConflict);
  EXPECT_THAT(notes(*database), testing::ElementsAre("a", "b"));
  EXPECT_EQ(undone, 0);
}

TEST_F(StoreTest, RefusesMoreThanItsQueueHolds) {
  Options wanted = options();
  wanted.max_queued_writes = 2;
  auto database = open(wanted);
  std::promise<void> release, entered;
  auto released = release.get_future().share();
  database->write(
      [&](Connection&) -> os::Result<> {
        entered.set_value();
        released.wait();
        return {};
      },
      [](os::Result<>) {});
  entered.get_future().wait();
  std::atomic<int> done = 0;
  for (int index = 0; index < 2; ++index)
    database->write(insert(std::to_string(index)), [&](os::Result<> result) { done += result ? 1 : 0; });
  const auto refused = database->write_and_wait(insert("too many"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimitExceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("max_queued_writes"));
  release.set_value();
  database.reset();
  EXPECT_EQ(done, 2);
}

TEST_F(StoreTest, ClosingFinishesQueuedWrites) {
  std::atomic<int> done = 0;
  {
    auto database = open();
    for (int index = 0; index < 300; ++index)
      database->write(insert(std::to_string(index)), [&](os::Result<> result) { done += result ? 1 : 0; });
  }
  EXPECT_EQ(done, 300);
  EXPECT_EQ(notes(*open()).size(), 300u);
}

TEST_F(StoreTest, ClosingMovesTheLogIntoTheFile) {
  {
    EXPECT_TRUE(open()->write_and_wait(insert("x")));
  }
  EXPECT_FALSE(std::filesystem::exists(options().path + "-wal"));
}

TEST_F(StoreTest, TheLogStaysBoundedUnderManyWrites) {
  auto database = open();
  const std::string large(200'000, 'x');
  for (int index = 0; index < 400; ++index)
    ASSERT_TRUE(database->write_and_wait(insert(large + std::to_string(index))));  // 80 MB and more
  EXPECT_LT(std::filesystem::file_size(options().path + "-wal"), 40u << 20);
}

TEST_F(StoreTest, ManyThreadsReadWhileOthersWrite) {
  auto database = open();
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int index = 0; index < 4; ++index)
    readers.emplace_back([&] {
      size_t seen = 0;
      while (!stop) {
        const size_t now = notes(*database).size();
        EXPECT_GE(now, seen);
        seen = now;
      }
    });
  for (int index = 0; index < 100; ++index) {
    EXPECT_TRUE(database->write_and_wait(insert(std::to_string(index))));
    EXPECT_EQ(notes(*database).size(), static_cast<size_t>(index) + 1);  // what was acknowledged is seen
  }
  stop = true;
  for (auto& reader : readers) reader.join();
}

TEST_F(StoreTest, AReaderCannotWrite) {
  auto database = open();
  EXPECT_FALSE(database->read(insert("x")));
  EXPECT_TRUE(notes(*database).empty());
}

TEST_F(StoreTest, OneReadSeesOneMoment) {
  auto database = open();
  auto read = database->read([&](Connection& connection) -> os::Result<> {
    auto count = [&]() -> os::Result<int64_t> {
      SOMA_ASSIGN(Statement statement, connection.prepare("SELECT count(*) FROM note"));
      SOMA_TRY(statement.step());
      return statement.integer(0);
    };
    SOMA_ASSIGN(const int64_t before, count());
    SOMA_TRY(database->write_and_wait(insert("meanwhile")));
    SOMA_ASSIGN(const int64_t after, count());
    EXPECT_EQ(before, after);
    return {};
  });
  EXPECT_TRUE(read);
  EXPECT_EQ(notes(*database).size(), 1u);
}

TEST_F(StoreTest, ASecondOpeningIsRefusedAndNamesTheHolder) {
  auto database = open();
  auto second = Database::open(options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  database.reset();
  EXPECT_TRUE(Database::open(options()));
}

TEST_F(StoreTest, AppliesOnlyTheMigrationsThatAreNew) {
  {
    EXPECT_TRUE(open()->write_and_wait(insert("old")));
  }
  Options newer = options();
  newer.migrations.emplace_back(
      "ALTER TABLE note ADD COLUMN mark INTEGER NOT NULL DEFAULT 7; CREATE TABLE other (x)");
  auto database = open(newer);
  auto read = database->read([](Connection& connection) -> os::Result<> {
    SOMA_ASSIGN(Statement statement, connection.prepare("SELECT mark FROM note"));
    SOMA_TRY(statement.step());
    EXPECT_EQ(statement.integer(0), 7);
    return {};
  });
  EXPECT_TRUE(read);
}

TEST_F(StoreTest, AMigrationThatFailsChangesNothing) {
  {
    EXPECT_TRUE(open()->write_and_wait(insert("kept")));
  }
  Options broken = options();
  broken.migrations.emplace_back("CREATE TABLE other (x); INSERT INTO nowhere VALUES (1)");
  EXPECT_FALSE(Database::open(broken));
  EXPECT_THAT(notes(*open()), testing::ElementsAre("kept"));
}

TEST_F(StoreTest, RefusesAFileFromANewerVersion) {
  Options newer = options();
  newer.migrations.emplace_back("CREATE TABLE other (x)");
  open(newer).reset();
  auto refused = Database::open(options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("schema version 2"));
  EXPECT_FALSE(refused.error().hint.empty());
}

TEST_F(StoreTest, RefusesAFileOfAnotherKind) {
  Options foreign = options();
  foreign.application_id = 42;
  open(foreign).reset();
  EXPECT_EQ(Database::open(options()).error().code, Code::kCorrupt);
}

TEST_F(StoreTest, RefusesWhatIsNoDatabase) {
  std::FILE* file = std::fopen(options().path.c_str(), "w");
  for (int index = 0; index < 1000; ++index) std::fputs("this is a text, not a database\n", file);
  std::fclose(file);
  auto refused = Database::open(options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_EQ(std::filesystem::file_size(options().path), 31'000u);  // untouched
}

TEST_F(StoreTest, AMissingDirectoryIsNamed) {
  Options wanted = options();
  wanted.path = directory_ + "/missing/data.db";
  auto refused = Database::open(wanted);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("/missing/data.db"));
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(StoreTest, WhatWasDeletedIsNowhereOnDiskAfterAScrub) {
  const std::string secret = "the narrow door behind the bookcase";
  Options wanted = options();
  wanted.secure_delete = true;
  const auto database = open(wanted);
  ASSERT_TRUE(database->write_and_wait(insert(secret)));
  ASSERT_TRUE(
      database->write_and_wait([](Connection& connection) { return connection.run("DELETE FROM note"); }));
  EXPECT_THAT(bytes_of(wanted.path + "-wal"), HasSubstr(secret));
  std::promise<os::Result<>> scrubbed;
  database->scrub([&](os::Result<> result) { scrubbed.set_value(std::move(result)); });
  const os::Result<> result = scrubbed.get_future().get();
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_THAT(bytes_of(wanted.path), Not(HasSubstr(secret)));
  EXPECT_THAT(bytes_of(wanted.path + "-wal"), Not(HasSubstr(secret)));
  ASSERT_TRUE(database->write_and_wait(insert("later")));
  EXPECT_THAT(notes(*database), testing::ElementsAre("later"));
}

}  // namespace
}  // namespace soma::store
