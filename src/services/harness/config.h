// What a harness is configured with: harness.json, the CreateHarness body, and the overrides of one
// invocation, read and checked in one place.
//
// Two spellings of a model are read: the short one of harness.json {"provider", "modelId", …} and the API's
// union {"bedrockModelConfig": {…}}. Unknown and misplaced keys are refused with file, line, column and the
// nearest valid key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "core/model/model.h"
#include "core/sandbox/sandbox.h"
#include "core/tool/tool.h"
#include "services/harness/access/authorizer.h"
#include "services/harness/config_schema.h"  // IWYU pragma: export
#include "services/harness/context/truncation.h"
#include "services/harness/hooks/hooks.h"
#include "services/harness/loop/approvals.h"
#include "services/harness/loop/structured_output.h"
#include "services/harness/memory/memory_config.h"
#include "services/harness/mounts/mount_source.h"
#include "services/harness/skills/skill_source.h"

namespace soma::harness {

inline constexpr int64_t kDefaultMaxIterations = 75;
inline constexpr int64_t kDefaultTimeoutSeconds = 3'600;
inline constexpr int64_t kDefaultIdleTimeoutSeconds = 900;
inline constexpr int64_t kDefaultMaxLifetimeSeconds = 28'800;

inline constexpr size_t kDefaultToolResultBytes = 32u << 10;

struct Config {
  std::string name;  // letter first, [A-Za-z0-9_], at most 40 characters
  model::ModelSettings model;
  std::vector<std::string> system_prompt;
  std::vector<tool::ToolConfig> tools;
  std::vector<SkillSource> skills;
  std::optional<std::vector<std::string>> allowed_tools;  // nothing: all
  int64_t max_iterations = kDefaultMaxIterations;
  int64_t timeout_seconds = kDefaultTimeoutSeconds;
  std::optional<int64_t> max_tokens;      // output tokens of one invocation, over all its model calls
  std::optional<int64_t> max_tool_calls;  // of one invocation
  std::optional<int64_t>
      max_cost_pico;  // of one invocation, sub-agents included; pico-dollars (core/model/prices.h)
  size_t max_tool_result_bytes = kDefaultToolResultBytes;
  Approvals approvals;
  std::optional<Authorizer> authorizer;  // nothing: no token is asked for
  std::optional<MemoryUse> memory;       // nothing: none
  Truncation truncation;
  std::vector<Hook> hooks;
  json::Value output_schema;  // null: the final answer is free text
  int64_t max_output_repairs = kDefaultOutputRepairs;
  int64_t idle_timeout_seconds = kDefaultIdleTimeoutSeconds;
  int64_t max_lifetime_seconds = kDefaultMaxLifetimeSeconds;
  std::vector<std::pair<std::string, std::string>> environment_variables;
  sandbox::Kind sandbox = sandbox::Kind::kBubblewrap;
  bool sandbox_network = false;
  std::vector<MountSource> mounts;  // none without a sandbox
};

// Reads a configuration that was parsed from `text` (for lines in errors; may be empty) of `source` (a file's
// path; may be empty).
os::Result<Config> config_from_json(const json::Value& value, std::string_view text, std::string_view source);
// Reads harness.json, and system-prompt.md beside it when the file has no systemPrompt. The name comes from
// the directory when absent.
os::Result<Config> read_config_file(const std::string& path);
// The canonical form, which config_from_json reads back the same. The wire's spelling (CreateHarness).
json::Value to_json(const Config& config);
// `base` with the fields that an UpdateHarness body names replaced whole, or with those that an InvokeHarness
// body may override.
enum class PatchKind { kUpdate, kInvocation };
os::Result<Config> apply_patch(const Config& base, const json::Value& patch, PatchKind kind);

// allowedTools: "*", "name", "file_*", "@builtin", "@builtin/x", "@server", "@server/read_*". `server` is
// "builtin" for built-in tools, the server's name for MCP tools, empty for the others.
bool tool_allowed(const std::vector<std::string>& patterns, std::string_view name, std::string_view server);

}  // namespace soma::harness
