#include "services/workflow/errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::workflow {
namespace {

using os::Code;

// What the service's error names mean in soma's own words; the rest are wrong requests.
struct Meaning {
  std::string_view name;
  Code code;
};
constexpr Meaning kMeanings[] = {
    {"ActivityDoesNotExist", Code::kNotFound},
    {"ExecutionDoesNotExist", Code::kNotFound},
    {"ResourceNotFound", Code::kNotFound},
    {"StateMachineDoesNotExist", Code::kNotFound},
    {"TaskDoesNotExist", Code::kNotFound},
    {"ActivityAlreadyExists", Code::kAlreadyExists},
    {"ExecutionAlreadyExists", Code::kAlreadyExists},
    {"StateMachineAlreadyExists", Code::kAlreadyExists},
    {"ConflictException", Code::kConflict},
    {"StateMachineDeleting", Code::kConflict},
    {"ExecutionNotRedrivable", Code::kFailedPrecondition},
    {"TaskTimedOut", Code::kFailedPrecondition},
    {"ActivityLimitExceeded", Code::kLimitExceeded},
    {"ActivityWorkerLimitExceeded", Code::kLimitExceeded},
    {"ExecutionLimitExceeded", Code::kLimitExceeded},
    {"ServiceQuotaExceededException", Code::kLimitExceeded},
    {"StateMachineLimitExceeded", Code::kLimitExceeded},
    {"ThrottlingException", Code::kLimitExceeded},
    {"TooManyTags", Code::kLimitExceeded},
    {"UnsupportedOperationException", Code::kUnsupported},
    {"ServiceUnavailableException", Code::kUnavailable},
    {"InternalServerException", Code::kInternal},
};

}  // namespace

std::unexpected<ApiError> refuse(std::string_view name, std::string message) {
  return std::unexpected(ApiError{std::string(name), std::move(message)});
}

std::unexpected<ApiError> invalid_arn(std::string_view what) {
  return refuse(error::kInvalidArn, fmt::format("Invalid Arn: '{}'", what));
}
std::unexpected<ApiError> invalid_name(std::string_view name) {
  return refuse(error::kInvalidName, fmt::format("Invalid Name: '{}'", name));
}
std::unexpected<ApiError> invalid_execution_input(std::string_view what) {
  return refuse(error::kInvalidExecutionInput,
                fmt::format("Invalid State Machine Execution Input: '{}'", what));
}
std::unexpected<ApiError> invalid_page_token() {
  return refuse(error::kInvalidToken, "Invalid Token: 'Invalid token'");
}
std::unexpected<ApiError> no_state_machine(std::string_view arn) {
  return refuse("StateMachineDoesNotExist", fmt::format("State Machine Does Not Exist: '{}'", arn));
}
std::unexpected<ApiError> no_activity(std::string_view arn) {
  return refuse("ActivityDoesNotExist", fmt::format("Activity Does Not Exist: '{}'", arn));
}
std::unexpected<ApiError> no_execution(std::string_view arn) {
  return refuse("ExecutionDoesNotExist", fmt::format("Execution Does Not Exist: '{}'", arn));
}
std::unexpected<ApiError> no_resource() {
  return refuse(error::kResourceNotFound, "Request references a resource that does not exist.");
}
std::unexpected<ApiError> no_tagged_resource(std::string_view arn) {
  return refuse(error::kResourceNotFound, fmt::format("Resource not found: '{}'", arn));
}
std::unexpected<ApiError> state_machine_deleting(std::string_view arn) {
  return refuse("StateMachineDeleting", fmt::format("State Machine is being deleted: '{}'", arn));
}

ApiError internal_failure(const os::Error& error) {
  switch (error.code) {
    case Code::kUnavailable:
    case Code::kCancelled:
      return {"ServiceUnavailableException", error.message, 503};
    case Code::kLimitExceeded:
      return {"ThrottlingException", error.message, 400};
    default:
      return {"InternalServerException", error.message, 500};
  }
}

os::Error to_os_error(const ApiError& error) {
  const auto* const found = std::ranges::find(kMeanings, error.name, &Meaning::name);
  return {found == std::end(kMeanings) ? Code::kInvalidArgument : found->code, error.message};
}

}  // namespace soma::workflow
