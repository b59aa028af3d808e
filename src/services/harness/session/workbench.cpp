#include "services/harness/session/workbench.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "services/harness/loop/harness_tools.h"
#include "services/harness/skills/session_skills.h"

namespace soma::harness {
namespace {

using os::Result;

// Tells commands where the skills are: without a box that is a folder of the host.
constexpr const char* kSkillsVariable = "SOMA_SKILLS";

// The part of a configuration that a workbench is built from.
json::Value bench_part(const Config& config) {
  json::Value all = to_json(config);
  json::Value part = json::Object{};
  for (const char* key : {"tools", "skills", "allowedTools", "environmentVariables", "sandbox"})
    part.set(key, all.get(key));
  part.set("network", config.sandbox_network);
  part.set("mounts", to_json(config.mounts));
  return part;
}

Result<> make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return os::fail_errno(fmt::format("cannot make {}", path), error.value());
  return {};
}

}  // namespace

std::string session_directory(const std::string& data_directory, std::string_view harness_id,
                              std::string_view session_id) {
  return fmt::format("{}/sessions/{}/{}", data_directory, harness_id, session_id);
}

std::string workspace_directory(const std::string& data_directory, std::string_view harness_id,
                                std::string_view session_id) {
  return session_directory(data_directory, harness_id, session_id) + "/workspace";
}

std::string box_owner(const std::string& data_directory) {
  struct stat info{};
  if (::stat(data_directory.c_str(), &info) != 0) return data_directory;
  return fmt::format("{:x}-{:x}", info.st_dev, info.st_ino);
}

Result<std::unique_ptr<Workbench>> Workbench::make(const Dependencies& dependencies,
                                                   const net::Executor& executor, const Config& config,
                                                   std::string_view harness_id, std::string_view session_id) {
  const std::string directory = session_directory(dependencies.data_directory, harness_id, session_id);
  tool::Environment environment{
      .executor = executor,
      .clock = dependencies.clock,
      .ids = dependencies.ids,
      .launcher = dependencies.launcher,
      .workspace = workspace_directory(dependencies.data_directory, harness_id, session_id),
      .private_directory = directory + "/private",
      .outbound = &dependencies.outbound};
  // A replay has the folders' names alone.
  const bool replay = dependencies.stand_in != nullptr;
  const MountPlace place{.data_directory = dependencies.data_directory,
                         .session_directory = directory,
                         .session_id = std::string(session_id)};
  SOMA_ASSIGN(environment.mounts, replay ? named_mounts(config.mounts) : ready_mounts(config.mounts, place));
  const std::string skills = skills_folder(directory);
  if (!config.skills.empty())
    environment.mounts.push_back({.host = skills, .inside = std::string(kSkillsMount)});
  SOMA_TRY(make_directory(environment.workspace));
  SOMA_TRY(make_directory(environment.private_directory));
  std::unique_ptr<Workbench> bench(new Workbench(std::move(environment), bench_part(config)));

  sandbox::Policy policy;
  // No tool of a replay runs that could use a box.
  policy.kind = replay ? sandbox::Kind::kNone : config.sandbox;
  policy.network = config.sandbox_network;
  policy.environment = config.environment_variables;
  if (!replay) policy.mounts = bench->environment_.mounts;
  if (!replay && !config.skills.empty()) {
    const bool boxed = config.sandbox == sandbox::Kind::kBubblewrap;
    policy.environment.emplace_back(kSkillsVariable, boxed ? std::string(kSkillsMount) : skills);
  }
  policy.owner = box_owner(dependencies.data_directory);
  auto sandbox = sandbox::make_sandbox(policy, bench->environment_.workspace, executor, dependencies.launcher,
                                       dependencies.clock);
  // Without a sandbox the other tools still work; those that need it answer with the reason.
  if (sandbox) {
    bench->sandbox_ = std::move(*sandbox);
  } else {
    bench->environment_.sandbox_error = sandbox.error().to_string();
  }
  bench->environment_.sandbox = bench->sandbox_.get();
  for (const tool::ToolConfig& tool : config.tools)
    if (const auto* type = tool::find_tool_source_type(tool.type))
      bench->add_source(tool, *type, dependencies);
  SOMA_TRY(bench->add_tools(config));
  return bench;
}

void Workbench::add_source(const tool::ToolConfig& config, const tool::ToolSourceType& type,
                           const Dependencies& dependencies) {
  auto source = type.make(config, environment_, {dependencies.read_secret, dependencies.tokens});
  sources_.push_back(std::make_unique<BenchSource>(BenchSource{config.name, std::move(source)}));
}

Result<> Workbench::add_tools(const Config& config) {
  std::vector<tool::ToolConfig> wanted;
  for (const tool::ToolConfig& tool : config.tools)
    if (tool::find_tool_source_type(tool.type) == nullptr) wanted.push_back(tool);
  for (const tool::ToolType& type : tool::tool_types()) {
    const auto same_name = [&](const tool::ToolConfig& tool) { return tool.name == type.type; };
    if (type.builtin && std::ranges::none_of(wanted, same_name))
      wanted.push_back({std::string(type.type), std::string(type.type), {}});
  }
  for (const tool::ToolConfig& tool_config : wanted) {
    const auto type =
        std::ranges::find(harness_tool_types(), std::string_view(tool_config.type), &HarnessToolType::type);
    const std::string_view server = type != harness_tool_types().end() && type->builtin ? "builtin" : "";
    std::unique_ptr<tool::Tool> tool;
    std::optional<SubAgent> sub_agent;
    model::ToolSpec spec;
    if (tool_config.type == kInlineFunctionType) {
      spec = inline_function_spec(tool_config);
    } else if (tool_config.type == kSubAgentType) {
      sub_agent.emplace(tool_config);
      spec = sub_agent->spec();
    } else {
      SOMA_ASSIGN(tool, tool::make_tool(tool_config, environment_));
      spec = tool->spec();
    }
    SOMA_ASSIGN(json::Schema schema, json::Schema::compile(spec.input_schema));
    const bool allowed =
        !config.allowed_tools || tool_allowed(*config.allowed_tools, tool_config.name, server);
    tools_.push_back(
        {std::move(spec), std::move(schema), allowed, server, std::move(tool), std::move(sub_agent)});
  }
  return {};
}

std::vector<std::string> Workbench::offer(const BenchSource& source, std::vector<tool::SourceTool> tools) {
  std::erase_if(tools_, [&](const BenchTool& entry) { return entry.server == source.name; });
  std::vector<std::string> left_out;
  for (tool::SourceTool& tool : tools) {
    if (std::ranges::any_of(tools_,
                            [&](const BenchTool& entry) { return entry.spec.name == tool.spec.name; })) {
      left_out.push_back(fmt::format("{}: another tool has this name", tool.spec.name));
      continue;
    }
    // A schema in words that are not known here is the source's to check: it checks its input anyway.
    auto schema = json::Schema::compile(tool.spec.input_schema);
    if (!schema) schema = json::Schema::compile(json::object({{"type", "object"}}));
    model::ToolSpec spec = tool.spec;
    tools_.push_back({.spec = std::move(spec),
                      .input_schema = std::move(*schema),
                      .server = source.name,
                      .tool = source.source->make(std::move(tool))});
  }
  return left_out;
}

bool Workbench::fits(const Config& config) const {
  return made_for_ == bench_part(config);
}

BenchTool* Workbench::find(std::string_view tool_name) {
  const auto found = std::ranges::find_if(
      tools_, [&](const BenchTool& entry) { return entry.allowed && entry.spec.name == tool_name; });
  return found == tools_.end() ? nullptr : &*found;
}

std::vector<model::ToolSpec> Workbench::specs() const {
  std::vector<model::ToolSpec> specs;
  for (const BenchTool& entry : tools_)
    if (entry.allowed) specs.push_back(entry.spec);
  return specs;
}

bool Workbench::holds_state() const {
  return std::ranges::any_of(
             tools_, [](const BenchTool& entry) { return entry.tool && entry.tool->holds_state(); }) ||
         std::ranges::any_of(sources_, [](const auto& entry) { return entry->source->holds_state(); });
}

}  // namespace soma::harness
