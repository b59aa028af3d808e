#include "services/memory/api/api_errors.h"

#include <algorithm>

#include "services/memory/api/members.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Code;

struct Shown {
  int status;
  std::string_view name, reason{};  // the reason is a ValidationException's
};

Shown shown_as(Code code) {
  switch (code) {
    case Code::kAlreadyExists:
      return {400, "ValidationException", "ResourceConflict"};
    case Code::kInvalidArgument:
    case Code::kUnsupported:
      return {400, "ValidationException", "FieldValidationFailed"};
    case Code::kFailedPrecondition:
      return {400, "ValidationException", "ResourceConflict"};
    case Code::kConflict:
      return {409, "RetryableConflictException"};
    case Code::kLimitExceeded:
      return {402, "ServiceQuotaExceededException"};
    case Code::kInternal:
    case Code::kCorrupt:
      return {500, "ServiceException"};
    case Code::kUnavailable:
    case Code::kCancelled:
    case Code::kTimeout:
      return {net::status_of(code), "ServiceException"};
    case Code::kNotFound:
    case Code::kPermissionDenied:
    case Code::kUnauthenticated:
      break;
  }
  return {net::status_of(code), net::exception_name(code)};
}

// What members.h found: a member and its problem, in turns.
Value field_list(const os::Error& error) {
  Value list = json::Array{};
  for (const auto& [name, text] : error.details) {
    if (name == kFaultMember)
      list.push_back(json::object({{"name", text}}));
    else if (name == kFaultProblem && !list.empty())
      list.as_array().back().set("message", text);
  }
  return list;
}

// json::parse tells a line, or the limit that the text is over; nobody else does.
bool cannot_parse(const os::Error& error) {
  if (error.code != Code::kInvalidArgument && error.code != Code::kLimitExceeded) return false;
  return std::ranges::any_of(
      error.details, [](const auto& detail) { return detail.first == "line" || detail.first == "limit"; });
}

}  // namespace

net::Response error_answer(const os::Error& error, std::string_view request_id) {
  const Shown shown =
      cannot_parse(error) ? Shown{400, "ValidationException", "CannotParse"} : shown_as(error.code);
  Value body = json::object({{"code", shown.name}, {"message", error.message}});
  if (!error.hint.empty()) body.set("hint", error.hint);
  if (!shown.reason.empty()) body.set("reason", shown.reason);
  if (Value fields = field_list(error); !fields.empty()) body.set("fieldList", std::move(fields));
  body.set("requestId", request_id);
  net::Response response = net::Response::json(shown.status, body);
  response.headers.add("x-amzn-errortype", std::string(shown.name));
  return response;
}

net::Handler answering(net::Answer answer) {
  return [answer = std::move(answer)](net::Request& request, net::Reply& reply) -> net::Task<> {
    os::Result<net::Response> response = co_await answer(request);
    net::Response out = response ? std::move(*response) : error_answer(response.error(), request.id);
    co_await reply.send(std::move(out));
  };
}

}  // namespace soma::memory::api
