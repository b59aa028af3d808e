// How an operation of the Step Functions API fails: the service's own names and sentences.
//
// Sources: the service's API reference (each operation's "Errors"), recorded answers.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/os/result.h"

namespace soma::workflow {

struct ApiError {
  std::string name;  // "StateMachineDoesNotExist"
  std::string message;
  int status = 400;
};
template <class T = void>
using Answered = std::expected<T, ApiError>;

// Names that more than one place uses.
namespace error {
inline constexpr std::string_view kConflict = "ConflictException";
inline constexpr std::string_view kInvalidArn = "InvalidArn";
inline constexpr std::string_view kInvalidDefinition = "InvalidDefinition";
inline constexpr std::string_view kInvalidExecutionInput = "InvalidExecutionInput";
inline constexpr std::string_view kInvalidLogging = "InvalidLoggingConfiguration";
inline constexpr std::string_view kInvalidEncryption = "InvalidEncryptionConfiguration";
inline constexpr std::string_view kInvalidName = "InvalidName";
inline constexpr std::string_view kInvalidOutput = "InvalidOutput";
inline constexpr std::string_view kInvalidToken = "InvalidToken";
inline constexpr std::string_view kMissingParameter = "MissingRequiredParameter";
inline constexpr std::string_view kNotRedrivable = "ExecutionNotRedrivable";
inline constexpr std::string_view kQuotaExceeded = "ServiceQuotaExceededException";
inline constexpr std::string_view kResourceNotFound = "ResourceNotFound";
inline constexpr std::string_view kSerialization = "SerializationException";
inline constexpr std::string_view kTooManyTags = "TooManyTags";
inline constexpr std::string_view kTypeNotSupported = "StateMachineTypeNotSupported";
inline constexpr std::string_view kUnknownOperation = "UnknownOperationException";
inline constexpr std::string_view kUnsupported = "UnsupportedOperationException";
inline constexpr std::string_view kValidation = "ValidationException";
}  // namespace error

std::unexpected<ApiError> refuse(std::string_view name, std::string message);

// The sentences that quote what they are about.
std::unexpected<ApiError> invalid_arn(std::string_view what);  // "Invalid Arn: '…'"
std::unexpected<ApiError> invalid_name(std::string_view name);
std::unexpected<ApiError> invalid_execution_input(std::string_view what);
std::unexpected<ApiError> invalid_page_token();
std::unexpected<ApiError> no_state_machine(std::string_view arn);
std::unexpected<ApiError> no_activity(std::string_view arn);
std::unexpected<ApiError> no_execution(std::string_view arn);
std::unexpected<ApiError> no_resource();
std::unexpected<ApiError> no_tagged_resource(std::string_view arn);
std::unexpected<ApiError> state_machine_deleting(std::string_view arn);

// What soma itself could not do (a full disk, a shutdown): the caller's request was not at fault.
ApiError internal_failure(const os::Error& error);
// The same failure as the rest of soma tells it.
os::Error to_os_error(const ApiError& error);

}  // namespace soma::workflow
