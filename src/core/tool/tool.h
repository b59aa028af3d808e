// Tools: what an agent can do.
//
//   tool.h                 Tool, ToolContext, the table of tool types
//   shell.cpp              `shell`: a command in the session's sandbox
//   file_operations.cpp    `file_operations`: view, create, replace, insert, list, search inside the
//   workspace code_interpreter.cpp   `agentcore_code_interpreter`: Python, JavaScript, bash with state
//   browser/               `agentcore_browser`: Chromium by the DevTools protocol
//
// Adding a tool: one file that implements Tool, one line in tools.cpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/net/net.h"
#include "core/model/model.h"
#include "core/sandbox/sandbox.h"

namespace soma::tool {

// Of one result's text, as the model reads it. Longer is kept whole in the session's files (result_store.h);
// the model gets the beginning, where the whole is, and the end.
inline constexpr size_t kMinResultBytes = 1u << 10;
inline constexpr size_t kDefaultResultBytes = 32u << 10;
inline constexpr size_t kMaxResultBytes = 256u << 10;  // also of what a client is sent of one result

// What a session lends to its tools. Outlives them. All on the session's loop.
struct Environment {
  net::Executor executor;
  os::Clock& clock;
  os::IdSource& ids;
  os::ProcessLauncher& launcher;
  sandbox::Sandbox* sandbox = nullptr;  // null: not available; tools that need it answer with sandbox_error
  std::string sandbox_error{};
  std::string workspace;  // host path of the session's files
  std::string
      private_directory;  // host path for the tool's own state (browser cookies); not visible in the sandbox
  const net::OutboundPolicy* outbound = nullptr;
  std::vector<sandbox::Mount> mounts{};  // beside the workspace; as the sandbox's policy has them
};

struct Context {
  std::string result_name;  // of the call: no other of the session has it, and a repeated run has the same
  os::Time deadline;        // of the invocation
  net::Cancellation cancellation;
  // Streams a piece of the result while the tool runs (optional). What was emitted is the beginning of the
  // result's text: Outcome::content then holds only what comes after it.
  std::function<void(std::string_view text)> emit;
  // For a tool that bounds its own result. kMinResultBytes to kMaxResultBytes.
  size_t max_result_bytes = kDefaultResultBytes;
};

struct Outcome {
  bool error = false;
  std::vector<model::ResultContent> content;
  // What the model reads, when that is not what was emitted followed by `content`: set by a tool that emitted
  // more than max_result_bytes, and has kept the whole.
  std::optional<std::vector<model::ResultContent>> for_model{};
};
Outcome text_outcome(std::string text);
Outcome error_outcome(std::string message);  // what went wrong, in words that let the model do better

// One instance per session; keeps the session's state (an open page, an interpreter) until destroyed.
class Tool {
 public:
  virtual ~Tool() = default;
  virtual const model::ToolSpec& spec() const = 0;
  // True when running this call twice does no more than running it once (reading). Calls that may not be
  // repeated are never re-run after a crash: the model is told that their outcome is unknown.
  virtual bool repeatable(const json::Value& input) const = 0;
  // `input` has been validated against spec().input_schema. Failures are outcomes, not errors: the model
  // reads them.
  virtual net::Task<Outcome> run(const json::Value& input, Context& context) = 0;
  // True when calls of one model turn may run at the same time; else they run one after the other.
  virtual bool concurrent() const { return false; }
  // True while there is state worth keeping between invocations (a running interpreter, an open page).
  virtual bool holds_state() const { return false; }
};

struct ToolConfig {
  std::string type;  // "shell", "file_operations", "agentcore_browser", "agentcore_code_interpreter"
  std::string name;  // as the model sees it
  json::Value config{};
};

struct ToolType {
  std::string_view type;
  bool builtin;  // on without being configured; named @builtin/<name> in allowedTools
  std::string_view summary;
  // A JSON Schema for ToolConfig::config.
  std::string_view config_schema;
  os::Result<std::unique_ptr<Tool>> (*make)(const ToolConfig& config, Environment& environment);
};
std::span<const ToolType> tool_types();
os::Result<std::unique_ptr<Tool>> make_tool(const ToolConfig& config, Environment& environment);

}  // namespace soma::tool
