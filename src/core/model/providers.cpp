// The table of providers. Adding one: a file that implements Provider, and a line here.
#include <array>

#include <fmt/format.h>
#include "core/model/model.h"
#include "core/model/reflex/reflex.h"
#include "core/model/replay.h"

namespace soma::model {
namespace {

constexpr std::array<ProviderType, 2> kProviders = {{
    {"reflex",
     "the built-in brain: rules and text similarity, no language model; needs no key and no network", false,
     make_reflex},
    {"replay", "plays back a file of recorded events; modelId is the file's path", true, make_replay},
}};

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
    return type.make(std::move(context));
  }
  const std::string_view near = os::nearest(settings.provider, names);
  std::string hint = fmt::format("known: {}", fmt::join(names, ", "));
  if (!near.empty()) hint = fmt::format("did you mean \"{}\"? {}", near, hint);
  return os::fail(os::Code::kInvalidArgument,
                  fmt::format("there is no model provider \"{}\"", settings.provider), std::move(hint));
}

}  // namespace soma::model
