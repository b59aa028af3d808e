// The API as tasks. On the wire its members begin small ("taskToken") and times are numbers; an SDK's shapes
// begin with a capital and times are ISO-8601.
#include <fmt/format.h>
#include <cmath>

#include <algorithm>

#include "services/workflow/connectors/answers.h"
#include "services/workflow/connectors/states.h"

namespace soma::workflow {
namespace {

using engine::Resource;
using json::Value;

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string with_first(std::string name, char (*change)(char)) {
  if (!name.empty()) name.front() = change(name.front());
  return name;
}

Value parameters_of(const Value& given) {
  if (given.is_array()) {
    Value out = json::Array{};
    for (const Value& element : given.as_array()) out.push_back(parameters_of(element));
    return out;
  }
  if (!given.is_object()) return given;
  Value out = json::Object{};
  for (const auto& [name, value] : given.as_object())
    if (!value.is_null()) out.set(with_first(name, lower), parameters_of(value));
  return out;
}

bool is_time(std::string_view member) {
  return member.ends_with("Date") || member == "timestamp";
}

Value answer_of(const Value& given) {
  if (given.is_array()) {
    Value out = json::Array{};
    for (const Value& element : given.as_array()) out.push_back(answer_of(element));
    return out;
  }
  if (!given.is_object()) return given;
  Value out = json::Object{};
  for (const auto& [name, value] : given.as_object()) {
    if (value.is_null()) continue;
    if (is_time(name) && value.is_number())
      out.set(with_first(name, upper),
              os::format_time(os::from_unix_ms(std::llround(value.as_double() * 1000.0))));
    else
      out.set(with_first(name, upper), answer_of(value));
  }
  return out;
}

class SfnConnector final : public Connector {
 public:
  SfnConnector(os::IdSource& ids, const StatesBackend& backend) : ids_(ids), backend_(backend) {}

  bool serves(const Resource& resource) const override {
    return resource.kind == Resource::Kind::kSdk && resource.service == "sfn";
  }

  bool repeatable(const engine::ScheduleTask& task) const override {
    const std::string& action = task.resource.action;
    return action.starts_with("describe") || action.starts_with("list") || action == "getExecutionHistory";
  }

  net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> /*submitted*/,
                                 net::Cancellation cancellation) override {
    std::string operation = with_first(call.task.resource.action, upper);
    Value parameters = parameters_of(call.task.parameters.value());
    const Answered<Value> done =
        co_await backend_.call(std::move(operation), std::move(parameters), std::move(cancellation));
    if (done) co_return answer(answer_of(*done));
    if (backend_.executions->stopping()) co_return let_go();
    const ApiError& error = done.error();
    const std::string_view suffix = error.name.ends_with("Exception") ? "" : "Exception";
    co_return failure(fmt::format("Sfn.{}{}", error.name, suffix),
                      sdk_cause(error.message, "Sfn", error.status, ids_.uuid()));
  }

 private:
  os::IdSource& ids_;
  const StatesBackend& backend_;
};

}  // namespace

std::unique_ptr<Connector> make_sfn_connector(os::IdSource& ids, const StatesBackend& backend) {
  return std::make_unique<SfnConnector>(ids, backend);
}

}  // namespace soma::workflow
