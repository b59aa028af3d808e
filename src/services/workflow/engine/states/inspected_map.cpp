// A Map state that is watched and whose iterations something stands in for: inline or distributed, what each
// of them would be given is shown, and none begins.
#include <algorithm>
#include <limits>
#include <utility>

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
json::Value batches_of(json::Value inputs, const json::Value& batch_input, const json::Value& limits) {
  const size_t most_items = most_of(limits, "maxItemsPerBatch");
  const size_t most_bytes = most_of(limits, "maxInputBytesPerBatch");
  const size_t frame_bytes = json::write(batch_of(json::Array(), batch_input)).size();
  json::Value batches = json::Array(), items = json::Array();
  size_t bytes = frame_bytes;
  for (json::Value& input : inputs.as_array()) {
    const size_t more = json::write(input).size() + 1;  // with a comma
    if (!items.empty() && (items.size() == most_items || bytes + more > most_bytes)) {
      batches.push_back(batch_of(std::exchange(items, json::Array()), batch_input));
      bytes = frame_bytes;
    }
    bytes += more;
    items.push_back(std::move(input));
  }
  if (!items.empty()) batches.push_back(batch_of(std::move(items), batch_input));
  return batches;
}

Attempt<json::Value> inputs_of(Run& run, Frame& frame, const Payload& effective, const json::Value& items,
                               size_t count) {
  if (count > kMaxInspectedItems) return std::unexpected(too_large(frame.plan().state->name));
  json::Value inputs = json::Array();
  for (size_t index = 0; index < count; ++index) {
    SOMA_ASSIGN(const Payload input,
                item_input(run, frame, effective, static_cast<int64_t>(index), item_at(items, index)));
    inputs.push_back(input.value());
  }
  return inputs;
}

}  // namespace

void inspect_map(Run& run, Frame& frame, const Payload& effective, const json::Value& order) {
  const auto& map = details_of<MapDetails>(frame.plan());
  const json::Value* items = order.find("items");
  size_t iterations = 0;
  if (items != nullptr) iterations = std::min(items->size(), most_of(order.get("limits"), "maxItems"));
  if (items != nullptr && (map.item_selector || map.batcher)) {
    auto inputs = inputs_of(run, frame, effective, *items, iterations);
    if (!inputs) return run.fail(frame, std::move(inputs.error()));
    if (map.item_selector) run.saw(Stage::kItemSelector, Payload(*inputs));
    if (map.batcher) {
      json::Value batches = batches_of(std::move(*inputs), order.get("batch"), order.get("limits"));
      iterations = batches.size();
      run.saw(Stage::kItemBatcher, Payload(std::move(batches)));
    }
  }
  if (items != nullptr) run.inspection()->iterations = iterations;
  end_children(run, frame, *instead_of_work(run));
}

}  // namespace soma::workflow::engine
