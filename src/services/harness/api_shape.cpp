#include "services/harness/api_shape.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::harness {
namespace {

using json::Value;

constexpr std::string_view kAnyProvider = "liteLlmModelConfig";
constexpr ModelUnionMember kModelUnion[] = {{"bedrockModelConfig", "bedrock"},
                                            {"openAiModelConfig", "openai"},
                                            {"geminiModelConfig", "gemini"},
                                            {kAnyProvider, "litellm"}};

struct ToolUnionMember {
  std::string_view type, member;
};
constexpr ToolUnionMember kToolUnion[] = {{"agentcore_browser", "agentCoreBrowser"},
                                          {"agentcore_code_interpreter", "agentCoreCodeInterpreter"},
                                          {"inline_function", "inlineFunction"},
                                          {"remote_mcp", "remoteMcp"}};

// A type that the API does not know is a member of its own name: SDKs pass over an unknown member, and refuse
// a union that has none or two.
std::string_view tool_union_member(std::string_view type) {
  const auto* const found = std::ranges::find(kToolUnion, type, &ToolUnionMember::type);
  return found == std::end(kToolUnion) ? type : found->member;
}

// A provider without a member of its own goes the way LiteLLM names models, "provider/model"; config.cpp
// reads that back.
Value model_for_api(const Value& model) {
  const std::string_view provider = model.get("provider").string_or("");
  std::string model_id(model.get("modelId").string_or(""));
  const auto* const found = std::ranges::find(kModelUnion, provider, &ModelUnionMember::provider);
  const bool has_member = found != std::end(kModelUnion);
  if (!has_member) model_id = model_id.empty() ? provider : fmt::format("{}/{}", provider, model_id);
  Value inside = json::object({{"modelId", model_id}});
  for (const auto& [key, value] : model.as_object())
    if (key != "provider" && key != "modelId") inside.set(key, value);
  return json::object({{std::string(has_member ? found->member : kAnyProvider), std::move(inside)}});
}

Value tool_for_api(const tool::ToolConfig& tool) {
  Value out = json::object({{"type", tool.type}, {"name", tool.name}});
  if (!tool.config.is_null())
    out.set("config", json::object({{std::string(tool_union_member(tool.type)), tool.config}}));
  return out;
}

// A session's commands are asked of its harness's ARN, so the harness is its own runtime.
Value environment_for_api(const Definition& definition) {
  const Config& config = definition.config;
  Value runtime = json::object(
      {{"agentRuntimeArn", definition.arn()},
       {"agentRuntimeName", config.name},
       {"agentRuntimeId", definition.id},
       {"lifecycleConfiguration", json::object({{"idleRuntimeSessionTimeout", config.idle_timeout_seconds},
                                                {"maxLifetime", config.max_lifetime_seconds}})},
       {"networkConfiguration",
        json::object({{"networkMode", config.sandbox_network ? "PUBLIC" : "SANDBOX"}})}});
  if (!config.mounts.empty()) runtime.set("filesystemConfigurations", to_json(config.mounts));
  return json::object({{"agentCoreRuntimeEnvironment", std::move(runtime)}});
}

}  // namespace

std::span<const ModelUnionMember> model_union() {
  return kModelUnion;
}

const Value& unwrap_tool_config(std::string_view type, const Value& config) {
  if (!config.is_object() || config.size() != 1) return config;
  const Value& inside = config.get(tool_union_member(type));
  return inside.is_object() ? inside : config;
}

Value config_for_api(const Definition& definition) {
  Value out = to_json(definition.config);
  out.set("model", model_for_api(out.get("model")));
  Value tools = json::Array{};
  for (const tool::ToolConfig& tool : definition.config.tools) tools.push_back(tool_for_api(tool));
  out.set("tools", std::move(tools));
  out.set("environment", environment_for_api(definition));
  return out;
}

}  // namespace soma::harness
