// What a Connection holds; seen by the Database that drives it.
#pragma once

#include <sqlite3.h>

#include <map>
#include <string>

#include "base/store/store.h"

namespace soma::store {

inline constexpr size_t kMaxCachedStatements =
    256;  // per connection; more are forgotten after the closure that made them

struct Connection::State {
  sqlite3* db = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements;
  bool may_have_written = false;  // a statement that is not read-only was prepared since the flag was lowered

  // Ends every statement that a closure left open; its read transaction ends with it.
  void finish_statements();
};

}  // namespace soma::store
