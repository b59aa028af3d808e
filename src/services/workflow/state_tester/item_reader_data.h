// What a Map's ItemReader would read, given as a text: mapItemReaderData. Private to state_tester/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"

namespace soma::workflow::state_tester {

struct ItemData {
  json::Value items;                        // an array
  std::optional<std::string> pointed_at{};  // JSON: what ItemsPointer chose; nothing: there is none
};
// `data` is as in its source: JSON (an array, or an object whose members become {"Key", "Value"}), JSONL or
// CSV, as `reader_config` says (InputType, ItemsPointer, CSVHeaderLocation, CSVHeaders, CSVDelimiter).
// kInvalidArgument: it is not that.
os::Result<ItemData> read_item_data(std::string_view data, const json::Value& reader_config);

}  // namespace soma::workflow::state_tester
