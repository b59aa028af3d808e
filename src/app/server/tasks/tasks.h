// What the tasks of a workflow can do with the rest of soma: ask an agent, ask a model, run a tool, remember.
//
//   arn:soma:states:::harness:invoke   an invocation of a harness, to its end      harness_task.cpp
//   arn:soma:states:::model:converse   one answer of a language model              model_task.cpp
//   arn:soma:states:::tool:call        code, a command or files in a sandbox       tool_task.cpp
//   arn:soma:states:::memory:ACTION    what happened is kept, what is known found  memory_task.cpp
//
// Parameters, results and errors: docs/workflow-tasks.md. The organs do not know each other: these connectors
// are where they meet.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/model/prices.h"
#include "services/harness/code_interpreter_route.h"
#include "services/harness/harness.h"
#include "services/workflow/connector.h"

namespace soma::server {

// Everything outlives the connectors.
struct TaskDependencies {
  const harness::Dependencies& with;
  harness::Service& harnesses;
  harness::CodeSessions& code_sessions;
};
void add_own_connectors(workflow::Connectors& connectors, const TaskDependencies& dependencies);

// A connector for one resource, called and answered.
class OwnConnector : public workflow::Connector {
 public:
  OwnConnector(std::string_view service, std::string_view action, bool repeatable)
      : service_(service), action_(action), repeatable_(repeatable) {}
  bool serves(const workflow::engine::Resource& resource) const override {
    return resource.kind == workflow::engine::Resource::Kind::kService && resource.service == service_ &&
           resource.action == action_;
  }
  bool repeatable(const workflow::engine::ScheduleTask& /*task*/) const override { return repeatable_; }

 private:
  std::string_view service_, action_;
  bool repeatable_;
};

std::unique_ptr<workflow::Connector> make_harness_connector(const TaskDependencies& dependencies);
std::unique_ptr<workflow::Connector> make_model_connector(const TaskDependencies& dependencies);
std::unique_ptr<workflow::Connector> make_tool_connector(const TaskDependencies& dependencies);
void add_memory_connectors(workflow::Connectors& connectors, const TaskDependencies& dependencies);

// "Harness.TimeoutExceeded" of "Harness" and "timeout_exceeded".
std::string error_name(std::string_view kind, std::string_view reason);
// A refused or failed call: the error's name is `kind` and its code's name ("Harness.NotFound").
workflow::ConnectorResult failed_call(std::string_view kind, const os::Error& error);
// The members that `parameters` may have; a failure names the one that is none of them.
os::Result<> check_members(const json::Value& parameters, std::initializer_list<std::string_view> known);
// The value of "Messages" (as InvokeHarness has them) or "Prompt" (a text): {"messages": […]}.
os::Result<json::Value> body_of(const json::Value& parameters);

}  // namespace soma::server
