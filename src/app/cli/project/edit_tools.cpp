#include <fmt/format.h>

#include <algorithm>

#include "app/cli/project/harness_file.h"
#include "app/cli/project/project_files.h"
#include "core/tool/tool_source.h"
#include "services/harness/config.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

std::string_view tool_name(const Value& tool) {
  return tool.get("name").string_or(tool.get("type").string_or(""));
}

void allow_tool(Value& harness, const std::string& name) {
  Value* allowed = harness.find("allowedTools");
  if (allowed == nullptr || !allowed->is_array()) return;
  std::vector<std::string> patterns;
  for (const Value& pattern : allowed->as_array()) patterns.emplace_back(pattern.string_or(""));
  if (!harness::tool_allowed(patterns, name, "")) allowed->push_back(name);
}

}  // namespace

Result<> add_tool(const std::filesystem::path& harness_file, const ToolEdit& tool) {
  SOMA_ASSIGN(Value harness, read_harness_file(harness_file));
  if (!harness.has("tools")) harness.set("tools", json::Array{});
  Value& tools = *harness.find("tools");
  const std::string& name = tool.name.empty() ? tool.type : tool.name;
  for (const Value& existing : tools.as_array())
    if (tool_name(existing) == name)
      return os::fail(Code::kAlreadyExists,
                      fmt::format("{} has a tool named '{}'", harness_file.string(), name),
                      "choose another --name, or remove that one first");
  Value entry = json::object({{"type", tool.type}, {"name", name}});
  if (!tool.config.is_null()) entry.set("config", tool.config);
  tools.push_back(std::move(entry));
  // A source's tools are named by their server.
  const bool is_source = tool::find_tool_source_type(tool.type) != nullptr;
  allow_tool(harness, is_source ? "@" + name : name);
  return write_harness_file(harness_file, harness);
}

Result<> remove_tool(const std::filesystem::path& harness_file, std::string_view name) {
  SOMA_ASSIGN(Value harness, read_harness_file(harness_file));
  Value* tools = harness.find("tools");
  std::vector<std::string> names;
  if (tools != nullptr)
    for (const Value& existing : tools->as_array()) names.emplace_back(tool_name(existing));
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    return os::fail(Code::kNotFound, fmt::format("{} has no tool named '{}'", harness_file.string(), name),
                    names.empty() ? "it has none" : fmt::format("it has: {}", os::join(names, ", ")));
  tools->as_array().erase(tools->as_array().begin() + (found - names.begin()));
  if (Value* allowed = harness.find("allowedTools"))
    std::erase_if(allowed->as_array(), [&](const Value& pattern) {
      return pattern.string_or("") == name || pattern.string_or("") == "@" + std::string(name);
    });
  return write_harness_file(harness_file, harness);
}

}  // namespace soma::cli
