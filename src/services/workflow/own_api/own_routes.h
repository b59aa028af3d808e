// soma's own routes of workflows, by subject. Changes go through the operations of api/, so that there is one
// set of rules; a machine in a path is its name, "name:3" or "name:alias", or an ARN.
#pragma once

#include "base/net/net.h"
#include "services/workflow/api/operations.h"
#include "services/workflow/workflow.h"

namespace soma::workflow {

void mount_machines(net::Router& router, Service& service);    // own_machine_routes.cpp
void mount_versions(net::Router& router, Service& service);    // own_version_routes.cpp: aliases too
void mount_rollouts(net::Router& router, Service& service);    // own_rollout_routes.cpp
void mount_executions(net::Router& router, Service& service);  // own_execution_routes.cpp

// What the files share.
std::string arn_of_key(std::string_view key);
// An operation's answer in soma's own terms.
net::Task<os::Result<json::Value>> call_own(Service& service, std::string operation, json::Value parameters);
net::Task<os::Result<json::Value>> call_own(Service& service, std::string operation, json::Value parameters,
                                            api::Beyond beyond);
// The members "contract" and "allowBreaking" of a body. kInvalidArgument with the pointer into the contract.
os::Result<api::Beyond> read_beyond(const json::Value& body);
// An object with these members alone. kInvalidArgument naming the first other one, with the nearest known
// name.
os::Result<> check_members(const json::Value& body, std::initializer_list<std::string_view> known);
template <class T>
os::Result<T> own(Answered<T> answered) {
  if (!answered) return std::unexpected(to_os_error(answered.error()));
  return std::move(*answered);
}

}  // namespace soma::workflow
