#include "core/tool/agentcore_gateway.h"

#include <fmt/format.h>

#include "base/aws/aws.h"
#include "core/tool/mcp_source.h"
#include "core/tool/request_authorizers.h"

namespace soma::tool {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kService = "bedrock-agentcore";
constexpr std::string_view kGrant = "CLIENT_CREDENTIALS";

struct Gateway {
  std::string_view partition, region, id;
};

Gateway gateway_of(std::string_view arn) {
  constexpr size_t kPartition = 1, kRegion = 3, kResource = 5;
  const auto parts = os::split(arn, ':');
  std::string_view id = parts[kResource];
  id.remove_prefix(id.find('/') + 1);
  return {parts[kPartition], parts[kRegion], id};
}

// A reference that read_secret knows: a provider's ARN is the secret of its name.
Result<std::string> secret_of(std::string_view provider_arn) {
  if (const auto name = aws::credential_name(provider_arn, aws::kOAuth2Kind))
    return fmt::format("secret:{}", *name);
  if (provider_arn.starts_with("secret:") || provider_arn.starts_with("env:"))
    return std::string(provider_arn);
  return os::fail(
      Code::kInvalidArgument, "outboundAuth/oauth/providerArn names no OAuth client that soma can find",
      "write secret:NAME, env:NAME, or the ARN of an OAuth2 credential provider in a token vault");
}

Result<> check_oauth(const Value& oauth) {
  SOMA_TRY(secret_of(oauth.get("providerArn").string_or("")));
  const std::string_view grant = oauth.get("grantType").string_or(kGrant);
  if (grant != kGrant)
    return os::fail(
        Code::kInvalidArgument,
        fmt::format("outboundAuth/oauth/grantType {} {}", grant,
                    grant == "AUTHORIZATION_CODE"
                        ? "is not supported from a harness to a gateway: nobody is there to consent"
                        : "is not supported by soma: it keeps no user's token to exchange"),
        fmt::format("use {}", kGrant));
  if (const Value* parameters = oauth.find("customParameters"))
    for (const auto& [name, value] : parameters->as_object())
      if (auth::is_grant_parameter(name))
        return os::fail(
            Code::kInvalidArgument,
            fmt::format("outboundAuth/oauth/customParameters/{} is a parameter of the grant itself", name),
            "scopes have their own list, the client its secret");
  return {};
}

std::string url_of(const Value& config) {
  const Value* url = config.find("url");
  return url != nullptr ? url->as_string() : gateway_url(config.get("gatewayArn").as_string());
}

auth::TokenRequest token_request_of(const Value& oauth) {
  auth::TokenRequest request;
  for (const Value& scope : oauth.get("scopes").as_array()) request.scopes.push_back(scope.as_string());
  if (const Value* parameters = oauth.find("customParameters"))
    for (const auto& [name, value] : parameters->as_object())
      request.parameters.emplace_back(name, value.as_string());
  return request;
}

// Null: the gateway asks nothing.
Result<std::shared_ptr<mcp::Authorizer>> authorizer_of(const Value& config, Environment& environment,
                                                       const SourceMeans& means) {
  const Value& auth = config.get("outboundAuth");
  if (auth.has("none")) return nullptr;
  if (const Value* oauth = auth.find("oauth")) {
    SOMA_ASSIGN(std::string secret, secret_of(oauth->get("providerArn").as_string()));
    return make_oauth_authorizer(std::move(secret), token_request_of(*oauth), environment, means);
  }
  const std::string region(gateway_of(config.get("gatewayArn").as_string()).region);
  return make_sigv4_authorizer(region, std::string(kService), environment, means.read_secret);
}

Result<McpAddress> address_of(const Value& config, Environment& environment, const SourceMeans& means) {
  mcp::HttpServer server{.url = url_of(config)};
  server.policy = policy_for(environment.outbound, server.url);
  SOMA_ASSIGN(server.authorizer, authorizer_of(config, environment, means));
  return server;
}

}  // namespace

std::string gateway_url(std::string_view arn) {
  const Gateway gateway = gateway_of(arn);
  return fmt::format("https://{}.gateway.bedrock-agentcore.{}.amazonaws.com{}/mcp", gateway.id,
                     gateway.region, gateway.partition == "aws-cn" ? ".cn" : "");
}

Result<> check_agentcore_gateway(const ToolConfig& config) {
  if (const auto url = net::parse_url(url_of(config.config)); !url) return std::unexpected(url.error());
  if (const Value* oauth = config.config.get("outboundAuth").find("oauth")) return check_oauth(*oauth);
  return {};
}

// Whoever signs in does so as the owner.
bool agentcore_gateway_needs_owner(const ToolConfig& config) {
  return !config.config.get("outboundAuth").has("none") || is_of_this_machine(url_of(config.config));
}

std::unique_ptr<ToolSource> make_agentcore_gateway(const ToolConfig& config, Environment& environment,
                                                   SourceMeans means) {
  return make_mcp_source(
      {.name = config.name,
       .call_time = call_time_of(config.config),
       .address = [config = config.config, &environment,
                   means = std::move(means)] { return address_of(config, environment, means); }},
      environment);
}

}  // namespace soma::tool
