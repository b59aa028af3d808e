#include <fmt/format.h>

#include <algorithm>

#include "services/memory/tables/stored_json.h"
#include "services/memory/tables/tables.h"

namespace soma::memory::tables {

using os::Result;
using store::Connection;
using store::Statement;

namespace {

#define SOMA_EVENT_COLUMNS "change, actor, session, id, at, expires, remember, body"

Result<Event> event_of_row(const Statement& row) {
  Event out;
  out.change = static_cast<uint64_t>(row.integer(0));
  out.actor_id = row.text(1);
  out.session_id = row.text(2);
  out.id = row.text(3);
  out.at = from_column(row.integer(4));
  out.expires = from_column(row.integer(5));
  out.remember = row.integer(6) != 0;
  SOMA_TRY(event_from_body(row.text(7), out));
  return out;
}

Result<std::vector<Event>> events_of(Statement& statement) {
  std::vector<Event> out;
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return out;
    SOMA_ASSIGN(Event event, event_of_row(statement));
    out.push_back(std::move(event));
  }
}

Result<std::optional<Event>> one_event(Statement& statement) {
  SOMA_ASSIGN(std::vector<Event> found, events_of(statement));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace

Result<> insert_event(Connection& connection, const SessionKey& key, const Event& event,
                      const std::string& client_token) {
  SOMA_ASSIGN(Statement session,
              connection.prepare("INSERT OR IGNORE INTO session(memory, actor, session, created, change) "
                                 "VALUES (?,?,?,?,?)"));
  session.bind(1, key.memory).bind(2, key.actor).bind(3, key.session).bind(4, to_column(event.at));
  SOMA_TRY(session.bind(5, static_cast<int64_t>(event.change)).run());
  SOMA_ASSIGN(
      Statement statement,
      connection.prepare("INSERT INTO event(change, memory, actor, session, id, at, expires, remember, "
                         "branch, token, body) VALUES (?,?,?,?,?,?,?,?,?,?,?)"));
  statement.bind(1, static_cast<int64_t>(event.change)).bind(2, key.memory).bind(3, key.actor);
  statement.bind(4, key.session).bind(5, event.id).bind(6, to_column(event.at));
  statement.bind(7, to_column(event.expires)).bind(8, static_cast<int64_t>(event.remember));
  statement.bind(9, event.branch ? event.branch->name : std::string());
  if (client_token.empty())
    statement.bind_null(10);
  else
    statement.bind(10, client_token);
  const std::string body = event_body(event);
  return statement.bind(11, body).run();
}

Result<std::optional<Event>> event_of_token(Connection& connection, const std::string& memory,
                                            const std::string& client_token, os::Time now) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_EVENT_COLUMNS
                                 " FROM event WHERE memory=? AND token=? AND expires>?"));
  statement.bind(1, memory).bind(2, client_token).bind(3, to_column(now));
  return one_event(statement);
}

Result<std::optional<Event>> read_event(Connection& connection, const SessionKey& key, std::string_view id,
                                        os::Time now) {
  SOMA_ASSIGN(
      Statement statement,
      connection.prepare("SELECT " SOMA_EVENT_COLUMNS
                         " FROM event WHERE memory=? AND actor=? AND session=? AND id=? AND expires>?"));
  statement.bind(1, key.memory).bind(2, key.actor).bind(3, key.session).bind(4, id).bind(5, to_column(now));
  return one_event(statement);
}

Result<bool> delete_event(Connection& connection, const SessionKey& key, std::string_view id) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("DELETE FROM event WHERE memory=? AND actor=? AND session=? AND id=?"));
  SOMA_TRY(statement.bind(1, key.memory).bind(2, key.actor).bind(3, key.session).bind(4, id).run());
  return connection.changes() > 0;
}

Result<std::vector<Event>> read_events(Connection& connection, const SessionKey& key, std::string_view before,
                                       const std::vector<BranchPart>& branches, size_t limit, os::Time now) {
  std::string sql = "SELECT " SOMA_EVENT_COLUMNS
                    " FROM event WHERE memory=? AND actor=? AND session=? AND expires>? AND (?5='' OR id<?5)";
  for (size_t index = 0; index < branches.size(); ++index)
    sql += fmt::format("{} (branch=?{} AND (?{}='' OR id<=?{}))", index == 0 ? " AND (" : " OR",
                       7 + 2 * index, 8 + 2 * index, 8 + 2 * index);
  if (!branches.empty()) sql += ')';
  sql += " ORDER BY id DESC LIMIT ?6";
  SOMA_ASSIGN(Statement statement, connection.prepare(sql));
  statement.bind(1, key.memory).bind(2, key.actor).bind(3, key.session).bind(4, to_column(now));
  statement.bind(5, before).bind(6, static_cast<int64_t>(limit));
  for (size_t index = 0; index < branches.size(); ++index)
    statement.bind(static_cast<int>(7 + 2 * index), branches[index].name)
        .bind(static_cast<int>(8 + 2 * index), branches[index].upto);
  return events_of(statement);
}

Result<std::optional<Event>> first_of_branch(Connection& connection, const SessionKey& key,
                                             const std::string& branch) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_EVENT_COLUMNS
                                 " FROM event WHERE memory=? AND actor=? AND session=? AND branch=? "
                                 "ORDER BY change LIMIT 1"));
  statement.bind(1, key.memory).bind(2, key.actor).bind(3, key.session).bind(4, branch);
  return one_event(statement);
}

Result<std::vector<Event>> read_conversation(Connection& connection, const SessionKey& key, size_t max_turns,
                                             os::Time now) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_EVENT_COLUMNS
                                 " FROM event WHERE memory=? AND actor=? AND session=? AND remember=1 AND "
                                 "expires>? ORDER BY change DESC LIMIT ?"));
  statement.bind(1, key.memory).bind(2, key.actor).bind(3, key.session).bind(4, to_column(now));
  statement.bind(5, static_cast<int64_t>(max_turns));
  std::vector<Event> out;
  size_t turns = 0;
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) break;
    SOMA_ASSIGN(Event event, event_of_row(statement));
    turns += event.payload.size();
    if (turns > max_turns && !out.empty()) break;
    out.push_back(std::move(event));
  }
  std::ranges::reverse(out);
  return out;
}

Result<std::vector<Event>> read_events_of_actor(Connection& connection, const std::string& memory,
                                                const std::string& actor, uint64_t after, size_t limit,
                                                os::Time now) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_EVENT_COLUMNS
                                 " FROM event WHERE memory=? AND actor=? AND change>? AND expires>? "
                                 "ORDER BY change LIMIT ?"));
  statement.bind(1, memory).bind(2, actor).bind(3, static_cast<int64_t>(after)).bind(4, to_column(now));
  statement.bind(5, static_cast<int64_t>(limit));
  return events_of(statement);
}

Result<std::optional<Event>> event_of_change(Connection& connection, uint64_t change, os::Time now) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_EVENT_COLUMNS " FROM event WHERE change=? AND expires>?"));
  statement.bind(1, static_cast<int64_t>(change)).bind(2, to_column(now));
  return one_event(statement);
}

Result<std::vector<Event>> events_between(Connection& connection, const std::string& memory, uint64_t after,
                                          uint64_t upto, size_t limit, os::Time now) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("SELECT " SOMA_EVENT_COLUMNS
                                 " FROM event WHERE memory=? AND change>? AND change<=? AND expires>? "
                                 "ORDER BY change LIMIT ?"));
  statement.bind(1, memory).bind(2, static_cast<int64_t>(after)).bind(3, static_cast<int64_t>(upto));
  statement.bind(4, to_column(now)).bind(5, static_cast<int64_t>(limit));
  return events_of(statement);
}

Result<std::vector<SessionSummary>> read_sessions(Connection& connection, const std::string& memory,
                                                  const std::string& actor, std::string_view after,
                                                  size_t limit, bool with_events) {
  std::string sql =
      "SELECT session, created FROM session AS s WHERE memory=?1 AND actor=?2 AND (?3='' OR change<"
      "(SELECT change FROM session WHERE memory=?1 AND actor=?2 AND session=?3))";
  if (with_events)
    sql += " AND EXISTS (SELECT 1 FROM event AS e WHERE e.memory=?1 AND e.actor=?2 AND e.session=s.session)";
  sql += " ORDER BY change DESC LIMIT ?4";
  SOMA_ASSIGN(Statement statement, connection.prepare(sql));
  statement.bind(1, memory).bind(2, actor).bind(3, after).bind(4, static_cast<int64_t>(limit));
  std::vector<SessionSummary> out;
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return out;
    out.push_back({actor, std::string(statement.text(0)), from_column(statement.integer(1))});
  }
}

Result<std::vector<std::string>> read_actors(Connection& connection, const std::string& memory,
                                             std::string_view after, size_t limit) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare(
                  "SELECT DISTINCT actor FROM session WHERE memory=? AND actor>? ORDER BY actor LIMIT ?"));
  statement.bind(1, memory).bind(2, after).bind(3, static_cast<int64_t>(limit));
  std::vector<std::string> out;
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return out;
    out.emplace_back(statement.text(0));
  }
}

Result<uint64_t> delete_expired(Connection& connection, os::Time now, size_t limit) {
  SOMA_ASSIGN(
      Statement statement,
      connection.prepare("DELETE FROM event WHERE change IN (SELECT change FROM event WHERE expires<=? "
                         "LIMIT ?)"));
  SOMA_TRY(statement.bind(1, to_column(now)).bind(2, static_cast<int64_t>(limit)).run());
  return static_cast<uint64_t>(connection.changes());
}

}  // namespace soma::memory::tables
