// SQLite's result codes as the house's errors.
#pragma once

#include <string_view>

#include "base/os/result.h"

struct sqlite3;

namespace soma::store {

// kLimitExceeded (disk full), kCorrupt, kUnavailable (busy), kAlreadyExists (unique key), kPermissionDenied
// (read-only), kInternal. `db` may be null; it gives SQLite's own words.
std::unexpected<os::Error> fail_sqlite(sqlite3* db, int result, std::string_view what);

}  // namespace soma::store
