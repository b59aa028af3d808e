#include "app/cli/exit_code.h"

#include <algorithm>

namespace soma::cli {

int exit_code_of(os::Code code) {
  switch (code) {
    case os::Code::kInvalidArgument:
    case os::Code::kAlreadyExists:
    case os::Code::kUnsupported:
      return kExitUsage;
    case os::Code::kNotFound:
      return kExitNotFound;
    case os::Code::kUnavailable:
      return kExitUnavailable;
    case os::Code::kLimitExceeded:
    case os::Code::kTimeout:
      return kExitLimit;
    case os::Code::kPermissionDenied:
    case os::Code::kUnauthenticated:
    case os::Code::kFailedPrecondition:
    case os::Code::kConflict:
      return kExitRefused;
    case os::Code::kCancelled:
      return kExitInterrupted;
    case os::Code::kCorrupt:
    case os::Code::kInternal:
      return kExitFailed;
  }
  return kExitFailed;
}

int exit_code_of_stop_reason(std::string_view stop_reason) {
  static constexpr std::string_view kComplete[] = {"end_turn", "stop_sequence"};
  static constexpr std::string_view kLimits[] = {
      "max_tokens",       "max_output_tokens_exceeded",    "max_iterations_exceeded",
      "timeout_exceeded", "model_context_window_exceeded", "max_tool_calls_exceeded",
      "max_cost_exceeded"};
  if (std::ranges::find(kComplete, stop_reason) != std::end(kComplete)) return kExitOk;
  if (std::ranges::find(kLimits, stop_reason) != std::end(kLimits)) return kExitLimit;
  return stop_reason == "hook_stopped" ? kExitRefused : kExitFailed;
}

}  // namespace soma::cli
