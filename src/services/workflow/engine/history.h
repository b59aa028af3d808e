// The history of an execution: what the service's GetExecutionHistory shows, event for event.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::workflow::engine {

inline constexpr uint64_t kMaxHistoryEvents = 25'000;  // of a Standard execution; the next one fails it
inline constexpr size_t kMaxPayloadBytes = 262'144;    // of one input, output or result, as UTF-8 JSON text

// JSON that travels from state to state: parsed once, written once, never copied. Immutable; copies share.
// value() and text() each make what is missing when they are first called, so one payload and its copies
// belong to one thread at a time.
class Payload {
 public:
  Payload() = default;  // JSON null
  explicit Payload(json::Value value);
  // `text` must be what `value` was parsed from; it is kept as it is.
  Payload(json::Value value, std::string text);
  static os::Result<Payload> parse(std::string text);
  // Text that is known to be JSON (it was written by us): parsed when value() is asked for.
  static Payload of_text(std::string text);
  // "[a,b,…]", out of the elements' texts.
  static Payload array_of(const std::vector<Payload>& elements);
  const json::Value& value() const;
  const std::string& text() const;
  size_t bytes() const { return text().size(); }
  // One is a copy of the other.
  bool shares(const Payload& other) const { return body_ == other.body_; }

 private:
  struct Body;
  std::shared_ptr<Body> body_;
};

// The types in the API's spelling ("PassStateEntered"); the order is not kept anywhere.
enum class EventType : uint8_t {
  kExecutionStarted,
  kExecutionSucceeded,
  kExecutionFailed,
  kExecutionAborted,
  kExecutionTimedOut,
  kExecutionRedriven,
  kPassStateEntered,
  kPassStateExited,
  kTaskStateEntered,
  kTaskStateExited,
  kTaskStateAborted,
  kChoiceStateEntered,
  kChoiceStateExited,
  kWaitStateEntered,
  kWaitStateExited,
  kWaitStateAborted,
  kSucceedStateEntered,
  kSucceedStateExited,
  kFailStateEntered,
  kParallelStateEntered,
  kParallelStateStarted,
  kParallelStateSucceeded,
  kParallelStateFailed,
  kParallelStateAborted,
  kParallelStateExited,
  kMapStateEntered,
  kMapStateStarted,
  kMapStateSucceeded,
  kMapStateFailed,
  kMapStateAborted,
  kMapStateExited,
  kMapIterationStarted,
  kMapIterationSucceeded,
  kMapIterationFailed,
  kMapIterationAborted,
  kMapRunStarted,
  kMapRunSucceeded,
  kMapRunFailed,
  kMapRunAborted,
  kMapRunRedriven,
  kTaskScheduled,
  kTaskStarted,
  kTaskSubmitted,
  kTaskSucceeded,
  kTaskFailed,
  kTaskTimedOut,
  kTaskStartFailed,
  kTaskSubmitFailed,
  kLambdaFunctionScheduled,
  kLambdaFunctionStarted,
  kLambdaFunctionSucceeded,
  kLambdaFunctionFailed,
  kLambdaFunctionTimedOut,
  kLambdaFunctionScheduleFailed,
  kLambdaFunctionStartFailed,
  kActivityScheduled,
  kActivityStarted,
  kActivitySucceeded,
  kActivityFailed,
  kActivityTimedOut,
  kActivityScheduleFailed,
  kEvaluationFailed,
};
std::string_view event_type_name(EventType type);
std::optional<EventType> event_type_by_name(std::string_view name);
// The member that holds the type's details ("stateEnteredEventDetails"); empty for types without any.
std::string_view event_details_name(EventType type);

struct HistoryEvent {
  uint64_t id = 0, previous_id = 0;  // dense, from 1
  os::Time at;
  EventType type = EventType::kExecutionStarted;
  // Small members in the API's spelling (name, resource, error, cause, index, timeoutInSeconds, …).
  json::Value details;
  // The type's payload, in the member `payload_member` says ("input", "output", "parameters"); the API shows
  // it as text.
  std::string_view payload_member{};
  Payload payload{};
  std::vector<std::pair<std::string, Payload>> assigned{};  // assignedVariables
};

// As in the API, with payloads as text and their …Details {truncated: false}. Without payloads when
// `include_data` is false. Timestamps are epoch seconds.
json::Value to_api(const HistoryEvent& event, bool include_data);

}  // namespace soma::workflow::engine
