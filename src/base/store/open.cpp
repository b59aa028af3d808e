#include "base/store/open.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <memory>

#include "base/store/sqlite_error.h"

namespace soma::store {
namespace {

constexpr mode_t kStoreFileMode = 0600;
constexpr int kBusyTimeoutMs = 5'000;  // how long to wait for a foreign program that reads or writes the file
constexpr int kWriterCacheKib = 8 << 10;  // pages kept by the writer
constexpr int kReaderCacheKib = 2 << 10;  // and by each reader

struct Closer {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Handle = std::unique_ptr<sqlite3, Closer>;

os::Result<> execute(sqlite3* db, const std::string& sql, std::string_view what) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return fail_sqlite(db, sqlite3_extended_errcode(db), what);
}

os::Result<int64_t> query_integer(sqlite3* db, const char* sql, std::string_view what) {
  sqlite3_stmt* statement = nullptr;
  int result = sqlite3_prepare_v2(db, sql, -1, &statement, nullptr);
  if (result == SQLITE_OK) result = sqlite3_step(statement);
  const int64_t value = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  auto failure = fail_sqlite(db, result, what);
  sqlite3_finalize(statement);
  if (result != SQLITE_ROW && result != SQLITE_DONE) return failure;
  return value;
}

// An empty file, or one that a crash left before its first migration, becomes ours; anything else must carry
// our mark.
os::Result<int64_t> check_identity(sqlite3* db, const Options& options) {
  SOMA_ASSIGN(const int64_t application, query_integer(db, "PRAGMA application_id", options.path));
  SOMA_ASSIGN(const int64_t version, query_integer(db, "PRAGMA user_version", options.path));
  SOMA_ASSIGN(const int64_t objects, query_integer(db, "SELECT count(*) FROM sqlite_schema", options.path));
  const bool fresh = application == 0 && version == 0 && objects == 0;
  if (!fresh && static_cast<uint32_t>(application) != options.application_id)
    return os::fail(
        os::Code::kCorrupt,
        fmt::format("{}: is an SQLite database of another kind (application id {:#010x}, expected {:#010x})",
                    options.path, static_cast<uint32_t>(application), options.application_id),
        "name another path; the file was not changed");
  if (version > static_cast<int64_t>(options.migrations.size()))
    return os::fail(os::Code::kCorrupt,
                    fmt::format("{}: has schema version {}, this program knows up to {}", options.path,
                                version, options.migrations.size()),
                    "it was written by a newer soma: run that version; the file was not changed");
  return version;
}

os::Result<> migrate(sqlite3* db, const Options& options, int64_t version) {
  for (size_t next = static_cast<size_t>(version); next < options.migrations.size(); ++next) {
    const std::string sql =
        fmt::format("BEGIN IMMEDIATE;\n{}\n;PRAGMA application_id={};PRAGMA user_version={};COMMIT",
                    options.migrations[next], static_cast<int32_t>(options.application_id), next + 1);
    SOMA_TRY(execute(db, sql, fmt::format("{}: migration to schema version {}", options.path, next + 1)));
  }
  return {};
}

// SQLite would make the file readable for everybody; its log and index take the file's mode.
os::Result<> make_private(const std::string& path) {
  const os::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kStoreFileMode));
  if (!fd.valid()) return os::fail_errno(path, errno);
  return {};
}

}  // namespace

os::Result<sqlite3*> open_handle(const Options& options, Access access) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result =
      sqlite3_open_v2(options.path.c_str(), &raw, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  Handle db(raw);
  if (result != SQLITE_OK) return fail_sqlite(raw, result, options.path);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  // Automatic checkpoints hide a failed sync, so the writer makes its own.
  std::string settings =
      "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; "
      "PRAGMA trusted_schema=OFF; PRAGMA wal_autocheckpoint=0; ";
  settings += options.secure_delete ? "PRAGMA secure_delete=ON; " : "PRAGMA secure_delete=OFF; ";
  settings += access == Access::kRead
                  ? fmt::format("PRAGMA query_only=ON; PRAGMA cache_size=-{}", kReaderCacheKib)
                  : fmt::format("PRAGMA cache_size=-{}", kWriterCacheKib);
  SOMA_TRY(execute(raw, settings, options.path));
  return db.release();
}

os::Result<sqlite3*> open_file(const Options& options) {
  if (options.vfs.empty()) SOMA_TRY(make_private(options.path));
  SOMA_ASSIGN(sqlite3 * raw, open_handle(options, Access::kWrite));
  Handle db(raw);
  SOMA_ASSIGN(const int64_t version, check_identity(raw, options));
  SOMA_TRY(execute(raw, fmt::format("PRAGMA page_size={}; PRAGMA journal_mode=WAL", options.page_bytes),
                   options.path));
  SOMA_TRY(migrate(raw, options, version));
  return db.release();
}

}  // namespace soma::store
