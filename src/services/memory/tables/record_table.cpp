#include "services/memory/tables/stored_json.h"
#include "services/memory/tables/tables.h"

namespace soma::memory::tables {

using os::Result;
using store::Connection;
using store::Statement;

namespace {

#define SOMA_RECORD_COLUMNS "id, strategy, namespace, subject, created, updated, change, body"

Result<Record> record_of_row(const Statement& row) {
  Record out;
  out.id = row.text(0);
  out.strategy_id = row.text(1);
  out.name_space = row.text(2);
  out.subject = row.text(3);
  out.created = from_column(row.integer(4));
  out.updated = from_column(row.integer(5));
  out.change = static_cast<uint64_t>(row.integer(6));
  SOMA_TRY(record_from_body(row.text(7), out));
  return out;
}

Result<std::vector<Record>> records_of(Statement& statement) {
  std::vector<Record> out;
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return out;
    SOMA_ASSIGN(Record record, record_of_row(statement));
    out.push_back(std::move(record));
  }
}

Result<bool> delete_where(Connection& connection, std::string_view sql, const std::string& first,
                          std::string_view second) {
  SOMA_ASSIGN(Statement statement, connection.prepare(sql));
  SOMA_TRY(statement.bind(1, first).bind(2, second).run());
  return connection.changes() > 0;
}

// A namespace without the slash at its end. It and all below it are the texts "/a", "/a/", and those from
// "/a/" up to, not including, "/a0": '0' follows '/'.
std::string without_slash(std::string_view name_space) {
  if (name_space.ends_with('/')) name_space.remove_suffix(1);
  return std::string(name_space);
}

}  // namespace

Result<> insert_record(Connection& connection, const std::string& memory, const Record& record) {
  SOMA_ASSIGN(
      Statement statement,
      connection.prepare("INSERT INTO record(number, memory, id, strategy, namespace, subject, created, "
                         "updated, change, body) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?1,?9)"));
  statement.bind(1, static_cast<int64_t>(record.change)).bind(2, memory).bind(3, record.id);
  statement.bind(4, record.strategy_id).bind(5, record.name_space).bind(6, record.subject);
  statement.bind(7, to_column(record.created)).bind(8, to_column(record.updated));
  const std::string body = record_body(record);
  return statement.bind(9, body).run();
}

Result<> rewrite_record(Connection& connection, const Record& record) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("UPDATE record SET strategy=?, namespace=?, subject=?, updated=?, change=?, "
                                 "body=? WHERE id=?"));
  statement.bind(1, record.strategy_id).bind(2, record.name_space).bind(3, record.subject);
  statement.bind(4, to_column(record.updated)).bind(5, static_cast<int64_t>(record.change));
  const std::string body = record_body(record);
  return statement.bind(6, body).bind(7, record.id).run();
}

Result<std::optional<Record>> read_record(Connection& connection, const std::string& memory,
                                          std::string_view id) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_RECORD_COLUMNS " FROM record WHERE memory=? AND id=?"));
  statement.bind(1, memory).bind(2, id);
  SOMA_ASSIGN(std::vector<Record> found, records_of(statement));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Result<bool> delete_record(Connection& connection, const std::string& memory, std::string_view id) {
  return delete_where(connection, "DELETE FROM record WHERE memory=? AND id=?", memory, id);
}

Result<std::vector<Record>> read_records(Connection& connection, const std::string& memory,
                                         const RecordFilter& filter, uint64_t before, size_t limit) {
  SOMA_ASSIGN(
      Statement statement,
      connection.prepare("SELECT " SOMA_RECORD_COLUMNS
                         " FROM record WHERE memory=?1 AND (?2='' OR namespace=?2) AND (?3='' OR "
                         "namespace=?3 OR (namespace>=?3||'/' AND namespace<?3||'0')) AND "
                         "(?4='' OR strategy=?4) AND (?5=0 OR change<?5) ORDER BY change DESC LIMIT ?6"));
  const std::string path = without_slash(filter.path);
  statement.bind(1, memory).bind(2, filter.name_space).bind(3, path).bind(4, filter.strategy_id);
  statement.bind(5, static_cast<int64_t>(before)).bind(6, static_cast<int64_t>(limit));
  return records_of(statement);
}

Result<std::vector<Record>> records_about(Connection& connection, const std::string& memory,
                                          const std::string& strategy, const std::string& name_space,
                                          std::string_view subject, size_t limit) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_RECORD_COLUMNS
                                 " FROM record WHERE memory=? AND strategy=? AND namespace=? AND subject=? "
                                 "ORDER BY number LIMIT ?"));
  statement.bind(1, memory).bind(2, strategy).bind(3, name_space).bind(4, subject);
  statement.bind(5, static_cast<int64_t>(limit));
  return records_of(statement);
}

Result<std::vector<Record>> records_between(Connection& connection, const std::string& memory, uint64_t after,
                                            uint64_t upto, size_t limit) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_RECORD_COLUMNS
                                 " FROM record WHERE memory=? AND change>? AND change<=? "
                                 "ORDER BY change LIMIT ?"));
  statement.bind(1, memory).bind(2, static_cast<int64_t>(after)).bind(3, static_cast<int64_t>(upto));
  statement.bind(4, static_cast<int64_t>(limit));
  return records_of(statement);
}

Result<std::optional<std::string>> batch_of_token(Connection& connection, const std::string& memory,
                                                  const std::string& client_token) {
  SOMA_ASSIGN(Statement statement, connection.prepare("SELECT answer FROM batch WHERE memory=? AND token=?"));
  SOMA_ASSIGN(const bool row, statement.bind(1, memory).bind(2, client_token).step());
  if (!row) return std::nullopt;
  return std::string(statement.text(0));
}

Result<> keep_batch(Connection& connection, const std::string& memory, const std::string& client_token,
                    const std::string& answer, os::Time now) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("INSERT INTO batch(memory, token, at, answer) VALUES (?,?,?,?)"));
  return statement.bind(1, memory).bind(2, client_token).bind(3, to_column(now)).bind(4, answer).run();
}

Result<ForgottenRows> forget_actor(Connection& connection, const std::string& memory,
                                   const std::string& actor, const std::vector<std::string>& name_spaces) {
  ForgottenRows out;
  SOMA_TRY(delete_where(connection, "DELETE FROM event WHERE memory=? AND actor=?", memory, actor));
  out.events = static_cast<uint64_t>(connection.changes());
  for (const std::string_view sql :
       {"DELETE FROM session WHERE memory=? AND actor=?", "DELETE FROM work WHERE memory=? AND actor=?",
        "DELETE FROM notes WHERE memory=? AND actor=?"})
    SOMA_TRY(delete_where(connection, sql, memory, actor));
  for (const std::string& name_space : name_spaces) {
    SOMA_TRY(delete_where(connection,
                          "DELETE FROM record WHERE memory=?1 AND (namespace=?2 OR "
                          "(namespace>=?2||'/' AND namespace<?2||'0'))",
                          memory, without_slash(name_space)));
    out.records += static_cast<uint64_t>(connection.changes());
  }
  return out;
}

}  // namespace soma::memory::tables
