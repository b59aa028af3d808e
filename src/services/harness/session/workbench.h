// What a session works with while it is awake: its directories, its sandbox, its tools. Made for an
// invocation, kept between invocations only while a tool holds state; everything durable is in the journal
// and in the workspace.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json/schema.h"
#include "core/tool/tool.h"
#include "core/tool/tool_source.h"
#include "services/harness/harness.h"
#include "services/harness/loop/sub_agent.h"

namespace soma::harness {

// A tool as the loop knows it: run here, asked of another harness, or handed over to the client.
struct BenchTool {
  model::ToolSpec spec;
  json::Schema input_schema;
  bool allowed = true;                 // offered to the model
  std::string_view server{};           // as tool_allowed() wants it: "builtin", a source's name, or empty
  std::unique_ptr<tool::Tool> tool{};  // null: a sub-agent or an inline function
  std::optional<SubAgent> sub_agent{};
  bool inline_function() const { return !tool && !sub_agent; }
  bool repeatable(const json::Value& input) const { return sub_agent || (tool && tool->repeatable(input)); }
  bool concurrent() const { return sub_agent || (tool && tool->concurrent()); }
};

// A source of tools, whose own tools are on the bench once it was asked (loop/tool_sources.h).
struct BenchSource {
  std::string name;
  std::unique_ptr<tool::ToolSource> source;
};

// Belongs to the session's loop.
class Workbench {
 public:
  // Makes the session's directories when missing. Errors: kInvalidArgument (a tool's configuration), the file
  // system's.
  static os::Result<std::unique_ptr<Workbench>> make(const Dependencies& dependencies,
                                                     const net::Executor& executor, const Config& config,
                                                     std::string_view harness_id,
                                                     std::string_view session_id);
  // Whether it was made for the same tools, sandbox and environment.
  bool fits(const Config& config) const;
  const std::vector<BenchTool>& tools() const { return tools_; }
  const std::vector<std::unique_ptr<BenchSource>>& sources() const { return sources_; }
  // Puts these in the place of what the source had on the bench; none: it has nothing to offer. Returns why
  // some are left out. Not while a tool runs.
  std::vector<std::string> offer(const BenchSource& source, std::vector<tool::SourceTool> tools);
  BenchTool* find(std::string_view tool_name);  // among the allowed
  std::vector<model::ToolSpec> specs() const;   // of the allowed, in the order of the configuration
  sandbox::Sandbox* sandbox() { return sandbox_.get(); }
  const std::string& sandbox_error() const { return environment_.sandbox_error; }
  const std::string& workspace() const { return environment_.workspace; }
  bool holds_state() const;

 private:
  Workbench(tool::Environment environment, json::Value made_for)
      : environment_(std::move(environment)), made_for_(std::move(made_for)) {}
  os::Result<> add_tools(const Config& config);
  void add_source(const tool::ToolConfig& config, const tool::ToolSourceType& type,
                  const Dependencies& dependencies);

  tool::Environment environment_;
  json::Value made_for_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::vector<std::unique_ptr<BenchSource>> sources_;
  std::vector<BenchTool> tools_;  // destroyed before the sandbox and the sources
};

std::string session_directory(const std::string& data_directory, std::string_view harness_id,
                              std::string_view session_id);
// Marks the processes of this data directory's sessions, under whatever path it is reached.
std::string box_owner(const std::string& data_directory);
std::string workspace_directory(const std::string& data_directory, std::string_view harness_id,
                                std::string_view session_id);

}  // namespace soma::harness
