#include "services/memory/tables/stored_json.h"
#include "services/memory/tables/tables.h"

namespace soma::memory::tables {

using os::Result;
using store::Connection;
using store::Statement;

namespace {

#define SOMA_WORK_COLUMNS "memory, strategy, actor, session, job, seen, wanted, rest_at, attempts, failure"

Result<std::vector<Work>> works_of(Statement& statement) {
  std::vector<Work> out;
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return out;
    Work work{.key = {std::string(statement.text(0)), std::string(statement.text(2)),
                      std::string(statement.text(3))},
              .strategy = std::string(statement.text(1)),
              .job = std::string(statement.text(4)),
              .seen = static_cast<uint64_t>(statement.integer(5)),
              .wanted = static_cast<uint64_t>(statement.integer(6)),
              .rest_at = {},
              .attempts = static_cast<int>(statement.integer(8)),
              .failure = std::string(statement.text(9))};
    if (!statement.is_null(7)) work.rest_at = from_column(statement.integer(7));
    out.push_back(std::move(work));
  }
}

Result<std::optional<Work>> one_work(Statement& statement) {
  SOMA_ASSIGN(std::vector<Work> found, works_of(statement));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void bind_key(Statement& statement, int from, const Work& work) {
  statement.bind(from, work.key.memory).bind(from + 1, work.strategy);
  statement.bind(from + 2, work.key.actor).bind(from + 3, work.key.session);
}

}  // namespace

Result<> want_work(Connection& connection, const SessionKey& key, const std::string& strategy,
                   const std::string& new_job, uint64_t change) {
  SOMA_ASSIGN(
      Statement statement,
      connection.prepare(
          "INSERT INTO work(memory, strategy, actor, session, job, seen, wanted, attempts, failure) "
          "VALUES (?,?,?,?,?,0,?,0,'') ON CONFLICT DO UPDATE SET wanted=excluded.wanted, rest_at=NULL"));
  statement.bind(1, key.memory).bind(2, strategy).bind(3, key.actor).bind(4, key.session);
  return statement.bind(5, new_job).bind(6, static_cast<int64_t>(change)).run();
}

Result<std::optional<Work>> next_work(Connection& connection, os::Time now, int max_attempts) {
  SOMA_ASSIGN(
      Statement fresh,
      connection.prepare("SELECT " SOMA_WORK_COLUMNS
                         " FROM work WHERE wanted>seen AND attempts<? ORDER BY attempts, wanted LIMIT 1"));
  fresh.bind(1, static_cast<int64_t>(max_attempts));
  SOMA_ASSIGN(std::optional<Work> found, one_work(fresh));
  if (found) return found;
  SOMA_ASSIGN(Statement rested, connection.prepare("SELECT " SOMA_WORK_COLUMNS
                                                   " FROM work WHERE rest_at IS NOT NULL AND rest_at<=? AND "
                                                   "attempts<? ORDER BY rest_at LIMIT 1"));
  rested.bind(1, to_column(now)).bind(2, static_cast<int64_t>(max_attempts));
  return one_work(rested);
}

Result<std::optional<os::Time>> next_rest(Connection& connection, int max_attempts) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT min(rest_at) FROM work WHERE rest_at IS NOT NULL AND attempts<?"));
  SOMA_TRY(statement.bind(1, static_cast<int64_t>(max_attempts)).step());
  if (statement.is_null(0)) return std::nullopt;
  return from_column(statement.integer(0));
}

Result<bool> finish_work(Connection& connection, const Work& work, std::optional<os::Time> rest_at) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("UPDATE work SET seen=?, rest_at=?, attempts=0, failure='' WHERE seen=? AND "
                                 "memory=? AND strategy=? AND actor=? AND session=?"));
  statement.bind(1, static_cast<int64_t>(work.wanted));
  if (rest_at)
    statement.bind(2, to_column(*rest_at));
  else
    statement.bind_null(2);
  statement.bind(3, static_cast<int64_t>(work.seen));
  bind_key(statement, 4, work);
  SOMA_TRY(statement.run());
  return connection.changes() > 0;
}

Result<> drop_work(Connection& connection, const Work& work) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("DELETE FROM work WHERE memory=? AND strategy=? AND actor=? AND session=?"));
  bind_key(statement, 1, work);
  return statement.run();
}

Result<> fail_work(Connection& connection, const Work& work, const std::string& why) {
  SOMA_ASSIGN(
      Statement statement,
      connection.prepare("UPDATE work SET attempts=attempts+1, failure=? WHERE seen=? AND memory=? AND "
                         "strategy=? AND actor=? AND session=?"));
  statement.bind(1, why).bind(2, static_cast<int64_t>(work.seen));
  bind_key(statement, 3, work);
  return statement.run();
}

Result<uint64_t> count_waiting(Connection& connection, const std::string& memory, int max_attempts) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT count(*) FROM work WHERE wanted>seen AND memory=? AND attempts<?"));
  SOMA_TRY(statement.bind(1, memory).bind(2, static_cast<int64_t>(max_attempts)).step());
  return static_cast<uint64_t>(statement.integer(0));
}

Result<std::vector<Work>> read_failed(Connection& connection, const std::string& memory,
                                      std::string_view after, size_t limit, int max_attempts) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_WORK_COLUMNS
                                 " FROM work WHERE memory=? AND attempts>=? AND job>? ORDER BY job LIMIT ?"));
  statement.bind(1, memory).bind(2, static_cast<int64_t>(max_attempts)).bind(3, after);
  statement.bind(4, static_cast<int64_t>(limit));
  return works_of(statement);
}

Result<bool> restart_work(Connection& connection, const std::string& memory, const std::string& job,
                          int max_attempts) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("UPDATE work SET attempts=0 WHERE memory=? AND job=? AND attempts>=?"));
  SOMA_TRY(statement.bind(1, memory).bind(2, job).bind(3, static_cast<int64_t>(max_attempts)).run());
  return connection.changes() > 0;
}

Result<std::string> read_notes(Connection& connection, const std::string& memory, const std::string& strategy,
                               const std::string& actor) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT body FROM notes WHERE memory=? AND strategy=? AND actor=?"));
  SOMA_ASSIGN(const bool row, statement.bind(1, memory).bind(2, strategy).bind(3, actor).step());
  return row ? std::string(statement.text(0)) : std::string("null");
}

Result<> write_notes(Connection& connection, const std::string& memory, const std::string& strategy,
                     const std::string& actor, const std::string& notes) {
  SOMA_ASSIGN(
      Statement statement,
      connection.prepare("INSERT OR REPLACE INTO notes(memory, strategy, actor, body) VALUES (?,?,?,?)"));
  return statement.bind(1, memory).bind(2, strategy).bind(3, actor).bind(4, notes).run();
}

Result<Counts> count_all(Connection& connection, int max_attempts) {
  Counts out;
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM record), "
                                 "(SELECT count(*) FROM work WHERE wanted>seen AND attempts<?)"));
  SOMA_TRY(statement.bind(1, static_cast<int64_t>(max_attempts)).step());
  out.events = static_cast<uint64_t>(statement.integer(0));
  out.records = static_cast<uint64_t>(statement.integer(1));
  out.waiting = static_cast<uint64_t>(statement.integer(2));
  return out;
}

Result<Amount> count_in(Connection& connection, const std::string& memory) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT (SELECT count(*) FROM event WHERE memory=?1), "
                                 "(SELECT count(*) FROM record WHERE memory=?1), last FROM counter"));
  SOMA_TRY(statement.bind(1, memory).step());
  return Amount{.events = static_cast<uint64_t>(statement.integer(0)),
                .records = static_cast<uint64_t>(statement.integer(1)),
                .last_change = static_cast<uint64_t>(statement.integer(2))};
}

}  // namespace soma::memory::tables
