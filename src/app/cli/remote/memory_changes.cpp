#include "app/cli/remote/memory_changes.h"

#include <algorithm>
#include <vector>

#include "app/cli/remote/api_client.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

void take(Value& page, std::string_view member, MemoryChange::Kind kind, std::vector<MemoryChange>& out) {
  Value* list = page.find(member);
  if (list == nullptr || !list->is_array()) return;
  for (Value& body : list->as_array()) out.push_back({kind, std::move(body)});
}

}  // namespace

Result<int64_t> read_changes(std::string_view base_url, const std::string& path,
                             const std::function<void(const MemoryChange&)>& on_change) {
  for (int64_t after = 0;;) {
    SOMA_ASSIGN(Value page,
                call(base_url, "GET", with_query(path + "/changes", {{"after", std::to_string(after)}})));
    std::vector<MemoryChange> changes;
    take(page, "events", MemoryChange::Kind::kEvent, changes);
    take(page, "records", MemoryChange::Kind::kRecord, changes);
    after = std::max(after, page.get("next").int_or(after));
    if (changes.empty()) return after;
    std::ranges::sort(changes, {},
                      [](const MemoryChange& change) { return change.body.get("change").int_or(0); });
    for (const MemoryChange& change : changes) on_change(change);
  }
}

}  // namespace soma::cli
