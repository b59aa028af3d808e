// Times as the journal's columns hold them: microseconds since 1970-01-01 UTC.
#pragma once

#include <cstdint>

#include "base/os/os.h"

namespace soma::journal {

inline int64_t to_column(os::Time time) {
  return time.time_since_epoch().count();
}
inline os::Time from_column(int64_t microseconds) {
  return os::Time(os::Duration(microseconds));
}

}  // namespace soma::journal
