#include "base/store/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>

namespace soma::store {
namespace {

struct Translation {
  int primary;
  os::Code code;
  std::string_view hint;
};

constexpr Translation kTranslations[] = {
    {SQLITE_FULL, os::Code::kLimitExceeded,
     "free space on the disk that holds the database; nothing was written"},
    {SQLITE_TOOBIG, os::Code::kLimitExceeded, "a text or blob is larger than SQLite accepts"},
    {SQLITE_BUSY, os::Code::kUnavailable, "another program holds the database; close it"},
    {SQLITE_LOCKED, os::Code::kUnavailable, "another statement of this process holds the table"},
    {SQLITE_CORRUPT, os::Code::kCorrupt,
     "restore the file from a backup; sqlite3's .recover saves what can be read"},
    {SQLITE_NOTADB, os::Code::kCorrupt, "the file is no SQLite database; name another path"},
    {SQLITE_READONLY, os::Code::kPermissionDenied, "make the file and its directory writable"},
    {SQLITE_PERM, os::Code::kPermissionDenied, "make the file and its directory writable"},
    {SQLITE_AUTH, os::Code::kPermissionDenied, ""},
    {SQLITE_CANTOPEN, os::Code::kUnavailable, "check that the directory exists and is writable"},
    {SQLITE_RANGE, os::Code::kInternal, "a parameter index is outside of the statement's"},
};

// Which of the disk's operations failed: "disk I/O error" alone says too little.
struct DiskOperation {
  int result;
  std::string_view name;
};

constexpr DiskOperation kDiskOperations[] = {
    {SQLITE_IOERR_READ, "read"},
    {SQLITE_IOERR_SHORT_READ, "read"},
    {SQLITE_IOERR_WRITE, "write"},
    {SQLITE_IOERR_FSYNC, "sync"},
    {SQLITE_IOERR_DIR_FSYNC, "sync of the directory"},
    {SQLITE_IOERR_TRUNCATE, "truncate"},
    {SQLITE_IOERR_FSTAT, "stat"},
    {SQLITE_IOERR_DELETE, "remove"},
    {SQLITE_IOERR_SHMOPEN, "open of the log's index"},
    {SQLITE_IOERR_SHMMAP, "mapping of the log's index"},
};

}  // namespace

std::unexpected<os::Error> fail_sqlite(sqlite3* db, int result, std::string_view what) {
  std::string message = fmt::format("{}: {}", what, sqlite3_errstr(result));
  if (db != nullptr && sqlite3_extended_errcode(db) == result)
    message = fmt::format("{}: {}", what, sqlite3_errmsg(db));
  for (const DiskOperation& operation : kDiskOperations)
    if (operation.result == result) message += fmt::format(": the {} failed", operation.name);
  const int primary = result & 0xff;
  if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && db != nullptr &&
      sqlite3_system_errno(db) != 0)
    message +=
        fmt::format(" ({})", std::strerror(sqlite3_system_errno(db)));  // NOLINT(concurrency-mt-unsafe)
  if (result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY)
    return os::fail(os::Code::kAlreadyExists, std::move(message));
  if (primary == SQLITE_CONSTRAINT) return os::fail(os::Code::kInvalidArgument, std::move(message));
  for (const Translation& translation : kTranslations)
    if (translation.primary == primary)
      return os::fail(translation.code, std::move(message), std::string(translation.hint));
  return os::fail(os::Code::kInternal, std::move(message));
}

}  // namespace soma::store
