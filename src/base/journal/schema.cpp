#include "base/journal/schema.h"

namespace soma::journal {
namespace {

// The last seq and the time of a run's last event are not stored with the run: the index on (run, seq)
// answers both in one seek, and an append is one insertion, with no second copy that could disagree.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE run (
  key INTEGER PRIMARY KEY,       -- grows with each run that is made
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  created INTEGER NOT NULL,      -- all times: microseconds since 1970-01-01 UTC
  updated INTEGER NOT NULL,      -- last change of status, labels or timer; see event.at for the rest
  wake_at INTEGER,               -- the run's timer; NULL: none
  owner TEXT NOT NULL DEFAULT '',
  lease_until INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX run_by_kind ON run(kind);
CREATE INDEX run_by_kind_and_status ON run(kind, status);
CREATE INDEX run_by_wake ON run(wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE label (
  run INTEGER NOT NULL,          -- run.key
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE INDEX label_by_value ON label(name, value, run);

CREATE TABLE event (
  position INTEGER PRIMARY KEY,  -- order of writing over all runs: bodies are only ever added at the end
  run INTEGER NOT NULL,          -- run.key
  seq INTEGER NOT NULL,          -- dense in its run, from 1
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL             -- JSON text
);
CREATE UNIQUE INDEX event_by_run ON event(run, seq);

CREATE VIEW history AS           -- for people: sqlite3 journal.db "SELECT * FROM history WHERE run = '…'"
  SELECT run.id AS run, event.seq AS seq,
         strftime('%Y-%m-%dT%H:%M:%f', event.at / 1000000.0, 'unixepoch') || 'Z' AS at,
         event.type AS type, event.body AS body
  FROM event JOIN run ON run.key = event.run
  ORDER BY event.run, event.seq;
)sql";

}  // namespace

std::vector<std::string> migrations() {
  return {kVersion1};
}

}  // namespace soma::journal
