// An answer that the server gives by itself, before or instead of a handler.
#pragma once

#include <string>
#include <string_view>

#include "base/net/http.h"

namespace soma::net {

struct Refusal {
  int status = 400;
  std::string_view exception = "ValidationException";
  std::string message{};
  std::string hint{};

  Response response(std::string_view request_id) const {
    json::Value body = json::object({{"code", exception}, {"message", message}});
    if (!hint.empty()) body.set("hint", hint);
    body.set("requestId", request_id);
    Response response = Response::json(status, body);
    response.headers.add("x-amzn-errortype", std::string(exception));
    return response;
  }
};

}  // namespace soma::net
