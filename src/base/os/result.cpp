#include "base/os/result.h"

#include <cerrno>
#include <cstring>

namespace soma::os {
namespace {

Code code_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return Code::kNotFound;
    case EEXIST:
      return Code::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EFBIG:
    case E2BIG:
      return Code::kLimitExceeded;
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return Code::kInvalidArgument;
    case EBUSY:
    case ETXTBSY:
      return Code::kConflict;
    case ENOTEMPTY:
      return Code::kFailedPrecondition;
    case EAGAIN:
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPIPE:
      return Code::kUnavailable;
    case ETIMEDOUT:
      return Code::kTimeout;
    case ECANCELED:
      return Code::kCancelled;
    case ENOSYS:
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
      return Code::kUnsupported;
    default:
      return Code::kInternal;
  }
}

}  // namespace

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return "InvalidArgument";
    case Code::kNotFound:
      return "NotFound";
    case Code::kAlreadyExists:
      return "AlreadyExists";
    case Code::kConflict:
      return "Conflict";
    case Code::kPermissionDenied:
      return "PermissionDenied";
    case Code::kUnauthenticated:
      return "Unauthenticated";
    case Code::kLimitExceeded:
      return "LimitExceeded";
    case Code::kTimeout:
      return "Timeout";
    case Code::kCancelled:
      return "Cancelled";
    case Code::kUnavailable:
      return "Unavailable";
    case Code::kFailedPrecondition:
      return "FailedPrecondition";
    case Code::kCorrupt:
      return "Corrupt";
    case Code::kUnsupported:
      return "Unsupported";
    case Code::kInternal:
      return "Internal";
  }
  return "Internal";
}

std::string Error::to_string() const {
  std::string text(code_name(code));
  text += ": ";
  text += message;
  if (!hint.empty()) {
    text += " (";
    text += hint;
    text += ')';
  }
  return text;
}

std::unexpected<Error> fail_errno(std::string_view what, int error_number) {
  const char* description = strerrordesc_np(error_number);
  const char* name = strerrorname_np(error_number);
  Error error{code_of_errno(error_number), std::string(what)};
  error.message += ": ";
  error.message +=
      description != nullptr ? std::string(description) : "error " + std::to_string(error_number);
  error.details.emplace_back("errno", name != nullptr ? std::string(name) : std::to_string(error_number));
  return std::unexpected(std::move(error));
}

}  // namespace soma::os
