// `agentcore_gateway`: the tools of an AgentCore Gateway, which is an MCP server that wants to know who asks.
//
//   {"type": "agentcore_gateway", "name": "tools", "config": {
//    "gatewayArn": "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/orders-abcdefghij"}}
//   … "outboundAuth": {"oauth": {"providerArn": "secret:ORDERS", "scopes": ["orders/read"]}}
//
// `gatewayArn` and `outboundAuth` are HarnessAgentCoreGatewayConfig of the control plane's API. Its awsIam,
// the default, signs with the credentials of soma's environment; its oauth has the grant CLIENT_CREDENTIALS
// alone, for a client that a secret of soma's describes. `url` and `timeoutSeconds` are soma's own: a gateway
// is at the address that its ARN implies unless `url` says where it is.
#pragma once

#include "core/tool/tool_source.h"

namespace soma::tool {

inline constexpr std::string_view kAgentCoreGatewayConfig = R"json({
  "type": "object",
  "additionalProperties": false,
  "required": ["gatewayArn"],
  "description": "An AgentCore Gateway and how to sign in to it.",
  "properties": {
    "gatewayArn": {
      "type": "string",
      "pattern": "^arn:aws(|-cn|-us-gov):bedrock-agentcore:[a-z0-9-]{1,20}:[0-9]{12}:gateway/([0-9a-z][-]?){1,48}-[a-z0-9]{10}$",
      "description": "arn:aws:bedrock-agentcore:REGION:ACCOUNT:gateway/ID"
    },
    "outboundAuth": {
      "type": "object",
      "additionalProperties": false,
      "minProperties": 1,
      "maxProperties": 1,
      "description": "One of awsIam (requests are signed), oauth (a bearer token) and none; awsIam when it is left out.",
      "properties": {
        "awsIam": {"type": "object", "additionalProperties": false},
        "none": {"type": "object", "additionalProperties": false},
        "oauth": {
          "type": "object",
          "additionalProperties": false,
          "required": ["providerArn", "scopes"],
          "properties": {
            "providerArn": {
              "type": "string",
              "maxLength": 1024,
              "description": "Where the OAuth client is described: arn:aws:bedrock-agentcore:REGION:ACCOUNT:token-vault/VAULT/oauth2credentialprovider/NAME, which is secret:NAME; or secret:NAME, env:NAME."
            },
            "scopes": {
              "type": "array",
              "maxItems": 100,
              "items": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!#-\\[\\]-~]+$"}
            },
            "customParameters": {
              "type": "object",
              "minProperties": 1,
              "maxProperties": 10,
              "propertyNames": {"minLength": 1, "maxLength": 256},
              "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 2048},
              "description": "Sent along when a token is asked for. They are shown with the configuration: no place for a secret."
            },
            "grantType": {"type": "string", "enum": ["CLIENT_CREDENTIALS", "TOKEN_EXCHANGE", "AUTHORIZATION_CODE"], "default": "CLIENT_CREDENTIALS"},
            "defaultReturnUrl": {"type": "string", "minLength": 1, "maxLength": 2048}
          }
        }
      }
    },
    "url": {"type": "string", "pattern": "^https?://", "maxLength": 2048, "description": "Where the gateway is, if not at the address that its ARN implies."},
    "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 3600, "default": 300, "description": "Of one call."}
  }
})json";

os::Result<> check_agentcore_gateway(const ToolConfig& config);
bool agentcore_gateway_needs_owner(const ToolConfig& config);
std::unique_ptr<ToolSource> make_agentcore_gateway(const ToolConfig& config, Environment& environment,
                                                   SourceMeans means);

// "https://ID.gateway.bedrock-agentcore.REGION.amazonaws.com/mcp". `arn` fits the schema.
std::string gateway_url(std::string_view arn);

}  // namespace soma::tool
