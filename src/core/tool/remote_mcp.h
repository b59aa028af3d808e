// `remote_mcp`: the tools of an MCP server, at an address or as a program of this machine (core/mcp/mcp.h).
//
//   {"type": "remote_mcp", "name": "jira", "config": {"url": "https://mcp.example.com/mcp",
//    "headers": {"Authorization": "Bearer ${secret:JIRA}"}, "timeoutSeconds": 60}}
//   {"type": "remote_mcp", "name": "files", "config": {"command": ["npx", "-y", "some-server", "/data"],
//    "environment": {"TOKEN": "${env:TOKEN}"}}}
//   … "outboundAuth": {"awsIam": {"service": "execute-api", "region": "eu-west-1"}}: requests are signed
//
// `url`, `headers` and `outboundAuth` are the managed service's (HarnessRemoteMcpConfig); `command` is soma's
// own. Which addresses may be: policy_for() of mcp_source.h, which does the rest, too.
#pragma once

#include "core/tool/tool_source.h"

namespace soma::tool {

inline constexpr std::string_view kRemoteMcpConfig = R"json({
  "type": "object",
  "additionalProperties": false,
  "description": "An MCP server: at a url (with headers), or a program of this machine (with its environment).",
  "properties": {
    "url": {"type": "string", "pattern": "^https?://", "maxLength": 2048, "description": "Where it speaks Streamable HTTP."},
    "headers": {
      "type": "object",
      "maxProperties": 32,
      "propertyNames": {"pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", "maxLength": 128},
      "additionalProperties": {"type": "string", "maxLength": 4096},
      "description": "Sent with every request. A secret is named, never written: ${secret:NAME} or ${env:NAME}."
    },
    "outboundAuth": {
      "type": "object",
      "additionalProperties": false,
      "minProperties": 1,
      "maxProperties": 1,
      "description": "awsIam: requests to the url are signed with the credentials of soma's environment. none, the default, adds nothing to the headers.",
      "properties": {
        "none": {"type": "object", "additionalProperties": false},
        "awsIam": {
          "type": "object",
          "required": ["service"],
          "additionalProperties": false,
          "properties": {
            "service": {"type": "string", "pattern": "^[a-zA-Z0-9._-]+$", "maxLength": 64, "description": "Whose signature it is: execute-api, lambda, …"},
            "region": {"type": "string", "pattern": "^[a-zA-Z0-9-]+$", "maxLength": 32, "description": "AWS_REGION, or AWS_DEFAULT_REGION, of soma's environment when it is left out."}
          }
        }
      }
    },
    "command": {
      "type": "array",
      "minItems": 1,
      "maxItems": 64,
      "items": {"type": "string", "minLength": 1, "maxLength": 4096},
      "description": "A program that speaks MCP on its stdin and stdout, and its arguments; runs on the host as soma's own user."
    },
    "environment": {
      "type": "object",
      "maxProperties": 64,
      "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 100},
      "additionalProperties": {"type": "string", "maxLength": 4096},
      "description": "The program's variables, beside PATH, HOME and LANG. Secrets as in headers."
    },
    "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 3600, "default": 300, "description": "Of one call."}
  },
  "oneOf": [{"required": ["url"]}, {"required": ["command"]}]
})json";

os::Result<> check_remote_mcp(const ToolConfig& config);
bool remote_mcp_needs_owner(const ToolConfig& config);
std::unique_ptr<ToolSource> make_remote_mcp(const ToolConfig& config, Environment& environment,
                                            SourceMeans means);

}  // namespace soma::tool
