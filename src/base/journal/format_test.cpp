// docs/journal-format.md is held to the program: its queries run, and it names every table and column.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/journal/journal_test_kit.h"
#include "base/journal/schema.h"
#include "base/store/store.h"

namespace soma::journal {
namespace {

std::string document() {
  const auto text = os::read_file(std::string(SOMA_SOURCE_DIR) + "/docs/journal-format.md");
  EXPECT_TRUE(text) << text.error().to_string();
  return text.value_or("");
}

std::vector<std::string> documented_queries() {
  constexpr std::string_view kFence = "```sql\n";
  const std::string text = document();
  std::vector<std::string> queries;
  for (size_t place = text.find(kFence); place != std::string::npos; place = text.find(kFence, place)) {
    place += kFence.size();
    queries.push_back(text.substr(place, text.find("```", place) - place));
  }
  return queries;
}

class JournalFormatTest : public testing::Test, public JournalOnDisk {
 protected:
  // A journal with something for each documented query to find, opened as plain SQLite.
  JournalFormatTest() {
    journal::Run run{.id = "example", .kind = "session", .status = "idle", .labels = {{"owner", "ada"}}};
    const AppendOptions timer{.wake_at = clock().now() + std::chrono::seconds(1)};
    EXPECT_TRUE(
        net::run(journal().create(run, {{"message", R"({"text":"hi"})"}, {"message", R"({"n":1})"}}, timer)));
    EXPECT_TRUE(net::run(journal().lease("example", "ada", std::chrono::seconds(1))));
    close();
    auto opened =
        store::Database::open({.path = path(), .migrations = migrations(), .application_id = kApplicationId});
    EXPECT_TRUE(opened);
    if (opened) database_ = std::move(*opened);
  }

  // The first column of each row, the other columns joined behind it.
  std::vector<std::string> query(const std::string& sql, int columns) {
    std::vector<std::string> rows;
    const auto read = database_->read([&](store::Connection& connection) -> os::Result<> {
      SOMA_ASSIGN(store::Statement statement, connection.prepare(sql));
      for (;;) {
        SOMA_ASSIGN(const bool row, statement.step());
        if (!row) return {};
        std::string text(statement.text(0));
        for (int column = 1; column < columns; ++column) text += fmt::format("|{}", statement.text(column));
        rows.push_back(std::move(text));
      }
    });
    EXPECT_TRUE(read) << sql << ": " << read.error().to_string();
    return rows;
  }

  std::unique_ptr<store::Database> database_;
};

TEST_F(JournalFormatTest, EveryDocumentedQueryRunsAndFindsSomething) {
  const auto queries = documented_queries();
  ASSERT_GE(queries.size(), 6u);
  for (const std::string& sql : queries) EXPECT_FALSE(query(sql, 1).empty()) << sql;
  EXPECT_THAT(query(queries[0], 2), testing::ElementsAre("0|0"));
  EXPECT_THAT(query(queries[4], 2), testing::ElementsAre("1|hi"));
}

TEST_F(JournalFormatTest, EveryTableAndColumnIsDocumented) {
  const std::string text = document();
  for (const std::string& table : query("SELECT name FROM sqlite_schema WHERE type = 'table'", 1)) {
    EXPECT_THAT(text, testing::HasSubstr(fmt::format("| `{}` |", table)));
    for (const std::string& column : query(fmt::format("SELECT name FROM pragma_table_info('{}')", table), 1))
      EXPECT_THAT(text, testing::HasSubstr(fmt::format("| `{}` |", column))) << table;
  }
}

TEST_F(JournalFormatTest, TheFileCarriesItsMarks) {
  EXPECT_THAT(query("PRAGMA application_id", 1), testing::ElementsAre(std::to_string(0x736f6d6a)));
  EXPECT_THAT(query("PRAGMA user_version", 1), testing::ElementsAre("1"));
  EXPECT_THAT(query("PRAGMA page_size", 1), testing::ElementsAre("4096"));
  EXPECT_THAT(query("PRAGMA journal_mode", 1), testing::ElementsAre("wal"));
  EXPECT_THAT(query("SELECT at FROM history LIMIT 1", 1), testing::ElementsAre("2026-01-01T00:00:00.000Z"));
}

}  // namespace
}  // namespace soma::journal
