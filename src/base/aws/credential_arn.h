// ARNs of credentials in AgentCore Identity's token vault:
//
//   arn:aws:bedrock-agentcore:REGION:ACCOUNT:token-vault/VAULT/KIND/NAME
#pragma once

#include <optional>
#include <string_view>

namespace soma::aws {

inline constexpr std::string_view kApiKeyKind = "apikeycredentialprovider";
inline constexpr std::string_view kOAuth2Kind = "oauth2credentialprovider";

// The NAME when the text is the ARN of a credential of this kind. A view into `arn`.
std::optional<std::string_view> credential_name(std::string_view arn, std::string_view kind);

}  // namespace soma::aws
