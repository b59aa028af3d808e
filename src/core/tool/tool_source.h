// Something configured that has many tools, which it knows only when it is asked: today an MCP server.
//
// A source is one entry of a configuration's tools. Its tools are listed when an invocation begins, and again
// when the source says that they are others now; making a source has no effect and reaches nobody.
//
// A tool of the source `jira` that the server calls `read_issue` is `jira___read_issue` for the model, as the
// managed gateway spells it: every provider takes that, no two servers meet in it, and it follows from the
// configuration alone. A name that does not fit is not bent: the tool is left out, with the reason.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tool/tool.h"

namespace soma::auth {
class TokenCache;
}

namespace soma::tool {

inline constexpr std::string_view kSourceSeparator = "___";
inline constexpr size_t kMaxSourceTools = 128;            // that one source offers a model
inline constexpr size_t kMaxSourceToolsBytes = 1u << 20;  // their names, descriptions and schemas together
inline constexpr size_t kMaxProgressUpdates = 200;        // of one call that its follower sees
inline constexpr int64_t kDefaultSourceTimeoutSeconds = 300;  // of one call

// What a source says of one of its tools.
struct SourceTool {
  model::ToolSpec spec;     // named as the model sees it
  bool repeatable = false;  // the source says that running a call twice does no more than running it once
};

struct SourceTools {
  std::vector<SourceTool> tools;      // in the source's order
  std::vector<std::string> left_out;  // tools that cannot be offered, each with the reason
};

using ReadSecret = std::function<os::Result<std::string>(const std::string& reference)>;
// What the harness's owner has and a source may use in its name.
struct SourceMeans {
  ReadSecret read_secret;
  std::shared_ptr<auth::TokenCache> tokens;  // of all sessions
};
// Whether a tool of this name, as the model sees it, is to be offered.
using IsWanted = std::function<bool(std::string_view name)>;

// One per session, on its loop. Tools that it made must not outlive it.
class ToolSource {
 public:
  virtual ~ToolSource() = default;
  // kLimitExceeded when more than kMaxSourceTools are wanted; else what keeps it from answering. Errors name
  // the source.
  virtual net::Task<os::Result<SourceTools>> list(IsWanted wanted, net::Cancellation cancellation) = 0;
  // Whether its tools may be others than list() said.
  virtual bool changed() const = 0;
  // The tool that list() told of, or that a recording did.
  virtual std::unique_ptr<Tool> make(SourceTool tool) = 0;
  // As Tool::holds_state.
  virtual bool holds_state() const = 0;
};

struct ToolSourceType {
  std::string_view type, summary;
  std::string_view config_schema;  // a JSON Schema for ToolConfig::config
  // What the schema cannot say: kInvalidArgument.
  os::Result<> (*check)(const ToolConfig& config);
  // True when the configuration uses what only its owner may decide about: a secret or other credentials, a
  // program of this machine, an address of this machine. Whoever may only invoke the agent must not bring
  // such a source.
  bool (*needs_owner)(const ToolConfig& config);
  std::unique_ptr<ToolSource> (*make)(const ToolConfig& config, Environment& environment, SourceMeans means);
};
std::span<const ToolSourceType> tool_source_types();
const ToolSourceType* find_tool_source_type(std::string_view type);  // null: of no source

// "jira___read_issue".
std::string source_tool_name(std::string_view source, std::string_view tool);

}  // namespace soma::tool
