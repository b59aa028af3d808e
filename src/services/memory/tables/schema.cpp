#include "services/memory/tables/stored_json.h"
#include "services/memory/tables/tables.h"

namespace soma::memory::tables {

using os::Result;
using store::Connection;
using store::Statement;

std::vector<std::string> migrations() {
  return {R"sql(
CREATE TABLE counter (last INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
CREATE TABLE memory (id TEXT PRIMARY KEY, body TEXT NOT NULL);

CREATE TABLE session (memory TEXT NOT NULL, actor TEXT NOT NULL, session TEXT NOT NULL, created INTEGER NOT NULL,
                      change INTEGER NOT NULL, PRIMARY KEY (memory, actor, session)) WITHOUT ROWID;
CREATE INDEX session_age ON session(memory, actor, change);
CREATE TABLE event (change INTEGER PRIMARY KEY, memory TEXT NOT NULL, actor TEXT NOT NULL, session TEXT NOT NULL,
                    id TEXT NOT NULL, at INTEGER NOT NULL, expires INTEGER NOT NULL, remember INTEGER NOT NULL,
                    branch TEXT NOT NULL, token TEXT, body TEXT NOT NULL);
CREATE UNIQUE INDEX event_id ON event(memory, actor, session, id);
CREATE UNIQUE INDEX event_token ON event(memory, token) WHERE token IS NOT NULL;
CREATE INDEX event_expiry ON event(expires);
CREATE INDEX event_change ON event(memory, change);

CREATE TABLE record (number INTEGER PRIMARY KEY, memory TEXT NOT NULL, id TEXT NOT NULL, strategy TEXT NOT NULL,
                     namespace TEXT NOT NULL, subject TEXT NOT NULL, created INTEGER NOT NULL,
                     updated INTEGER NOT NULL, change INTEGER NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX record_id ON record(memory, id);
CREATE INDEX record_change ON record(memory, change);
CREATE INDEX record_namespace ON record(memory, namespace, change);
CREATE INDEX record_subject ON record(memory, strategy, namespace, subject);
CREATE TABLE batch (memory TEXT NOT NULL, token TEXT NOT NULL, at INTEGER NOT NULL, answer TEXT NOT NULL,
                    PRIMARY KEY (memory, token)) WITHOUT ROWID;

CREATE TABLE work (memory TEXT NOT NULL, strategy TEXT NOT NULL, actor TEXT NOT NULL, session TEXT NOT NULL,
                   job TEXT NOT NULL, seen INTEGER NOT NULL, wanted INTEGER NOT NULL, rest_at INTEGER,
                   attempts INTEGER NOT NULL, failure TEXT NOT NULL,
                   PRIMARY KEY (memory, strategy, actor, session)) WITHOUT ROWID;
CREATE INDEX work_waiting ON work(wanted) WHERE wanted > seen;
CREATE INDEX work_rest ON work(rest_at) WHERE rest_at IS NOT NULL;
CREATE TABLE notes (memory TEXT NOT NULL, strategy TEXT NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL,
                    PRIMARY KEY (memory, strategy, actor)) WITHOUT ROWID;
)sql"};
}

Result<uint64_t> next_change(Connection& connection) {
  SOMA_TRY(connection.run("UPDATE counter SET last = last + 1"));
  return last_change(connection);
}

Result<uint64_t> last_change(Connection& connection) {
  SOMA_ASSIGN(Statement statement, connection.prepare("SELECT last FROM counter"));
  SOMA_TRY(statement.step());
  return static_cast<uint64_t>(statement.integer(0));
}

Result<std::vector<Memory>> read_memories(Connection& connection) {
  std::vector<Memory> out;
  SOMA_ASSIGN(Statement statement, connection.prepare("SELECT body FROM memory"));
  for (;;) {
    SOMA_ASSIGN(const bool row, statement.step());
    if (!row) return out;
    SOMA_ASSIGN(Memory memory, memory_from_body(statement.text(0)));
    out.push_back(std::move(memory));
  }
}

Result<std::optional<Memory>> read_memory(Connection& connection, const std::string& id) {
  SOMA_ASSIGN(Statement statement, connection.prepare("SELECT body FROM memory WHERE id=?"));
  SOMA_ASSIGN(const bool row, statement.bind(1, id).step());
  if (!row) return std::nullopt;
  return memory_from_body(statement.text(0));
}

Result<> write_memory(Connection& connection, const Memory& memory) {
  SOMA_ASSIGN(Statement statement,
              connection.prepare("INSERT OR REPLACE INTO memory(id, body) VALUES (?,?)"));
  return statement.bind(1, memory.id).bind(2, memory_body(memory)).run();
}

Result<> remove_memory(Connection& connection, const std::string& id) {
  for (const std::string_view sql : {"DELETE FROM event WHERE memory=?", "DELETE FROM session WHERE memory=?",
                                     "DELETE FROM record WHERE memory=?", "DELETE FROM batch WHERE memory=?",
                                     "DELETE FROM work WHERE memory=?", "DELETE FROM notes WHERE memory=?",
                                     "DELETE FROM memory WHERE id=?"}) {
    SOMA_ASSIGN(Statement statement, connection.prepare(sql));
    SOMA_TRY(statement.bind(1, id).run());
  }
  return {};
}

Result<> remove_strategy(Connection& connection, const std::string& memory, const std::string& strategy) {
  for (const std::string_view sql :
       {"DELETE FROM record WHERE memory=? AND strategy=?", "DELETE FROM work WHERE memory=? AND strategy=?",
        "DELETE FROM notes WHERE memory=? AND strategy=?"}) {
    SOMA_ASSIGN(Statement statement, connection.prepare(sql));
    SOMA_TRY(statement.bind(1, memory).bind(2, strategy).run());
  }
  return {};
}

}  // namespace soma::memory::tables
