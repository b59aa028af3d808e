// Packs a distributed map's items into the inputs of its children: {"BatchInput": …, "Items": […]}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "services/workflow/engine/history.h"

namespace soma::workflow {

struct Batch {
  std::string input;   // JSON text
  uint64_t items = 0;  // how many are in it
};

class Batcher {
 public:
  // Of one batch; 0: as many as fit. A batch never has more than `kMaxPayloadBytes`, unless one item alone
  // has.
  struct Limits {
    uint64_t items = 0, bytes = 0;
  };
  // `batch_input` null: the batches have none.
  Batcher(Limits limits, const json::Value& batch_input);

  // The batch that the item, as JSON text, found no room in.
  std::optional<Batch> add(std::string_view item);
  // What is left at the end.
  std::optional<Batch> finish();

 private:
  bool fits(std::string_view item) const;

  Limits limits_;
  std::string head_;
  Batch now_;
};

}  // namespace soma::workflow
