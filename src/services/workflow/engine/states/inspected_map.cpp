// A Map state that is watched and whose iterations something stands in for: inline or distributed, what each
// of them would be given is shown, and none begins.
#include <algorithm>
#include <limits>

#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {
namespace {

// A limit of ItemReader or ItemBatcher; none given, or 0: no limit.
size_t most_of(const json::Value& limits, std::string_view name) {
  const int64_t given = limits.get(name).int_or(0);
  return given > 0 ? static_cast<size_t>(given) : std::numeric_limits<size_t>::max();
}

json::Value batch_of(json::Value items, const json::Value& batch_input) {
  json::Value batch = json::Object();
  if (!batch_input.is_null()) batch.set("BatchInput", batch_input);
  batch.set("Items", std::move(items));
  return batch;
}

// Batches are filled in order, each up to both limits; one item makes a batch however large it is.
json::Value batches_of(const json::Value& inputs, const json::Value& batch_input, const json::Value& limits) {
  const size_t most_items = most_of(limits, "maxItemsPerBatch");
  const size_t most_bytes = most_of(limits, "maxInputBytesPerBatch");
  json::Value batches = json::Array(), items = json::Array();
  for (const json::Value& input : inputs.as_array()) {
    json::Value with_it = items;
    with_it.push_back(input);
    const bool full =
        with_it.size() > most_items || (most_bytes != std::numeric_limits<size_t>::max() &&
                                        json::write(batch_of(with_it, batch_input)).size() > most_bytes);
    if (full && !items.empty()) {
      batches.push_back(batch_of(std::move(items), batch_input));
      with_it = json::array({input});
    }
    items = std::move(with_it);
  }
  if (!items.empty()) batches.push_back(batch_of(std::move(items), batch_input));
  return batches;
}

Attempt<json::Value> inputs_of(Run& run, Frame& frame, const Payload& effective, const json::Value& items) {
  const size_t count = std::min(items.size(), most_of(run.inspection()->limits, "maxItems"));
  json::Value inputs = json::Array();
  for (size_t index = 0; index < count; ++index) {
    SOMA_ASSIGN(const Payload input,
                item_input(run, frame, effective, static_cast<int64_t>(index), items.at(index)));
    inputs.push_back(input.value());
  }
  return inputs;
}

}  // namespace

void inspect_map(Run& run, Frame& frame, const Payload& effective, const json::Value& order) {
  const auto& map = details_of<MapDetails>(frame.plan());
  const json::Value* items = order.find("items");
  if (items != nullptr) {
    auto inputs = inputs_of(run, frame, effective, *items);
    if (!inputs) return run.fail(frame, std::move(inputs.error()));
    if (map.item_selector) run.saw(Stage::kItemSelector, Payload(*inputs));
    if (map.batcher) {
      inputs = batches_of(*inputs, order.get("batch"), order.get("limits"));
      run.saw(Stage::kItemBatcher, Payload(*inputs));
    }
    run.inspection()->iterations = inputs->size();
  }
  end_children(run, frame, *instead_of_work(run));
}

}  // namespace soma::workflow::engine
