#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "app/cli/project/layout.h"
#include "app/cli/project/project_files.h"
#include "core/model/model.h"
#include "services/harness/config.h"

namespace soma::cli {
namespace {

namespace fs = std::filesystem;
using json::Value;
using os::Code;
using os::Result;

// The providers that a configuration may name: how they are typed, how they are written, and the model that
// is taken when none is named.
struct ProviderName {
  std::string_view typed, written, default_model_id;
};
constexpr ProviderName kProviders[] = {
    {"reflex", "reflex", "reflex"},
    {"replay", "replay", ""},
    {"anthropic", "anthropic", ""},
    {"openai", "openai", ""},
    {"open_ai", "openai", ""},
    {"gemini", "gemini", ""},
    {"litellm", "litellm", ""},
    {"lite_llm", "litellm", ""},
    {"bedrock", "bedrock", "us.anthropic.claude-sonnet-4-6"},
};

constexpr std::string_view kSystemPrompt =
    "You are a helpful assistant. Use your tools when they help, and say plainly what you could not do.\n";
constexpr std::string_view kIgnored = "/.soma/\n.env\n.env.local\n";

Value harness_value(const NewProject& options, const std::string& provider, const std::string& model_id) {
  Value value = json::object({{"model", json::object({{"provider", provider}, {"modelId", model_id}})}});
  value.set("tools", json::Array{});
  if (options.no_tools) value.set("allowedTools", json::Array{});
  return value;
}

Result<std::string> choose_model(const NewProject& options, std::string_view provider) {
  if (!options.model_id.empty()) return options.model_id;
  const auto known = std::ranges::find(kProviders, provider, &ProviderName::written);
  if (!known->default_model_id.empty()) return std::string(known->default_model_id);
  return os::fail(
      Code::kInvalidArgument, fmt::format("the provider '{}' needs a model", provider),
      provider == "replay" ? "name the file to play with --model-id FILE" : "name one with --model-id ID");
}

Result<> write_files(const fs::path& root, const NewProject& options, const std::string& harness_text) {
  const fs::path harness = root / "app" / options.name;
  std::error_code error;
  fs::create_directories(harness, error);
  if (!error) fs::create_directories(root / "soma", error);
  if (error) return os::fail_errno(fmt::format("cannot make the folder {}", root.string()), error.value());
  const Value project = json::object(
      {{"name", options.name},
       {"harnesses",
        json::array({json::object({{"name", options.name}, {"path", "app/" + options.name}})})}});
  SOMA_TRY(os::write_file_atomic((harness / "harness.json").string(), harness_text));
  SOMA_TRY(os::write_file_atomic((harness / "system-prompt.md").string(), kSystemPrompt));
  SOMA_TRY(os::write_file_atomic((root / ".gitignore").string(), kIgnored));
  // Last, because it is what makes the folder a project.
  return os::write_file_atomic((root / "soma" / "soma.json").string(), lay_out(project));
}

}  // namespace

Result<std::string> resolve_provider(std::string_view typed) {
  const auto known = std::ranges::find(kProviders, typed, &ProviderName::typed);
  if (known != std::end(kProviders)) return std::string(known->written);
  std::vector<std::string_view> names;
  for (const ProviderName& provider : kProviders) names.push_back(provider.typed);
  const std::string_view near = os::nearest(typed, names);
  return os::fail(Code::kInvalidArgument, fmt::format("unknown model provider '{}'", typed),
                  near.empty() ? fmt::format("known: {}", fmt::join(names, ", "))
                               : fmt::format("did you mean '{}'?", near));
}

bool provider_is_here(std::string_view provider) {
  const auto types = model::provider_types();
  return std::ranges::find(types, provider, &model::ProviderType::name) != types.end();
}

Result<Project> create_project(const fs::path& parent, const NewProject& options) {
  SOMA_TRY(check_harness_name(options.name));
  SOMA_ASSIGN(const std::string provider, resolve_provider(options.model_provider));
  SOMA_ASSIGN(const std::string model_id, choose_model(options, provider));
  const Value value = harness_value(options, provider, model_id);
  const std::string text = lay_out(value);
  SOMA_TRY(harness::config_from_json(value, text, "harness.json"));
  const fs::path root = parent / options.name;
  std::error_code error;
  // Making the folder is the test: of two creates at the same time one finds it there.
  const bool made = fs::create_directory(root, error);
  if (error && error != std::errc::file_exists)
    return os::fail_errno(fmt::format("cannot make the folder {}", root.string()), error.value());
  if (!made)
    return os::fail(Code::kAlreadyExists, fmt::format("{} is there already", root.string()),
                    "choose another --name, or work in that folder");
  SOMA_TRY(write_files(root, options, text));
  return read_project(root);
}

}  // namespace soma::cli
