// How a state fails, on its way to Retry and Catch.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "services/workflow/query/query.h"

namespace soma::workflow::engine {

namespace errors {
inline constexpr std::string_view kAll = "States.ALL";
inline constexpr std::string_view kTaskFailed = "States.TaskFailed";
inline constexpr std::string_view kTimeout = "States.Timeout";
inline constexpr std::string_view kHeartbeatTimeout = "States.HeartbeatTimeout";
inline constexpr std::string_view kRuntime = "States.Runtime";
inline constexpr std::string_view kDataLimitExceeded = "States.DataLimitExceeded";
inline constexpr std::string_view kQueryEvaluation = "States.QueryEvaluationError";
inline constexpr std::string_view kNoChoiceMatched = "States.NoChoiceMatched";
}  // namespace errors

struct Failure {
  std::optional<std::string> error{}, cause{};
  // An expression failed: history tells where, in an event of its own.
  bool evaluation = false;
  std::string location{};
  // That event follows the state's Entered event although nothing happened since (Wait), instead of what
  // came before the state.
  bool after_entering = false;
  // Its name was given by a task or a Fail state: it means no more than it says.
  bool from_outside = false;
  // One more name that Retry and Catch can know it by.
  std::string_view also{};

  // No Retry or Catch sees it: the execution fails.
  bool fatal() const { return error == errors::kRuntime && !from_outside; }
};

template <class T>
using Attempt = std::expected<T, Failure>;

}  // namespace soma::workflow::engine
