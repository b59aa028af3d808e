#include "services/harness/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/json/schema.h"
#include "core/model/prices.h"
#include "core/tool/tool_source.h"
#include "services/harness/api_shape.h"
#include "services/harness/loop/harness_tools.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

const json::Schema& schema() {
  static const json::Schema config_schema = [] {
    auto parsed = json::parse(config_schema_text());
    auto compiled =
        parsed ? json::Schema::compile(*parsed) : os::Result<json::Schema>(std::unexpected(parsed.error()));
    if (!compiled) {
      os::log(os::Level::kError, "harness.schema.broken", {{"error", compiled.error().to_string()}});
      std::abort();
    }
    return *compiled;
  }();
  return config_schema;
}

// Where a key may stand, in words, for keys that were put in the wrong place.
struct Home {
  std::string_view key, place;
};
constexpr Home kHomes[] = {
    {"modelId", "model"},
    {"provider", "model"},
    {"temperature", "model"},
    {"topP", "model"},
    {"topK", "model"},
    {"apiBase", "model"},
    {"apiFormat", "model"},
    {"apiKeyArn", "model"},
    {"stopSequences", "model"},
    {"additionalParams", "model"},
    {"idleTimeoutSeconds", "model"},
    {"idleRuntimeSessionTimeout", "environment"},
    {"maxLifetime", "environment"},
    {"network", "environment"},
    {"filesystemConfigurations", "environment"},
    {"contextWindow", "model"},
    {"messagesCount", "truncation/config/slidingWindow"},
    {"summaryRatio", "truncation/config/summarization"},
    {"tools", "the top level"},
    {"systemPrompt", "the top level"},
    {"allowedTools", "the top level"},
    {"maxIterations", "the top level"},
    {"timeoutSeconds", "the top level"},
    {"sandbox", "the top level"},
    {"environmentVariables", "the top level"},
    {"customJWTAuthorizer", "authorizerConfiguration"},
    {"discoveryUrl", "authorizerConfiguration/customJWTAuthorizer"},
};

void explain_misplaced(std::vector<json::Violation>& violations) {
  for (json::Violation& violation : violations) {
    if (violation.keyword != "additionalProperties") continue;
    const std::string key = violation.pointer.substr(violation.pointer.rfind('/') + 1);
    const auto home = std::ranges::find(kHomes, key, &Home::key);
    if (home != std::end(kHomes))
      violation.message += fmt::format("; '{}' belongs under {}", key, home->place);
  }
}

std::optional<int64_t> optional_int(const Value& value) {
  if (value.type() != json::Type::kInt) return std::nullopt;
  return value.as_int();
}
std::optional<double> optional_double(const Value& value) {
  if (!value.is_number()) return std::nullopt;
  return value.as_double();
}

os::Error at(std::string_view pointer, std::string message, std::string hint, std::string_view text,
             std::string_view source) {
  json::Violation violation{std::string(pointer), "", std::move(message)};
  os::Error error = json::violations_error({violation}, text, source);
  error.hint = std::move(hint);
  return error;
}

void read_model_fields(const Value& from, model::ModelSettings& out) {
  out.model_id = from.get("modelId").string_or("");
  out.max_tokens = optional_int(from.get("maxTokens"));
  out.temperature = optional_double(from.get("temperature"));
  out.top_p = optional_double(from.get("topP"));
  out.top_k = optional_int(from.get("topK"));
  out.context_window = optional_int(from.get("contextWindow"));
  for (const Value& sequence :
       from.get("stopSequences").is_array() ? from.get("stopSequences").as_array() : json::Array{})
    out.stop_sequences.push_back(sequence.as_string());
  out.api_format = from.get("apiFormat").string_or("");
  out.api_base = from.get("apiBase").string_or("");
  out.api_key_reference = from.get("apiKeyArn").string_or("");
  out.additional_params = from.get("additionalParams");
  out.idle_timeout_seconds = optional_int(from.get("idleTimeoutSeconds"));
}

// LiteLLM names models "provider/model": one of soma's own providers before the slash is that provider.
void resolve_litellm(model::ModelSettings& settings) {
  const size_t slash = settings.model_id.find('/');
  const std::string_view prefix = std::string_view(settings.model_id).substr(0, slash);
  const auto types = model::provider_types();
  if (std::ranges::find(types, prefix, &model::ProviderType::name) == types.end()) return;
  settings.provider = prefix;
  settings.model_id = slash == std::string::npos ? "" : settings.model_id.substr(slash + 1);
}

Result<model::ModelSettings> read_model(const Value& model, std::string_view text, std::string_view source) {
  model::ModelSettings settings;
  std::vector<std::string_view> members;
  for (const ModelUnionMember& member : model_union()) {
    if (!model.has(member.member)) continue;
    members.push_back(member.member);
    settings.provider = member.provider;
    read_model_fields(model.get(member.member), settings);
    if (settings.provider == "litellm") resolve_litellm(settings);
  }
  if (members.size() > 1)
    return std::unexpected(at("/model", fmt::format("has both {} and {}", members[0], members[1]),
                              "keep one of them", text, source));
  if (members.size() == 1) {
    if (model.size() > 1)
      return std::unexpected(at("/model", fmt::format("mixes {} with other members", members[0]),
                                fmt::format("put everything inside {}", members[0]), text, source));
    return settings;
  }
  if (!model.has("provider"))
    return std::unexpected(
        at("/model", "has no provider", R"(for example {"provider": "reflex"})", text, source));
  settings.provider = model.get("provider").as_string();
  read_model_fields(model, settings);
  return settings;
}

// What a source of tools needs beyond its schema. `pointer` is of its entry.
Result<> check_source(const tool::ToolConfig& config, const std::string& pointer, std::string_view text,
                      std::string_view source) {
  const tool::ToolSourceType* type = tool::find_tool_source_type(config.type);
  if (type == nullptr) return {};
  if (config.name == "builtin")
    return std::unexpected(at(pointer + "/name", "'builtin' is the server of the built-in tools",
                              "give the server another name", text, source));
  if (config.name.contains(tool::kSourceSeparator))
    return std::unexpected(at(pointer + "/name",
                              fmt::format("'{}' has '{}' in it", config.name, tool::kSourceSeparator),
                              "it stands between a server's name and its tools' names", text, source));
  const Result<> fits = type->check(config);
  if (fits) return {};
  return std::unexpected(at(pointer + "/config", fits.error().message, fits.error().hint, text, source));
}

Result<std::vector<tool::ToolConfig>> read_tools(const Value& tools, std::string_view text,
                                                 std::string_view source) {
  std::vector<tool::ToolConfig> out;
  if (!tools.is_array()) return out;
  const std::vector<HarnessToolType>& types = harness_tool_types();
  for (size_t index = 0; index < tools.size(); ++index) {
    const Value& entry = tools.at(index);
    const std::string pointer = fmt::format("/tools/{}", index);
    tool::ToolConfig config;
    config.type = entry.get("type").as_string();
    const auto type = std::ranges::find(types, std::string_view(config.type), &HarnessToolType::type);
    if (type == types.end()) {
      std::vector<std::string_view> known;
      for (const HarnessToolType& candidate : types) known.push_back(candidate.type);
      const std::string_view near = os::nearest(config.type, known);
      return std::unexpected(at(pointer + "/type", fmt::format("unknown tool type '{}'", config.type),
                                near.empty() ? fmt::format("known types: {}", fmt::join(known, ", "))
                                             : fmt::format("did you mean '{}'?", near),
                                text, source));
    }
    config.name = entry.get("name").string_or(config.type);
    if (std::ranges::find(out, config.name, &tool::ToolConfig::name) != out.end())
      return std::unexpected(at(pointer + "/name",
                                fmt::format("the tool name '{}' is used twice", config.name),
                                "give each tool a name of its own", text, source));
    config.config = unwrap_tool_config(config.type, entry.get("config"));
    if (!config.config.is_null() || type->config_required) {
      if (config.config.is_null()) config.config = json::Object{};
      SOMA_ASSIGN(const Value schema_value, json::parse(type->config_schema));
      SOMA_ASSIGN(const json::Schema config_schema, json::Schema::compile(schema_value));
      auto violations = config_schema.validate(config.config);
      for (json::Violation& violation : violations)
        violation.pointer = pointer + "/config" + violation.pointer;
      if (!violations.empty()) return std::unexpected(json::violations_error(violations, text, source));
    }
    SOMA_TRY(check_source(config, pointer, text, source));
    out.push_back(std::move(config));
  }
  return out;
}

void read_lifecycle(const Value& from, Config& out) {
  out.idle_timeout_seconds = from.get("idleRuntimeSessionTimeout").int_or(out.idle_timeout_seconds);
  out.max_lifetime_seconds = from.get("maxLifetime").int_or(out.max_lifetime_seconds);
}

Result<> read_environment(const Value& environment, std::string_view text, std::string_view source,
                          Config& out) {
  read_lifecycle(environment, out);
  out.sandbox_network = environment.get("network").bool_or(out.sandbox_network);
  const Value& runtime = environment.get("agentCoreRuntimeEnvironment");
  read_lifecycle(runtime.get("lifecycleConfiguration"), out);
  const Value& network = runtime.get("networkConfiguration");
  if (network.is_object()) out.sandbox_network = network.get("networkMode").as_string() == "PUBLIC";
  constexpr std::string_view kMounts = "filesystemConfigurations";
  for (const auto& [holder, place] : {std::pair<const Value&, std::string_view>{environment, "/environment"},
                                      {runtime, "/environment/agentCoreRuntimeEnvironment"}}) {
    if (!holder.has(kMounts)) continue;
    SOMA_ASSIGN(out.mounts, mount_sources_from_json(holder.get(kMounts), fmt::format("{}/{}", place, kMounts),
                                                    text, source));
  }
  return {};
}

std::vector<std::string> read_system_prompt(const Value& prompt) {
  std::vector<std::string> out;
  if (prompt.is_string()) out.push_back(prompt.as_string());
  if (prompt.is_array())
    for (const Value& block : prompt.as_array()) out.push_back(block.get("text").as_string());
  return out;
}

// A path in systemPrompt would be sent to the model as its instructions: refuse what can only be a path.
bool looks_like_a_path(std::string_view prompt) {
  if (prompt.find_first_of(" \n\t") != std::string_view::npos || prompt.empty()) return false;
  return prompt.starts_with("./") || prompt.starts_with('/') || prompt.ends_with(".md") ||
         prompt.ends_with(".txt");
}

// What bounds and watches over an invocation: limits, approvals, hooks, truncation, the shape of its answer.
Result<> read_governance(const Value& value, std::string_view text, std::string_view source, Config& out) {
  const auto located = [&](const os::Error& error, std::string pointer) {
    // The place inside the member, where the error knows it.
    std::string message = error.message;
    for (const auto& [name, inside] : error.details) {
      if (name != "pointer") continue;
      const std::string told = fmt::format("{}{}: ", pointer.substr(1), inside);
      if (message.starts_with(told)) message.erase(0, told.size());
      pointer += inside;
    }
    return std::unexpected(at(pointer, std::move(message), error.hint, text, source));
  };
  if (value.has("maxToolCalls")) out.max_tool_calls = optional_int(value.get("maxToolCalls"));
  if (value.has("maxCostUsd")) out.max_cost_pico = model::pico(value.get("maxCostUsd").as_double());
  out.max_tool_result_bytes = static_cast<size_t>(
      value.get("maxToolResultBytes").int_or(static_cast<int64_t>(out.max_tool_result_bytes)));
  if (value.has("approvals")) {
    auto approvals = approvals_from_json(value.get("approvals"));
    if (!approvals) return located(approvals.error(), "/approvals");
    out.approvals = std::move(*approvals);
  }
  if (value.has("authorizerConfiguration")) {
    SOMA_ASSIGN(out.authorizer, authorizer_from_json(value.get("authorizerConfiguration"),
                                                     "/authorizerConfiguration", text, source));
  }
  if (value.has("memory")) {
    SOMA_ASSIGN(out.memory, memory_use_from_json(value.get("memory"), "/memory", text, source));
  }
  if (value.has("truncation")) {
    auto truncation = truncation_from_json(value.get("truncation"));
    if (!truncation) return located(truncation.error(), "/truncation");
    out.truncation = std::move(*truncation);
  }
  if (value.has("hooks")) {
    SOMA_ASSIGN(out.hooks, hooks_from_json(value.get("hooks"), "/hooks", text, source));
  }
  if (value.has("outputSchema")) {
    const auto compiled = json::Schema::compile(value.get("outputSchema"));
    if (!compiled) return located(compiled.error(), "/outputSchema");
    out.output_schema = value.get("outputSchema");
  }
  out.max_output_repairs = value.get("maxOutputRepairs").int_or(out.max_output_repairs);
  return {};
}

// Reads the members that `value` has over what `out` holds.
Result<> read_members(const Value& value, std::string_view text, std::string_view source, Config& out) {
  auto violations = schema().validate(value);
  if (!violations.empty()) {
    explain_misplaced(violations);
    return std::unexpected(json::violations_error(violations, text, source));
  }
  if (value.has("harnessName")) out.name = value.get("harnessName").as_string();
  if (value.has("name")) out.name = value.get("name").as_string();
  if (value.has("model")) {
    SOMA_ASSIGN(out.model, read_model(value.get("model"), text, source));
  }
  if (value.has("systemPrompt")) {
    out.system_prompt = read_system_prompt(value.get("systemPrompt"));
    for (const std::string& prompt : out.system_prompt)
      if (looks_like_a_path(prompt))
        return std::unexpected(at("/systemPrompt", fmt::format("'{}' is a path, not a prompt", prompt),
                                  "put the text itself here, or leave systemPrompt out and write "
                                  "system-prompt.md beside harness.json",
                                  text, source));
  }
  if (value.has("tools")) {
    SOMA_ASSIGN(out.tools, read_tools(value.get("tools"), text, source));
  }
  if (value.has("skills")) {
    SOMA_ASSIGN(out.skills, skill_sources_from_json(value.get("skills"), text, source));
  }
  if (value.has("allowedTools")) {
    out.allowed_tools.emplace();
    for (const Value& pattern : value.get("allowedTools").as_array())
      out.allowed_tools->push_back(pattern.as_string());
  }
  out.max_iterations = value.get("maxIterations").int_or(out.max_iterations);
  out.timeout_seconds = value.get("timeoutSeconds").int_or(out.timeout_seconds);
  if (value.has("maxTokens")) out.max_tokens = optional_int(value.get("maxTokens"));
  SOMA_TRY(read_governance(value, text, source, out));
  SOMA_TRY(read_environment(value.get("environment"), text, source, out));
  if (value.has("environmentVariables")) {
    out.environment_variables.clear();
    for (const auto& [name, variable] : value.get("environmentVariables").as_object())
      out.environment_variables.emplace_back(name, variable.as_string());
  }
  if (value.has("sandbox"))
    out.sandbox =
        value.get("sandbox").as_string() == "none" ? sandbox::Kind::kNone : sandbox::Kind::kBubblewrap;
  if (out.sandbox == sandbox::Kind::kNone && !out.mounts.empty())
    return std::unexpected(at(value.has("sandbox") ? "/sandbox" : "/environment",
                              fmt::format("without a sandbox there is no {}", out.mounts.front().mount_path),
                              "take out sandbox: none or filesystemConfigurations", text, source));
  return {};
}

// UpdateHarness and InvokeHarness bodies may hold these members and no others.
constexpr std::string_view kUpdatable[] = {"clientToken",
                                           "executionRoleArn",
                                           "environment",
                                           "environmentVariables",
                                           "model",
                                           "systemPrompt",
                                           "tools",
                                           "allowedTools",
                                           "maxIterations",
                                           "maxTokens",
                                           "timeoutSeconds",
                                           "sandbox",
                                           "skills",
                                           "memory",
                                           "truncation",
                                           "hooks",
                                           "approvals",
                                           "maxToolCalls",
                                           "maxCostUsd",
                                           "maxToolResultBytes",
                                           "outputSchema",
                                           "maxOutputRepairs",
                                           "authorizerConfiguration"};
// Approvals, hooks, truncation and the authorizer are the configuration's alone: whoever may ask an agent
// must not get around them.
constexpr std::string_view kOverridable[] = {
    "model",         "systemPrompt", "tools",        "allowedTools", "maxTokens",    "timeoutSeconds",
    "maxIterations", "skills",       "maxToolCalls", "maxCostUsd",   "outputSchema", "maxOutputRepairs"};

}  // namespace

Result<Config> config_from_json(const Value& value, std::string_view text, std::string_view source) {
  if (!value.is_object())
    return std::unexpected(at("", "a harness configuration must be an object", "", text, source));
  Config config;
  SOMA_TRY(read_members(value, text, source, config));
  // Whoever writes the member wants tokens to be asked for: half of it must not mean none.
  if (value.has("authorizerConfiguration") && !config.authorizer)
    return std::unexpected(at("/authorizerConfiguration", "names no authorizer",
                              R"(add "customJWTAuthorizer", or leave it out: then no token is asked for)",
                              text, source));
  if (!value.has("model"))
    return std::unexpected(
        at("", "model is missing", R"(add "model": {"provider": "reflex"})", text, source));
  return config;
}

Result<Config> read_config_file(const std::string& path) {
  SOMA_ASSIGN(const std::string text, os::read_file(path, 1u << 20));
  json::ParseOptions options;
  options.source = path;
  SOMA_ASSIGN(const Value value, json::parse(text, options));
  SOMA_ASSIGN(Config config, config_from_json(value, text, path));
  const auto directory = std::filesystem::absolute(path).parent_path();
  if (config.name.empty()) config.name = directory.filename().string();
  if (!value.has("systemPrompt")) {
    const std::string prompt_path = (directory / "system-prompt.md").string();
    if (std::filesystem::exists(prompt_path)) {
      SOMA_ASSIGN(std::string prompt, os::read_file(prompt_path, 1u << 20));
      const std::string_view trimmed = os::trim(prompt);
      if (!trimmed.empty()) config.system_prompt.emplace_back(trimmed);
    }
  }
  return config;
}

Value to_json(const Config& config) {
  Value out = json::object({{"harnessName", config.name}});
  Value model = json::object({{"provider", config.model.provider}});
  if (!config.model.model_id.empty()) model.set("modelId", config.model.model_id);
  if (config.model.max_tokens) model.set("maxTokens", *config.model.max_tokens);
  if (config.model.temperature) model.set("temperature", *config.model.temperature);
  if (config.model.top_p) model.set("topP", *config.model.top_p);
  if (config.model.top_k) model.set("topK", *config.model.top_k);
  if (config.model.context_window) model.set("contextWindow", *config.model.context_window);
  for (const std::string& sequence : config.model.stop_sequences) {
    if (!model.has("stopSequences")) model.set("stopSequences", json::Array{});
    model.find("stopSequences")->push_back(sequence);
  }
  if (!config.model.api_format.empty()) model.set("apiFormat", config.model.api_format);
  if (!config.model.api_base.empty()) model.set("apiBase", config.model.api_base);
  if (!config.model.api_key_reference.empty()) model.set("apiKeyArn", config.model.api_key_reference);
  if (!config.model.additional_params.is_null())
    model.set("additionalParams", config.model.additional_params);
  if (config.model.idle_timeout_seconds) model.set("idleTimeoutSeconds", *config.model.idle_timeout_seconds);
  out.set("model", std::move(model));
  Value prompt = json::Array{};
  for (const std::string& text : config.system_prompt) prompt.push_back(json::object({{"text", text}}));
  out.set("systemPrompt", std::move(prompt));
  Value tools = json::Array{};
  for (const tool::ToolConfig& tool : config.tools) {
    Value entry = json::object({{"type", tool.type}, {"name", tool.name}});
    if (!tool.config.is_null()) entry.set("config", tool.config);
    tools.push_back(std::move(entry));
  }
  out.set("tools", std::move(tools));
  if (!config.skills.empty()) out.set("skills", to_json(config.skills));
  if (config.allowed_tools) {
    Value patterns = json::Array{};
    for (const std::string& pattern : *config.allowed_tools) patterns.push_back(pattern);
    out.set("allowedTools", std::move(patterns));
  }
  out.set("maxIterations", config.max_iterations);
  out.set("timeoutSeconds", config.timeout_seconds);
  if (config.max_tokens) out.set("maxTokens", *config.max_tokens);
  if (config.max_tool_calls) out.set("maxToolCalls", *config.max_tool_calls);
  if (config.max_cost_pico) out.set("maxCostUsd", model::usd(*config.max_cost_pico));
  if (config.max_tool_result_bytes != kDefaultToolResultBytes)
    out.set("maxToolResultBytes", config.max_tool_result_bytes);
  if (!config.approvals.empty()) out.set("approvals", to_json(config.approvals));
  if (config.authorizer) out.set("authorizerConfiguration", to_json(*config.authorizer));
  if (config.memory) out.set("memory", to_json(*config.memory));
  out.set("truncation", to_json(config.truncation));
  if (!config.hooks.empty()) out.set("hooks", to_json(config.hooks));
  if (!config.output_schema.is_null()) {
    out.set("outputSchema", config.output_schema);
    out.set("maxOutputRepairs", config.max_output_repairs);
  }
  // An empty list, too: an update keeps what it does not name.
  out.set("environment", json::object({{"idleRuntimeSessionTimeout", config.idle_timeout_seconds},
                                       {"maxLifetime", config.max_lifetime_seconds},
                                       {"network", config.sandbox_network},
                                       {"filesystemConfigurations", to_json(config.mounts)}}));
  if (!config.environment_variables.empty()) {
    Value variables = json::Object{};
    for (const auto& [name, value] : config.environment_variables) variables.set(name, value);
    out.set("environmentVariables", std::move(variables));
  }
  out.set("sandbox", config.sandbox == sandbox::Kind::kNone ? "none" : "bubblewrap");
  return out;
}

namespace {

// Whoever may ask an agent must not choose where its keys are sent, nor which of soma's variables is one.
Result<> check_keys_stay(const model::ModelSettings& configured, const model::ModelSettings& wanted) {
  const bool base_set = !wanted.api_base.empty() && wanted.api_base != configured.api_base;
  const bool key_set =
      !wanted.api_key_reference.empty() && wanted.api_key_reference != configured.api_key_reference;
  if (!base_set && !key_set) return {};
  return os::fail(
      Code::kInvalidArgument,
      fmt::format("model/{} cannot be chosen for one invocation", base_set ? "apiBase" : "apiKeyArn"),
      "write it into the harness's configuration");
}

// A credential goes where the configuration sends it, and nowhere else.
Result<> check_credentials_stay(const std::vector<SkillSource>& configured,
                                const std::vector<SkillSource>& wanted) {
  for (const SkillSource& skill : wanted)
    if (!skill.credential.empty() && std::ranges::find(configured, skill) == configured.end())
      return os::fail(
          Code::kInvalidArgument,
          fmt::format("the credential of the skill {} cannot be chosen for one invocation", skill.words()),
          "write the skill into the harness's configuration");
  return {};
}

bool is_configured(const Config& base, const tool::ToolConfig& wanted) {
  return std::ranges::any_of(base.tools, [&](const tool::ToolConfig& known) {
    return known.name == wanted.name && known.type == wanted.type && known.config == wanted.config;
  });
}

// Credentials, programs and addresses of this machine are its owner's to give.
Result<> check_sources_stay(const Config& base, const Config& wanted) {
  for (const tool::ToolConfig& tool : wanted.tools) {
    const tool::ToolSourceType* type = tool::find_tool_source_type(tool.type);
    if (type == nullptr || !type->needs_owner(tool) || is_configured(base, tool)) continue;
    return os::fail(
        Code::kInvalidArgument,
        fmt::format("the tool '{}' uses credentials, a program or an address of this machine, which "
                    "cannot be chosen for one invocation",
                    tool.name),
        "write it into the harness's configuration");
  }
  return {};
}

// Limits may be lowered for one invocation, not raised; and tools that rules speak of cannot be had under
// another name.
Result<> check_governance_stays(const Config& base, const Config& wanted) {
  if (base.max_cost_pico && wanted.max_cost_pico && *wanted.max_cost_pico > *base.max_cost_pico)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("maxCostUsd is {} for this harness and cannot be raised for one invocation",
                                model::usd(*base.max_cost_pico)));
  if (base.max_tool_calls && wanted.max_tool_calls && *wanted.max_tool_calls > *base.max_tool_calls)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("maxToolCalls is {} for this harness and cannot be raised for one invocation",
                                *base.max_tool_calls));
  if (base.approvals.empty() && base.hooks.empty()) return {};
  for (const tool::ToolConfig& tool : wanted.tools) {
    if (!is_configured(base, tool) && tool.type != kInlineFunctionType)
      return os::fail(
          Code::kInvalidArgument,
          fmt::format("the tool '{}' cannot be added for one invocation: this harness has approvals or hooks",
                      tool.name),
          "write it into the harness's configuration");
  }
  return {};
}

}  // namespace

Result<Config> apply_patch(const Config& base, const Value& patch, PatchKind kind) {
  const std::span<const std::string_view> allowed = kind == PatchKind::kUpdate
                                                        ? std::span<const std::string_view>(kUpdatable)
                                                        : std::span<const std::string_view>(kOverridable);
  if (!patch.is_object()) return os::fail(Code::kInvalidArgument, "the body must be a JSON object");
  for (const auto& [key, value] : patch.as_object()) {
    if (std::ranges::find(allowed, std::string_view(key)) != allowed.end()) continue;
    const std::string_view near = os::nearest(key, allowed);
    return os::fail(Code::kInvalidArgument,
                    fmt::format("'{}' cannot be {}", key,
                                kind == PatchKind::kUpdate ? "updated" : "overridden for one invocation"),
                    near.empty() ? fmt::format("these can: {}", fmt::join(allowed, ", "))
                                 : fmt::format("did you mean '{}'?", near));
  }
  Config config = base;
  SOMA_TRY(read_members(patch, "", "", config));
  if (kind == PatchKind::kInvocation) {
    SOMA_TRY(check_keys_stay(base.model, config.model));
    SOMA_TRY(check_credentials_stay(base.skills, config.skills));
    SOMA_TRY(check_sources_stay(base, config));
    SOMA_TRY(check_governance_stays(base, config));
  }
  return config;
}

bool tool_allowed(const std::vector<std::string>& patterns, std::string_view name, std::string_view server) {
  // A source's tool is `server___tool` by itself, and `tool` where its server is named.
  std::string_view name_there = name;
  const bool of_source = !server.empty() && name.starts_with(server) &&
                         name.substr(server.size()).starts_with(tool::kSourceSeparator);
  if (of_source) name_there.remove_prefix(server.size() + tool::kSourceSeparator.size());
  for (std::string_view pattern : patterns) {
    if (!pattern.starts_with('@')) {
      if (os::glob_match(pattern, name)) return true;
      continue;
    }
    pattern.remove_prefix(1);
    const size_t slash = pattern.find('/');
    if (server.empty() || !os::glob_match(pattern.substr(0, slash), server)) continue;
    if (slash == std::string_view::npos || os::glob_match(pattern.substr(slash + 1), name_there)) return true;
  }
  return false;
}

}  // namespace soma::harness
