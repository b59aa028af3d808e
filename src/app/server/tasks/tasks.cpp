#include "app/server/tasks/tasks.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "services/workflow/connectors/answers.h"

namespace soma::server {

using json::Value;
using os::Code;
using os::Result;

void add_own_connectors(workflow::Connectors& connectors, const TaskDependencies& dependencies) {
  connectors.add(make_harness_connector(dependencies));
  connectors.add(make_model_connector(dependencies));
  connectors.add(make_tool_connector(dependencies));
  add_memory_connectors(connectors, dependencies);
}

std::string error_name(std::string_view kind, std::string_view reason) {
  std::string name = fmt::format("{}.", kind);
  bool capital = true;
  for (const char c : reason) {
    if (c == '_') {
      capital = true;
      continue;
    }
    name += capital ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    capital = false;
  }
  return name;
}

workflow::ConnectorResult failed_call(std::string_view kind, const os::Error& error) {
  return workflow::failure(
      fmt::format("{}.{}", kind, os::code_name(error.code)),
      error.hint.empty() ? error.message : fmt::format("{} ({})", error.message, error.hint));
}

Result<> check_members(const Value& parameters, std::initializer_list<std::string_view> known) {
  if (!parameters.is_object())
    return os::fail(Code::kInvalidArgument, "the task's parameters must be an object");
  for (const auto& [name, value] : parameters.as_object())
    if (std::ranges::find(known, name) == known.end())
      return os::fail(Code::kInvalidArgument, fmt::format("there is no parameter {}", name),
                      fmt::format("the parameters are {}", fmt::join(known, ", ")));
  return {};
}

Result<Value> body_of(const Value& parameters) {
  const Value* prompt = parameters.find("Prompt");
  const Value* messages = parameters.find("Messages");
  if ((prompt == nullptr) == (messages == nullptr))
    return os::fail(Code::kInvalidArgument, "one of Prompt and Messages is needed");
  if (messages) return json::object({{"messages", *messages}});
  const std::string text = prompt->is_string() ? prompt->as_string() : json::write(*prompt);
  return json::object(
      {{"messages", json::array({json::object(
                        {{"role", "user"}, {"content", json::array({json::object({{"text", text}})})}})})}});
}

}  // namespace soma::server
