// Making a project and editing its files. Everything is checked before anything is written, and each file is
// replaced whole.
#pragma once

#include <filesystem>
#include <string>

#include "app/cli/project/project.h"

namespace soma::cli {

struct NewProject {
  std::string name;
  std::string model_provider;
  std::string model_id{};  // empty: the provider's default
  bool no_tools = false;   // no tool at all, the built-in ones included
};

// Makes the folder `<parent>/<name>` with its files. kAlreadyExists when something of that name is there.
os::Result<Project> create_project(const std::filesystem::path& parent, const NewProject& options);

// The provider's name as configurations spell it, for the name typed ("open_ai" is "openai").
// kInvalidArgument with the nearest name.
os::Result<std::string> resolve_provider(std::string_view typed);
// False for a provider that configurations may name but this program cannot ask.
bool provider_is_here(std::string_view provider);

struct ToolEdit {
  std::string type, name;
  json::Value config{};
};
// Adds the tool to harness.json, keeping the order of its keys; to allowedTools too when that list is there
// and leaves the tool out. kAlreadyExists for a name in use; what the harness's own check refuses is refused
// here.
os::Result<> add_tool(const std::filesystem::path& harness_file, const ToolEdit& tool);
// kNotFound names the tools that are there.
os::Result<> remove_tool(const std::filesystem::path& harness_file, std::string_view name);

// The same for an entry of `skills`, whose folder is looked at first when it lies on this machine.
os::Result<> add_skill(const std::filesystem::path& harness_file, const json::Value& source);
os::Result<> remove_skill(const std::filesystem::path& harness_file, const json::Value& source);

// The same for `memory`, of which a harness has one.
os::Result<> add_memory_use(const std::filesystem::path& harness_file, const json::Value& memory);
os::Result<> remove_memory_use(const std::filesystem::path& harness_file);

// The same for an entry of environment/filesystemConfigurations, which is known by its mountPath.
os::Result<> add_mount(const std::filesystem::path& harness_file, const json::Value& entry);
os::Result<> remove_mount(const std::filesystem::path& harness_file, std::string_view mount_path);

}  // namespace soma::cli
