#include "core/tool/remote_mcp.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/aws/aws.h"
#include "core/tool/mcp_source.h"
#include "core/tool/request_authorizers.h"
#include "core/tool/secret_text.h"

namespace soma::tool {
namespace {

using json::Value;
using os::Code;
using os::Result;

// Members of an object of strings; none when it is absent.
const json::Object& members(const Value& object) {
  static const json::Object none;
  return object.is_object() ? object.as_object() : none;
}

Result<std::string> resolved(std::string_view name, const Value& value, const ReadSecret& read_secret) {
  Result<std::string> text = with_secrets(value.string_or(""), read_secret);
  if (!text)
    return os::fail(text.error().code, fmt::format("its {}: {}", name, text.error().message),
                    text.error().hint);
  return text;
}

Result<McpAddress> program_of(const Value& config, const Environment& environment,
                              const ReadSecret& read_secret) {
  mcp::CommandServer server{.launcher = &environment.launcher};
  for (const Value& argument : config.get("command").as_array())
    server.arguments.push_back(argument.as_string());
  for (const auto& [name, value] : members(config.get("environment"))) {
    SOMA_ASSIGN(const std::string text, resolved(name, value, read_secret));
    server.environment.push_back(fmt::format("{}={}", name, text));
  }
  return server;
}

// What the configuration says, or soma's environment.
Result<std::string> region_of(const Value& aws_iam, const ReadSecret& read_secret) {
  if (const Value* told = aws_iam.find("region")) return told->as_string();
  std::string region = aws::region_of(variables_of(read_secret));
  if (!region.empty()) return region;
  return os::fail(Code::kInvalidArgument,
                  "outboundAuth/awsIam has no region, and soma's environment has none",
                  "write region, or set AWS_REGION where soma is started");
}

Result<McpAddress> url_of(const Value& config, Environment& environment, const ReadSecret& read_secret) {
  mcp::HttpServer server{.url = std::string(config.get("url").string_or(""))};
  server.policy = policy_for(environment.outbound, server.url);
  for (const auto& [name, value] : members(config.get("headers"))) {
    SOMA_ASSIGN(std::string text, resolved(name, value, read_secret));
    server.headers.set(name, std::move(text));
  }
  if (const Value* aws_iam = config.get("outboundAuth").find("awsIam")) {
    SOMA_ASSIGN(std::string region, region_of(*aws_iam, read_secret));
    server.authorizer = make_sigv4_authorizer(std::move(region), aws_iam->get("service").as_string(),
                                              environment, read_secret);
  }
  return server;
}

}  // namespace

Result<> check_remote_mcp(const ToolConfig& config) {
  const bool at_url = config.config.has("url");
  if (!at_url && config.config.has("outboundAuth"))
    return os::fail(Code::kInvalidArgument, "outboundAuth is for a url",
                    "a command takes its secrets from its environment");
  if (config.config.has(at_url ? "environment" : "headers"))
    return os::fail(
        Code::kInvalidArgument, at_url ? "environment is for a command" : "headers are for a url",
        at_url ? "a server at a url takes headers" : "a command takes its secrets from its environment");
  if (at_url) {
    const auto url = net::parse_url(config.config.get("url").string_or(""));
    if (!url) return os::fail(Code::kInvalidArgument, url.error().message);
  }
  if (config.config.get("outboundAuth").has("awsIam"))
    for (const auto& [name, value] : members(config.config.get("headers")))
      if (os::to_lower(name) == "authorization")
        return os::fail(Code::kInvalidArgument,
                        "headers/Authorization is where outboundAuth/awsIam puts its signature",
                        "keep one of them");
  for (const char* part : {"headers", "environment"})
    for (const auto& [name, value] : members(config.config.get(part)))
      if (is_secret_name(name) && !names_secret(value.string_or("")))
        return os::fail(
            Code::kInvalidArgument,
            fmt::format("{}/{} holds a value where the name of a secret belongs", part, name),
            "write ${secret:NAME} or ${env:NAME}: a configuration is shown and kept, a secret is not");
  return {};
}

bool remote_mcp_needs_owner(const ToolConfig& config) {
  if (config.config.has("command") || config.config.get("outboundAuth").has("awsIam")) return true;
  if (is_of_this_machine(config.config.get("url").string_or(""))) return true;
  return std::ranges::any_of(members(config.config.get("headers")),
                             [](const auto& header) { return names_secret(header.second.string_or("")); });
}

std::unique_ptr<ToolSource> make_remote_mcp(const ToolConfig& config, Environment& environment,
                                            SourceMeans means) {
  return make_mcp_source(
      {.name = config.name,
       .call_time = call_time_of(config.config),
       .address =
           [config = config.config, &environment, read_secret = std::move(means.read_secret)] {
             return config.has("command") ? program_of(config, environment, read_secret)
                                          : url_of(config, environment, read_secret);
           }},
      environment);
}

}  // namespace soma::tool
