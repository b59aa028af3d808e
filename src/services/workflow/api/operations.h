// The Step Functions API without HTTP: an operation's name and JSON parameters in, its JSON answer out.
//
// routes.cpp and whatever calls soma from inside (tests, tasks of executions) go through call(). To add an
// operation: its parameters in shapes.cpp, its handler in the file of its group, a line in operations.cpp.
#pragma once

#include <span>
#include <string_view>

#include "services/workflow/api/shape.h"
#include "services/workflow/workflow.h"

namespace soma::workflow::api {

// What soma's own surfaces may ask of an operation beyond the API, which has no words for it.
struct Beyond {
  std::optional<ContractPtr> contract{};  // of the machine that is made or changed; null: none any more
  bool allow_breaking = false;            // a version or a route that breaks a contract's callers
};

struct Call {
  Service& service;
  json::Value parameters;    // checked against the operation's shape
  net::Cancellation gone{};  // the caller went away: ends long polls
  Beyond beyond{};

  // A member that is a string; empty when it is absent.
  std::string text(std::string_view member) const;
  std::optional<std::string> optional_text(std::string_view member) const;
  // "includedData", "includeExecutionData": whether payloads are wanted.
  bool wants_data() const;
};
using Answer = net::Task<Answered<json::Value>>;
using Handler = Answer (*)(Call call);

struct Operation {
  std::string_view name;
  const Shape* parameters;
  Handler handler;
  bool waits = false;  // it may take a minute: it wants to know when its caller goes away
};
std::span<const Operation> operations();
const Operation* find_operation(std::string_view name);  // null: there is none

// UnknownOperationException, ValidationException, or what the operation answers. `service` outlives the call.
Answer call(Service& service, std::string operation, json::Value parameters, net::Cancellation gone = {});
Answer call(Service& service, std::string operation, json::Value parameters, net::Cancellation gone,
            Beyond beyond);

}  // namespace soma::workflow::api
