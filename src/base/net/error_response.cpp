// From an error to the one shape in which clients see it. Exception names are those that the SDKs of the
// re-created APIs know. A detail named "www-authenticate" becomes that header (RFC 9110 11.6.1).
#include <algorithm>
#include <array>

#include "base/net/http.h"
#include "base/os/os.h"

namespace soma::net {

namespace {

struct Mapping {
  os::Code code;
  int status;
  std::string_view exception;
};

constexpr std::array kMappings{
    Mapping{os::Code::kInvalidArgument, 400, "ValidationException"},
    Mapping{os::Code::kUnauthenticated, 401, "UnauthorizedException"},
    Mapping{os::Code::kPermissionDenied, 403, "AccessDeniedException"},
    Mapping{os::Code::kNotFound, 404, "ResourceNotFoundException"},
    Mapping{os::Code::kAlreadyExists, 409, "ConflictException"},
    Mapping{os::Code::kConflict, 409, "ConflictException"},
    Mapping{os::Code::kFailedPrecondition, 412, "PreconditionFailedException"},
    Mapping{os::Code::kLimitExceeded, 429, "ThrottlingException"},
    Mapping{os::Code::kInternal, 500, "InternalServerException"},
    Mapping{os::Code::kCorrupt, 500, "InternalServerException"},
    Mapping{os::Code::kUnsupported, 501, "UnsupportedOperationException"},
    Mapping{os::Code::kUnavailable, 503, "ServiceUnavailableException"},
    Mapping{os::Code::kCancelled, 503, "ServiceUnavailableException"},
    Mapping{os::Code::kTimeout, 504, "TimeoutException"},
};

const Mapping& mapping_of(os::Code code) {
  const auto* found = std::ranges::find(kMappings, code, &Mapping::code);
  static constexpr Mapping kUnknown{os::Code::kInternal, 500, "InternalServerException"};
  return found == kMappings.end() ? kUnknown : *found;
}

// A limit on what was sent is the request's fault: its size (413) or its shape (400). One on rate or number
// may pass by itself (429).
enum class Limit { kNone, kSize, kShape };
Limit limit_of(const os::Error& error) {
  if (error.code != os::Code::kLimitExceeded) return Limit::kNone;
  const auto named = std::ranges::find(error.details, "limit", &std::pair<std::string, std::string>::first);
  if (named == error.details.end()) return Limit::kNone;
  if (named->second.ends_with("_bytes")) return Limit::kSize;
  return named->second == "max_depth" ? Limit::kShape : Limit::kNone;
}

}  // namespace

int status_of(os::Code code) {
  return mapping_of(code).status;
}

std::string_view exception_name(os::Code code) {
  return mapping_of(code).exception;
}

Response error_response(const os::Error& error, std::string_view request_id) {
  const Limit limit = limit_of(error);
  const bool too_large = limit == Limit::kSize;
  const os::Code code = limit == Limit::kShape ? os::Code::kInvalidArgument : error.code;
  const std::string_view name = too_large ? "RequestTooLargeException" : exception_name(code);
  json::Value body = json::object({{"code", name}, {"message", error.message}});
  if (!error.hint.empty()) body.set("hint", error.hint);
  // The one exception whose shape has a member of its own, and requires it.
  if (code == os::Code::kInvalidArgument) body.set("reason", "FieldValidationFailed");
  body.set("requestId", request_id);
  Response response = Response::json(too_large ? 413 : status_of(code), body);
  response.headers.add("x-amzn-errortype", std::string(name));
  const auto challenge =
      std::ranges::find(error.details, "www-authenticate", &std::pair<std::string, std::string>::first);
  if (challenge != error.details.end()) response.headers.add("www-authenticate", challenge->second);
  return response;
}

}  // namespace soma::net
