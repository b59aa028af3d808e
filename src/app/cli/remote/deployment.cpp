#include "app/cli/remote/deployment.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/remote/api_client.h"
#include "app/cli/render/difference.h"
#include "services/harness/config.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

// Members that a configuration may leave out, and the value that an update gives for "not there".
struct OptionalMember {
  std::string_view key;
  Value (*absent)();
};
const OptionalMember kOptionalMembers[] = {
    {"allowedTools", [] { return json::array({"*"}); }},
    {"authorizerConfiguration", [] { return Value(json::Object{}); }},
    {"environmentVariables", [] { return Value(json::Object{}); }},
    {"maxTokens", [] { return Value(); }},
    {"memory", [] { return json::object({{"disabled", json::Object{}}}); }},
    {"skills", [] { return Value(json::Array{}); }},
};

Value with_defaults(const Value& harness) {
  Value out = harness;
  for (const OptionalMember& member : kOptionalMembers)
    if (!out.has(member.key)) out.set(member.key, member.absent());
  return out;
}

// The server tells which memory it made for a harness; no project says so.
Value without_made_memory(Value memory) {
  if (Value* managed = memory.find("managedMemoryConfiguration")) managed->erase("arn");
  return memory;
}

// The members of `deployed` that `wanted` has too: the server adds ids, times and the like.
Value comparable(const Value& deployed, const Value& wanted) {
  Value out = json::Object{};
  for (const auto& [key, value] : wanted.as_object())
    if (const Value* there = deployed.find(key))
      out.set(key, key == "memory" ? without_made_memory(*there) : *there);
  return out;
}

// A recording is named relative to the harness that plays it; the server may run anywhere.
void make_recording_absolute(harness::Config& config, const std::filesystem::path& directory) {
  if (config.model.provider != "replay") return;
  const std::filesystem::path recording(config.model.model_id);
  if (recording.is_relative()) config.model.model_id = (directory / recording).lexically_normal().string();
}

Deployment deployment_of(const Value& harness, DeployAction action) {
  Deployment deployment;
  deployment.action = action;
  deployment.name = harness.get("harnessName").string_or("");
  deployment.version = harness.get("harnessVersion").string_or("");
  deployment.arn = harness.get("arn").string_or("");
  return deployment;
}

}  // namespace

std::string_view deploy_action_name(DeployAction action) {
  switch (action) {
    case DeployAction::kCreated:
      return "created";
    case DeployAction::kUpdated:
      return "updated";
    case DeployAction::kUnchanged:
      return "unchanged";
  }
  return "unchanged";
}

Result<Value> read_deployable(const ProjectHarness& harness) {
  SOMA_ASSIGN(harness::Config config, harness::read_config_file(harness.file().string()));
  const std::string from_directory = harness.directory.filename().string();
  if (config.name != harness.name && config.name != from_directory)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("{} calls itself '{}', the project calls it '{}'", harness.file().string(),
                                config.name, harness.name),
                    "use one name in both");
  config.name = harness.name;
  make_recording_absolute(config, harness.directory);
  return harness::to_json(config);
}

Value update_body(const Value& deployed, const Value& wanted) {
  const Value after = with_defaults(wanted);
  const Value before = with_defaults(comparable(deployed, after));
  Value body = json::Object{};
  for (const auto& [key, value] : after.as_object())
    if (key != "harnessName" && !(before.get(key) == value)) body.set(key, value);
  return body;
}

Result<Deployment> deploy(std::string_view base_url, const Value& body, DeployMode mode) {
  const std::string name(body.get("harnessName").string_or(""));
  auto found = call(base_url, "GET", api_path("/harnesses/{}", {name}));
  if (!found && found.error().code != Code::kNotFound) return std::unexpected(std::move(found.error()));
  if (!found) {
    Deployment planned;
    planned.action = DeployAction::kCreated;
    planned.name = name;
    if (mode == DeployMode::kDryRun) return planned;
    SOMA_ASSIGN(const Value created, call(base_url, "POST", "/harnesses", body));
    return deployment_of(created.get("harness"), DeployAction::kCreated);
  }
  const Value& deployed = found->get("harness");
  const Value update = update_body(deployed, body);
  if (update.empty()) return deployment_of(deployed, DeployAction::kUnchanged);
  const std::vector<std::string> changes =
      differences(with_defaults(comparable(deployed, with_defaults(body))), with_defaults(body));
  Deployment deployment = deployment_of(deployed, DeployAction::kUpdated);
  if (mode == DeployMode::kApply) {
    SOMA_ASSIGN(const Value updated, call(base_url, "PATCH", api_path("/harnesses/{}", {name}), update));
    deployment = deployment_of(updated.get("harness"), DeployAction::kUpdated);
  }
  deployment.differences = changes;
  return deployment;
}

}  // namespace soma::cli
