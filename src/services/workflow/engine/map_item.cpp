#include "services/workflow/engine/map_item.h"

namespace soma::workflow::engine {

json::Value MapItem::input() const {
  return key ? json::object({{"Key", *key}, {"Value", value}}) : value;
}

json::Value MapItem::context(int64_t index) const {
  json::Value item = json::object({{"Index", index}});
  if (key) item.set("Key", *key);
  item.set("Value", value);
  item.set("Source", source);
  return json::object({{"Item", std::move(item)}});
}

MapItem item_at(const json::Value& items, size_t index) {
  if (!items.is_object()) return {.value = items.at(index)};
  const auto& [key, value] = items.as_object()[index];
  return {.value = value, .key = key};
}

}  // namespace soma::workflow::engine
