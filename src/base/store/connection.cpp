#include <fmt/format.h>
#include <sqlite3.h>

#include "base/store/connection_state.h"
#include "base/store/sqlite_error.h"
#include "base/store/store.h"

namespace soma::store {

Statement& Statement::bind(int index, int64_t value) {
  const int result = sqlite3_bind_int64(statement_, index, value);
  if (bind_error_ == SQLITE_OK) bind_error_ = result;
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  const char* start = text.data() == nullptr ? "" : text.data();  // a null pointer would bind NULL
  const int result =
      sqlite3_bind_text64(statement_, index, start, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_error_ == SQLITE_OK) bind_error_ = result;
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  const char* start = bytes.data() == nullptr ? "" : bytes.data();
  const int result = sqlite3_bind_blob64(statement_, index, start, bytes.size(), SQLITE_TRANSIENT);
  if (bind_error_ == SQLITE_OK) bind_error_ = result;
  return *this;
}

Statement& Statement::bind_null(int index) {
  const int result = sqlite3_bind_null(statement_, index);
  if (bind_error_ == SQLITE_OK) bind_error_ = result;
  return *this;
}

os::Result<bool> Statement::step() {
  if (bind_error_ != SQLITE_OK) return fail_sqlite(db_, bind_error_, sqlite3_sql(statement_));
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  auto error = fail_sqlite(db_, result, sqlite3_sql(statement_));
  sqlite3_reset(statement_);
  return error;
}

os::Result<> Statement::run() {
  for (;;) {
    SOMA_ASSIGN(const bool row, step());
    if (!row) return {};
  }
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
  const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (start == nullptr) return {};
  return {start, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::blob(int column) const {
  const auto* start = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (start == nullptr) return {};
  return {start, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Connection::Connection(sqlite3* db) : state_(std::make_unique<State>()) {
  state_->db = db;
}

Connection::~Connection() {
  for (auto& [sql, statement] : state_->statements) sqlite3_finalize(statement);
  sqlite3_close_v2(state_->db);
}

void Connection::State::finish_statements() {
  for (auto& [sql, statement] : statements)
    if (sqlite3_stmt_busy(statement) != 0) sqlite3_reset(statement);
  if (statements.size() <= kMaxCachedStatements) return;
  for (auto& [sql, statement] : statements) sqlite3_finalize(statement);
  statements.clear();
}

os::Result<Statement> Connection::prepare(std::string_view sql) {
  auto found = state_->statements.find(sql);
  if (found == state_->statements.end()) {
    sqlite3_stmt* statement = nullptr;
    const int result = sqlite3_prepare_v3(state_->db, sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) return fail_sqlite(state_->db, result, fmt::format("prepare \"{}\"", sql));
    if (statement == nullptr)
      return os::fail(os::Code::kInvalidArgument, "prepare: the SQL text holds no statement");
    found = state_->statements.emplace(std::string(sql), statement).first;
  } else {
    sqlite3_reset(found->second);
    sqlite3_clear_bindings(found->second);
  }
  if (sqlite3_stmt_readonly(found->second) == 0) state_->may_have_written = true;
  return Statement(state_->db, found->second);
}

os::Result<> Connection::run(std::string_view sql) {
  SOMA_ASSIGN(Statement statement, prepare(sql));
  return statement.run();
}

os::Result<> Connection::execute(std::string_view sql) {
  state_->may_have_written = true;
  const int result = sqlite3_exec(state_->db, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return fail_sqlite(state_->db, sqlite3_extended_errcode(state_->db), "execute");
  return {};
}

int64_t Connection::changes() const {
  return sqlite3_changes64(state_->db);
}

int64_t Connection::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(state_->db);
}

}  // namespace soma::store
