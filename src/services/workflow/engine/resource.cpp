#include <array>

#include "services/workflow/engine/engine.h"

namespace soma::workflow::engine {
namespace {

constexpr std::string_view kSdkPrefix = "aws-sdk:";

struct Suffix {
  std::string_view text;
  Resource::Pattern pattern;
};
// The longer spelling first.
constexpr std::array<Suffix, 3> kSuffixes{{
    {".sync:2", Resource::Pattern::kSync2},
    {".sync", Resource::Pattern::kSync},
    {".waitForTaskToken", Resource::Pattern::kWaitForTaskToken},
}};

// "states:startExecution.sync", what follows "arn:aws:states:::".
bool read_integration(std::string_view text, Resource& resource) {
  if (text.starts_with(kSdkPrefix)) {
    resource.kind = Resource::Kind::kSdk;
    text.remove_prefix(kSdkPrefix.size());
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  resource.service = text.substr(0, colon);
  std::string_view action = text.substr(colon + 1);
  resource.history_resource = action;
  for (const Suffix& suffix : kSuffixes) {
    if (!action.ends_with(suffix.text)) continue;
    resource.pattern = suffix.pattern;
    action.remove_suffix(suffix.text.size());
    break;
  }
  resource.action = action;
  resource.history_type =
      (resource.kind == Resource::Kind::kSdk ? std::string(kSdkPrefix) : std::string()) + resource.service;
  return !action.empty();
}

}  // namespace

std::optional<Resource> parse_resource(std::string_view arn) {
  // arn:<partition>:<service>:<region>:<account>:<rest>
  std::array<std::string_view, 5> parts{};
  std::string_view rest = arn;
  for (std::string_view& part : parts) {
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (parts[0] != "arn" || rest.empty()) return std::nullopt;
  Resource resource;
  resource.arn = arn;
  if (parts[2] == "lambda" && rest.starts_with("function:")) {
    resource.kind = Resource::Kind::kLambda;
    return resource;
  }
  if (parts[2] != "states") return std::nullopt;
  if (rest.starts_with("activity:")) {
    resource.kind = Resource::Kind::kActivity;
    return resource;
  }
  if (!read_integration(rest, resource)) return std::nullopt;
  return resource;
}

}  // namespace soma::workflow::engine
