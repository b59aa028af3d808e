// The table of providers. Adding one: a file that implements Codec (a service behind HTTP) or Provider, and a
// line here.
#include <array>

#include <fmt/format.h>
#include "core/model/model.h"
#include "core/model/providers/http_provider.h"
#include "core/model/reflex/reflex.h"
#include "core/model/replay.h"

namespace soma::model {
namespace {

template <CodecMaker make_codec>
std::unique_ptr<Provider> over_http(ProviderContext context) {
  return make_http_provider(std::move(context), make_codec);
}

constexpr auto kProviders = std::to_array<ProviderType>({
    {"reflex",
     "the built-in brain: rules and text similarity, no language model; needs no key and no network", false,
     make_reflex},
    {"replay", "plays back a file of recorded events; modelId is the file's path", true, make_replay},
    {"anthropic", "Anthropic's Messages API; key in ANTHROPIC_API_KEY or apiKeyArn", true,
     over_http<make_anthropic_codec>},
    {"openai",
     "OpenAI's Chat Completions or Responses (apiFormat), and with apiBase whatever speaks them: Ollama, "
     "llama.cpp, vLLM, LM Studio, OpenRouter; key in OPENAI_API_KEY or apiKeyArn",
     true, over_http<make_openai_codec>},
    {"gemini", "Google's Gemini API; key in GEMINI_API_KEY or apiKeyArn", true, over_http<make_gemini_codec>},
    {"bedrock", "Amazon Bedrock's ConverseStream; AWS credentials from the environment", true,
     over_http<make_bedrock_codec>},
    {"litellm", "a LiteLLM proxy at apiBase; key in apiKeyArn", true, over_http<make_openai_codec>},
});

}  // namespace

std::span<const ProviderType> provider_types() {
  return kProviders;
}

os::Result<std::unique_ptr<Provider>> make_provider(const ModelSettings& settings, ProviderContext context) {
  std::vector<std::string_view> names;
  for (const ProviderType& type : kProviders) {
    names.push_back(type.name);
    if (type.name != settings.provider) continue;
    if (type.needs_model_id && settings.model_id.empty()) {
      return os::fail(os::Code::kInvalidArgument,
                      fmt::format("the model provider \"{}\" needs a modelId", type.name),
                      std::string(type.summary));
    }
    if (type.name == "litellm" && settings.api_base.empty()) {
      return os::fail(os::Code::kInvalidArgument, "the model provider \"litellm\" needs an apiBase",
                      "the proxy's address, for example http://127.0.0.1:4000");
    }
    return type.make(std::move(context));
  }
  const std::string_view near = os::nearest(settings.provider, names);
  std::string hint = fmt::format("known: {}", fmt::join(names, ", "));
  if (!near.empty()) hint = fmt::format("did you mean \"{}\"? {}", near, hint);
  return os::fail(os::Code::kInvalidArgument,
                  fmt::format("there is no model provider \"{}\"", settings.provider), std::move(hint));
}

}  // namespace soma::model
