// What a caller can expect to go wrong, as a value.
//
// Result<T> is returned wherever failure is part of the contract; exceptions do not cross a folder's border.
// Each code is described, with cause and remedy, in docs/errors.md.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace soma::os {

enum class Code {
  kInvalidArgument,     // the request itself is wrong; repeating it cannot help
  kNotFound,            // the named thing does not exist
  kAlreadyExists,       // the name is taken
  kConflict,            // somebody else changed or holds it (stale expected_seq, lost lease, busy session)
  kPermissionDenied,    // known caller, forbidden action (policy, sandbox, path outside its root)
  kUnauthenticated,     // no or wrong credentials
  kLimitExceeded,       // a named limit was met; the message names it
  kTimeout,             // a deadline passed
  kCancelled,           // the caller or a shutdown stopped it
  kUnavailable,         // the far side is not reachable or not ready now; repeating may help
  kFailedPrecondition,  // the system is not in a state for it (missing sandbox, stopped store)
  kCorrupt,             // stored or received data does not have its own format
  kUnsupported,         // known, and not offered
  kInternal,            // a bug or an unexpected system error
};

// The code's name as printed and as documented: "InvalidArgument".
std::string_view code_name(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;  // what was wrong and where: never a secret
  std::string hint{};   // what to do about it; may be empty
  // For machines: "file", "line", "column", "pointer", "errno", "limit" (the limit's name: "max_depth",
  // "max_bytes").
  std::vector<std::pair<std::string, std::string>> details{};

  // "InvalidArgument: message (hint)"
  std::string to_string() const;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Code code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(hint)});
}

// "what: No space left on device", the code that fits errno (ENOSPC: kLimitExceeded), details {"errno",
// "ENOSPC"}.
std::unexpected<Error> fail_errno(std::string_view what, int error_number);

}  // namespace soma::os

// SOMA_TRY(expression);                 returns the error of a Result from the current function
// SOMA_ASSIGN(auto value, expression);  the same, else binds the value
// SOMA_CO_TRY, SOMA_CO_ASSIGN           the same inside coroutines
#define SOMA_CONCAT_INNER(a, b) a##b
#define SOMA_CONCAT(a, b) SOMA_CONCAT_INNER(a, b)
#define SOMA_TRY(...)                                                                 \
  do {                                                                                \
    auto&& soma_try_result = (__VA_ARGS__);                                           \
    if (!soma_try_result) return std::unexpected(std::move(soma_try_result.error())); \
  } while (0)
#define SOMA_CO_TRY(...)                                                                 \
  do {                                                                                   \
    auto&& soma_try_result = (__VA_ARGS__);                                              \
    if (!soma_try_result) co_return std::unexpected(std::move(soma_try_result.error())); \
  } while (0)
#define SOMA_ASSIGN_AS(result, target, ret, ...)               \
  auto&& result = (__VA_ARGS__);                               \
  if (!result) ret std::unexpected(std::move(result.error())); \
  target = std::move(*result)
#define SOMA_ASSIGN(target, ...) \
  SOMA_ASSIGN_AS(SOMA_CONCAT(soma_result_, __LINE__), target, return, __VA_ARGS__)
#define SOMA_CO_ASSIGN(target, ...) \
  SOMA_ASSIGN_AS(SOMA_CONCAT(soma_result_, __LINE__), target, co_return, __VA_ARGS__)
