#include "services/workflow/api_route.h"

#include <fmt/format.h>

#include "services/workflow/api/operations.h"
#include "services/workflow/routes.h"

namespace soma::workflow {
namespace {

using json::Value;

constexpr std::string_view kTargetPrefix = "AWSStepFunctions.";
constexpr std::string_view kContentType = "application/x-amz-json-1.0";

net::Response answer_response(const Answered<Value>& answer) {
  if (answer) return net::Response::text(200, json::write(*answer), std::string(kContentType));
  const ApiError& error = answer.error();
  net::Response response = net::Response::text(
      error.status, json::write(json::object({{"__type", error.name}, {"message", error.message}})),
      std::string(kContentType));
  response.headers.set("x-amzn-errortype", error.name);
  return response;
}

Answered<std::string> operation_of(const net::Request& request) {
  const std::string_view target = request.headers.get("x-amz-target");
  if (!target.starts_with(kTargetPrefix))
    return refuse(error::kUnknownOperation,
                  fmt::format("'{}' is no operation of this service: the header X-Amz-Target must be "
                              "{}<operation>, as the SDKs of Step Functions send it.",
                              target, kTargetPrefix));
  return std::string(target.substr(kTargetPrefix.size()));
}

Answered<Value> parameters_of(const net::Request& request) {
  auto body = request.json_body();
  if (!body) return refuse(error::kSerialization, body.error().message);
  return std::move(*body);
}

net::Task<> answer_api(Service& service, net::Request& request, net::Reply& reply) {
  const Answered<std::string> operation = operation_of(request);
  Answered<Value> parameters = operation ? parameters_of(request) : std::unexpected(operation.error());
  Answered<Value> answer = std::unexpected(parameters ? ApiError{} : parameters.error());
  if (parameters) {
    const api::Operation* known = api::find_operation(*operation);
    net::Cancellation gone = known && known->waits ? reply.gone() : net::Cancellation();
    answer = co_await api::call(service, *operation, std::move(*parameters), std::move(gone));
  }
  net::Response response = answer_response(answer);
  co_await reply.send(std::move(response));
}

}  // namespace

void mount_api(net::Router& router, Service& service) {
  router.add(
      "POST", "/",
      [&service](net::Request& request, net::Reply& reply) { return answer_api(service, request, reply); },
      net::Router::Options{kMaxApiBodyBytes});
}

}  // namespace soma::workflow
