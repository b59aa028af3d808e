#include "base/aws/credential_arn.h"

#include "base/os/text.h"

namespace soma::aws {

std::optional<std::string_view> credential_name(std::string_view arn, std::string_view kind) {
  constexpr size_t kArnParts = 6, kResourceParts = 4;
  const auto parts = os::split(arn, ':');
  if (parts.size() != kArnParts || parts[0] != "arn" || !parts[1].starts_with("aws") ||
      parts[2] != "bedrock-agentcore")
    return std::nullopt;
  const auto resource = os::split(parts[5], '/');
  if (resource.size() != kResourceParts || resource[0] != "token-vault" || resource[2] != kind)
    return std::nullopt;
  return resource[3];
}

}  // namespace soma::aws
