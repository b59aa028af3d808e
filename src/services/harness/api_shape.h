// The API's longer spellings of a configuration, which its SDKs read as unions of exactly one member: model,
// a tool's config, environment. The short spellings of harness.json are config.h's.
#pragma once

#include <span>
#include <string_view>

#include "services/harness/harness.h"

namespace soma::harness {

struct ModelUnionMember {
  std::string_view member, provider;  // "bedrockModelConfig", "bedrock"
};
std::span<const ModelUnionMember> model_union();

// What stands inside {"agentCoreBrowser": {…}} for the tool type agentcore_browser; any other config as it
// is.
const json::Value& unwrap_tool_config(std::string_view type, const json::Value& config);

// to_json(definition.config) with the unions in place of the short forms. What the unions have no member for
// (stopSequences, sandbox) stands beside, where the SDKs do not look.
json::Value config_for_api(const Definition& definition);

}  // namespace soma::harness
