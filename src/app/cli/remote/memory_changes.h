// What happened to a memory, read from its changes to the last one.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::cli {

// An event or a record that was added or rewritten, as the API's /changes and /watch tell it.
struct MemoryChange {
  enum class Kind { kEvent, kRecord };
  Kind kind;
  json::Value body;
};

// Hands each change to `on_change`, in the order in which they happened. Returns the number to go on from.
// `path` is that of the memory below /api.
os::Result<int64_t> read_changes(std::string_view base_url, const std::string& path,
                                 const std::function<void(const MemoryChange&)>& on_change);

}  // namespace soma::cli
