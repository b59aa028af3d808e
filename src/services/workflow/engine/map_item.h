// One item of a Map: what an iteration is given of it, and what the context object tells of it as "Map.Item".
// Source: "Accessing execution data from the Context object" of the AWS Step Functions Developer Guide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"

namespace soma::workflow::engine {

inline constexpr std::string_view kFromStateData = "STATE_DATA";

struct MapItem {
  json::Value value{};
  std::optional<std::string> key{};  // of a member, where it is an object that is iterated over
  // Where it comes from: the state's input, "S3://bucket/key" of the object it was read from, "S3://bucket"
  // of one that was listed.
  std::string source{kFromStateData};

  // The item as an iteration's input: the value; of a member {"Key": …, "Value": …}.
  json::Value input() const;
  // {"Item": {"Index": …, "Key": …, "Value": …, "Source": …}}, without a key where there is none.
  json::Value context(int64_t index) const;
};

// The element of an array, or the member of an object. `index` is less than the size of `items`.
MapItem item_at(const json::Value& items, size_t index);

}  // namespace soma::workflow::engine
