#include "base/journal/queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/journal/limits.h"
#include "base/journal/time_column.h"

namespace soma::journal {
namespace {

// The run's columns, and with them the seq and time of its last event: two seeks in the index of events.
constexpr std::string_view kRunColumns =
    "SELECT run.key, run.id, run.kind, run.status, run.created, run.updated, last.seq, last.at FROM run "
    "LEFT JOIN event AS last ON last.run = run.key AND last.seq = (SELECT max(seq) FROM event WHERE "
    "event.run = run.key) ";

os::Result<std::vector<Label>> read_labels(store::Connection& connection, int64_t run_key) {
  std::vector<Label> labels;
  SOMA_ASSIGN(store::Statement statement,
              connection.prepare("SELECT name, value FROM label WHERE run=? ORDER BY name"));
  statement.bind(1, run_key);
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return labels;
    labels.push_back({std::string(statement.text(0)), std::string(statement.text(1))});
  }
}

os::Result<Run> run_of_row(store::Connection& connection, const store::Statement& row) {
  Run run;
  run.id = row.text(1);
  run.kind = row.text(2);
  run.status = row.text(3);
  run.created = from_column(row.integer(4));
  run.updated = from_column(std::max(row.integer(5), row.integer(7)));
  run.last_seq = static_cast<uint64_t>(row.integer(6));
  SOMA_ASSIGN(run.labels, read_labels(connection, row.integer(0)));
  return run;
}

os::Result<int64_t> run_key(store::Connection& connection, std::string_view id) {
  SOMA_ASSIGN(store::Statement statement, connection.prepare("SELECT key FROM run WHERE id=?"));
  SOMA_ASSIGN(const bool found, statement.bind(1, id).step());
  if (!found) return os::fail(os::Code::kNotFound, fmt::format("there is no run {}", id));
  return statement.integer(0);
}

os::Result<int64_t> parse_page_token(const std::string& token) {
  int64_t key = 0;
  const char* end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, key);
  if (error != std::errc() || stop != end || key <= 0)
    return os::fail(os::Code::kInvalidArgument, "the page token is not one that list returned");
  return key;
}

// The first label leads through its index, which is in the order of run keys; the others are checked run by
// run.
std::string list_sql(const ListFilter& filter) {
  std::string sql(kRunColumns);
  if (!filter.labels.empty()) sql += "JOIN label ON label.run = run.key ";
  sql += "WHERE run.key < ? ";
  if (!filter.kind.empty()) sql += "AND run.kind = ? ";
  // One is asked for as such: the index of kinds and statuses then gives the runs in their order.
  if (filter.statuses.size() == 1) sql += "AND run.status = ? ";
  if (filter.statuses.size() > 1) {
    sql += "AND run.status IN (?";
    for (size_t index = 1; index < filter.statuses.size(); ++index) sql += ",?";
    sql += ") ";
  }
  if (!filter.labels.empty()) sql += "AND label.name = ? AND label.value = ? ";
  for (size_t index = 1; index < filter.labels.size(); ++index)
    sql +=
        "AND EXISTS (SELECT 1 FROM label AS other WHERE other.run = run.key AND other.name = ? AND "
        "other.value = ?) ";
  return sql + "ORDER BY run.key DESC LIMIT ?";
}

DueRun due_of_row(const store::Statement& row) {
  return {{row.integer(0), row.integer(1)}, std::string(row.text(2)), std::string(row.text(3))};
}

}  // namespace

os::Result<Run> read_run(store::Connection& connection, std::string_view id) {
  static const std::string sql = fmt::format("{}WHERE run.id = ?", kRunColumns);
  SOMA_ASSIGN(store::Statement statement, connection.prepare(sql));
  SOMA_ASSIGN(const bool found, statement.bind(1, id).step());
  if (!found) return os::fail(os::Code::kNotFound, fmt::format("there is no run {}", id));
  return run_of_row(connection, statement);
}

os::Result<std::vector<Event>> read_events(store::Connection& connection, std::string_view id, uint64_t from,
                                           size_t limit, size_t max_bytes) {
  SOMA_ASSIGN(const int64_t key, run_key(connection, id));
  SOMA_ASSIGN(store::Statement statement,
              connection.prepare(
                  "SELECT seq, at, type, body FROM event WHERE run=? AND seq>=? ORDER BY seq LIMIT ?"));
  const uint64_t first = std::min<uint64_t>(from, INT64_MAX);
  statement.bind(1, key)
      .bind(2, static_cast<int64_t>(first))
      .bind(3, static_cast<int64_t>(std::min(limit, kMaxReadEvents)));
  std::vector<Event> events;
  for (size_t bytes = 0; bytes < max_bytes;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) break;
    Event event{static_cast<uint64_t>(statement.integer(0)), from_column(statement.integer(1)),
                std::string(statement.text(2)), std::string(statement.text(3))};
    bytes += event.body.size();
    events.push_back(std::move(event));
  }
  return events;
}

os::Result<RunPage> list_runs(store::Connection& connection, const ListFilter& filter) {
  SOMA_TRY(check_labels(filter.labels));
  if (filter.statuses.size() > kMaxListStatuses)
    return os::fail(os::Code::kLimitExceeded, fmt::format("{} statuses to list by, kMaxListStatuses is {}",
                                                          filter.statuses.size(), kMaxListStatuses));
  int64_t before = INT64_MAX;
  if (!filter.page_token.empty()) {
    SOMA_ASSIGN(before, parse_page_token(filter.page_token));
  }
  const size_t limit = std::clamp<size_t>(filter.limit, 1, kMaxListRuns);
  SOMA_ASSIGN(store::Statement statement, connection.prepare(list_sql(filter)));
  int index = 0;
  statement.bind(++index, before);
  if (!filter.kind.empty()) statement.bind(++index, filter.kind);
  for (const std::string& status : filter.statuses) statement.bind(++index, status);
  for (const Label& label : filter.labels) {
    statement.bind(++index, label.name);
    statement.bind(++index, label.value);
  }
  statement.bind(++index, static_cast<int64_t>(limit) + 1);  // one more tells whether there is a next page
  RunPage page;
  int64_t last_key = 0;
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return page;
    if (page.runs.size() == limit) {
      page.next_token = std::to_string(last_key);
      return page;
    }
    last_key = statement.integer(0);
    SOMA_ASSIGN(Run run, run_of_row(connection, statement));
    page.runs.push_back(std::move(run));
  }
}

os::Result<std::vector<DueRun>> due_runs(store::Connection& connection, WakePlace after, os::Time now,
                                         size_t limit) {
  SOMA_ASSIGN(store::Statement statement,
              connection.prepare("SELECT wake_at, key, id, kind FROM run WHERE wake_at>=?1 AND wake_at<=?3 "
                                 "AND (wake_at>?1 OR key>?2) "
                                 "ORDER BY wake_at, key LIMIT ?4"));
  statement.bind(1, after.at).bind(2, after.key).bind(3, to_column(now)).bind(4, static_cast<int64_t>(limit));
  std::vector<DueRun> due;
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return due;
    due.push_back(due_of_row(statement));
  }
}

os::Result<std::optional<DueRun>> due_run(store::Connection& connection, std::string_view id) {
  SOMA_ASSIGN(
      store::Statement statement,
      connection.prepare("SELECT wake_at, key, id, kind FROM run WHERE id=? AND wake_at IS NOT NULL"));
  SOMA_ASSIGN(const bool row, statement.bind(1, id).step());
  if (!row) return std::nullopt;
  return due_of_row(statement);
}

os::Result<std::optional<os::Time>> next_wake(store::Connection& connection, WakePlace after) {
  SOMA_ASSIGN(store::Statement statement,
              connection.prepare("SELECT wake_at FROM run WHERE wake_at>=?1 AND (wake_at>?1 OR key>?2) ORDER "
                                 "BY wake_at, key LIMIT 1"));
  SOMA_ASSIGN(const bool row, statement.bind(1, after.at).bind(2, after.key).step());
  if (!row) return std::nullopt;
  return from_column(statement.integer(0));
}

}  // namespace soma::journal
