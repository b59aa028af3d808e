// Making a project's harness and the server's the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/project/project.h"
#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::cli {

enum class DeployAction { kCreated, kUpdated, kUnchanged };
std::string_view deploy_action_name(DeployAction action);  // "created"

struct Deployment {
  DeployAction action = DeployAction::kUnchanged;
  std::string name;
  std::string version{};  // empty when a dry run would create it
  std::string arn{};
  std::vector<std::string> differences{};  // from the server's to the project's (render/difference.h)
};

enum class DeployMode { kApply, kDryRun };

// Reads and checks the harness's files: the CreateHarness body.
os::Result<json::Value> read_deployable(const ProjectHarness& harness);
// Creates or updates the harness on the server; nothing is sent for one that is the same there.
os::Result<Deployment> deploy(std::string_view base_url, const json::Value& body, DeployMode mode);

// The UpdateHarness body that turns `deployed` (as the server gives it) into `wanted`; empty when they are
// the same.
json::Value update_body(const json::Value& deployed, const json::Value& wanted);

}  // namespace soma::cli
