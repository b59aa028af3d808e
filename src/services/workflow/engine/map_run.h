// What a map run needs to know of its distributed Map state: the machine its children run, and the input of
// each.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "services/workflow/definition/definition.h"
#include "services/workflow/engine/engine.h"
#include "services/workflow/engine/map_item.h"

namespace soma::workflow::engine {

// The item processor of a distributed Map as a machine of its own. `map` must be a Map state; `text` is what
// the processor was read from.
DefinitionPtr child_definition(const workflow::State& map, std::string text = {});

struct ItemFailure {
  std::string error, cause;
};
// What a child gets for an item: the item itself, or what ItemSelector makes of it.
std::expected<Payload, ItemFailure> child_input(const workflow::State& map, const StartMapRun& run,
                                                int64_t index, const MapItem& item,
                                                const jsonata::Surroundings& surroundings);
// StartInfo::context_members of the child.
json::Value child_context(int64_t index, const MapItem& item);

}  // namespace soma::workflow::engine
