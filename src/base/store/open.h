// Opening an SQLite file the way soma wants it: settings, identity, schema version.
#pragma once

#include "base/store/store.h"

namespace soma::store {

enum class Access { kWrite, kRead };

// A handle with soma's settings, on a file that open_file() has prepared. The caller closes it.
os::Result<sqlite3*> open_handle(const Options& options, Access access);

// Opens or makes the file, checks whose it is and brings its schema up to date. The handle is the writer's.
os::Result<sqlite3*> open_file(const Options& options);

}  // namespace soma::store
