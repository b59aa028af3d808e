// A state that runs by itself and is watched (TestState): what stands in for the world around it, and what
// was seen of it.
//
// The state goes through the same functions as in any execution; they leave here what they computed. Where
// its work would begin, `work` may answer in its place. An ordinary execution has no Inspection, and pays for
// this with a look at a pointer.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/workflow/engine/engine.h"

namespace soma::workflow::engine {

// How far a state's data has come, in the order in which it goes through them.
enum class Stage : uint8_t {
  kInputPath,
  kParameters,  // or Arguments
  kItemsPath,
  kItemSelector,  // all iterations' inputs, as an array
  kItemBatcher,
  kResult,  // raw: of a task, or a Pass state's Result
  kResultSelector,
  kResultPath,
};
inline constexpr size_t kStages = 8;
inline constexpr size_t kMaxInspectedItems = 10'000;  // of a Map whose iterations are not run; more fail it

struct Inspection {
  // What the state finds. The first: the whole context object; else the execution's own.
  std::optional<json::Value> context{};
  std::vector<std::pair<std::string, Payload>> variables{};  // in the end with what the state assigned
  int64_t retries = 0;                                       // each of its retriers was used so often before
  std::optional<json::Value> items{};                        // what a Map's ItemReader reads
  // What the state's work comes to: its task is not scheduled, no branch and no iteration begins. Asked when
  // it would begin. Null: the work is done.
  std::function<std::expected<Payload, TaskFailed>(const Inspection& so_far)> work{};

  // What was seen.
  std::array<std::optional<Payload>, kStages> stages{};
  json::Value limits{};  // a Map's, as StartMapRun has them; null: it did not come so far
  std::optional<size_t>
      iterations{};              // of a Map: items, or batches of them; nothing: its items are not known
  std::optional<size_t> rule{};  // the Choice rule that held
  std::optional<std::string> error, cause;      // the last failure's, whatever became of it
  std::optional<size_t> retrier{}, catcher{};   // that knew the error
  std::optional<int64_t> backoff_seconds{};     // the state would be tried again after these
  json::Value http_request{}, http_response{};  // of http:invoke, in the API's shape; null: none
  bool reveal_secrets = false;                  // the request is shown with what its connection added

  const std::optional<Payload>& at(Stage stage) const { return stages[static_cast<size_t>(stage)]; }
};

}  // namespace soma::workflow::engine
