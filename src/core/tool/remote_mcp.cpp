#include "core/tool/remote_mcp.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/net/loopback.h"
#include "core/tool/builtin_tools.h"
#include "core/tool/mcp_result.h"
#include "core/tool/secret_text.h"

namespace soma::tool {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr size_t kMaxToolNameBytes = 64;  // what every model API takes
constexpr size_t kMaxProgressTextBytes = 500;

bool fits_models(std::string_view name) {
  return name.size() <= kMaxToolNameBytes && std::ranges::all_of(name, [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
         });
}

// Members of an object of strings; none when it is absent.
const json::Object& members(const Value& object) {
  static const json::Object none;
  return object.is_object() ? object.as_object() : none;
}

// Progress as the follower of a call reads it: "[50/100] Reading".
std::string progress_line(const mcp::Progress& progress) {
  const std::string total = progress.total ? fmt::format("/{}", *progress.total) : "";
  return fmt::format("[{}{}]{}{}\n", progress.progress, total, progress.message.empty() ? "" : " ",
                     os::utf8_prefix(progress.message, kMaxProgressTextBytes));
}

class RemoteTool final : public Tool {
 public:
  RemoteTool(SourceTool tool, std::string remote_name, os::Duration timeout, os::Clock& clock,
             const std::unique_ptr<mcp::Client>& client)
      : tool_(std::move(tool)),
        remote_name_(std::move(remote_name)),
        timeout_(timeout),
        clock_(clock),
        client_(client) {}

  const model::ToolSpec& spec() const override { return tool_.spec; }
  bool repeatable(const Value&) const override { return tool_.repeatable; }
  bool concurrent() const override { return true; }

  net::Task<Outcome> run(const Value& input, Context& context) override {
    if (!client_) co_return error_outcome("The server of this tool was not reached.");
    size_t updates = 0;
    mcp::ToolCall call{.name = remote_name_,
                       .arguments = input,
                       .deadline = std::min(context.deadline, clock_.now() + timeout_),
                       .cancellation = context.cancellation};
    if (context.emit)
      call.on_progress = [&context, &updates](const mcp::Progress& progress) {
        if (++updates <= kMaxProgressUpdates) context.emit(progress_line(progress));
      };
    const Result<mcp::CallResult> result = co_await client_->call_tool(std::move(call));
    Outcome outcome = result ? Outcome{.error = result->error, .content = result_contents(*result)}
                             : error_outcome(result.error().to_string());
    // Progress is for who watches; the model reads the result alone.
    if (updates > 0) outcome.for_model = outcome.content;
    co_return outcome;
  }

 private:
  SourceTool tool_;
  std::string remote_name_;
  os::Duration timeout_;
  os::Clock& clock_;
  const std::unique_ptr<mcp::Client>& client_;  // of the source, which outlives its tools
};

class RemoteMcp final : public ToolSource {
 public:
  RemoteMcp(const ToolConfig& config, Environment& environment, ReadSecret read_secret)
      : config_(config), environment_(environment), read_secret_(std::move(read_secret)) {
    if (!environment.outbound) return;
    auto policy = std::make_shared<net::OutboundPolicy>(*environment.outbound);
    if (const auto url = net::parse_url(config_.config.get("url").string_or(""));
        url && net::is_loopback_name(url->host))
      policy->allow(fmt::format("{}:{}", url->host, url->port));
    policy_ = std::move(policy);
  }

  net::Task<Result<SourceTools>> list(IsWanted wanted, net::Cancellation cancellation) override {
    SOMA_CO_TRY(make_client());
    SOMA_CO_ASSIGN(mcp::ToolList list, co_await client_->list_tools(std::move(cancellation)));
    co_return offered(std::move(list), wanted);
  }

  bool changed() const override { return client_ && client_->tools_changed(); }
  bool holds_state() const override { return client_ && client_->stateful(); }

  std::unique_ptr<Tool> make(SourceTool tool) override {
    std::string remote_name = tool.spec.name.substr(config_.name.size() + kSourceSeparator.size());
    const os::Duration timeout =
        std::chrono::seconds(config_.config.get("timeoutSeconds").int_or(kDefaultSourceTimeoutSeconds));
    return std::make_unique<RemoteTool>(std::move(tool), std::move(remote_name), timeout, environment_.clock,
                                        client_);
  }

 private:
  Result<> make_client() {
    if (client_) return {};
    mcp::ClientOptions options{.name = config_.name, .server = {}};
    if (config_.config.has("command")) {
      mcp::CommandServer server{.launcher = &environment_.launcher};
      for (const Value& argument : config_.config.get("command").as_array())
        server.arguments.push_back(argument.as_string());
      for (const auto& [name, value] : members(config_.config.get("environment"))) {
        SOMA_ASSIGN(const std::string text, resolved(name, value));
        server.environment.push_back(fmt::format("{}={}", name, text));
      }
      options.server = std::move(server);
    } else {
      mcp::HttpServer server{.url = std::string(config_.config.get("url").string_or("")), .policy = policy_};
      for (const auto& [name, value] : members(config_.config.get("headers"))) {
        SOMA_ASSIGN(std::string text, resolved(name, value));
        server.headers.set(name, std::move(text));
      }
      options.server = std::move(server);
    }
    client_ = std::make_unique<mcp::Client>(environment_.executor, environment_.clock, std::move(options));
    return {};
  }

  Result<std::string> resolved(std::string_view name, const Value& value) const {
    Result<std::string> text = with_secrets(value.string_or(""), read_secret_);
    if (!text)
      return os::fail(
          text.error().code,
          fmt::format("the MCP server '{}': its {}: {}", config_.name, name, text.error().message),
          text.error().hint);
    return text;
  }

  Result<SourceTools> offered(mcp::ToolList list, const IsWanted& wanted) const {
    SourceTools out{.tools = {}, .left_out = std::move(list.left_out)};
    size_t bytes = 0;
    for (mcp::Tool& tool : list.tools) {
      const std::string name = source_tool_name(config_.name, tool.name);
      if (!fits_models(name)) {
        out.left_out.push_back(
            fmt::format("{}: no model takes the name {} (at most {} letters, digits, _ and -)", tool.name,
                        os::to_valid_utf8(name), kMaxToolNameBytes));
        continue;
      }
      if (!wanted(name)) continue;
      if (out.tools.size() == kMaxSourceTools)
        return os::fail(
            Code::kLimitExceeded,
            fmt::format("the MCP server '{}' offers over {} tools (kMaxSourceTools)", config_.name,
                        kMaxSourceTools),
            fmt::format("name those that the agent needs: allowedTools, \"@{}/…\"", config_.name));
      bytes += name.size() + tool.description.size() + json::write(tool.input_schema).size();
      if (bytes > kMaxSourceToolsBytes)
        return os::fail(
            Code::kLimitExceeded,
            fmt::format("the tools of the MCP server '{}' have over {} bytes of descriptions and schemas "
                        "(kMaxSourceToolsBytes)",
                        config_.name, kMaxSourceToolsBytes),
            fmt::format("name those that the agent needs: allowedTools, \"@{}/…\"", config_.name));
      out.tools.push_back({{name, std::move(tool.description), std::move(tool.input_schema)},
                           tool.read_only || tool.idempotent});
    }
    return out;
  }

  ToolConfig config_;
  Environment& environment_;
  ReadSecret read_secret_;
  std::shared_ptr<const net::OutboundPolicy> policy_;
  std::unique_ptr<mcp::Client> client_;
};

}  // namespace

Result<> check_remote_mcp(const ToolConfig& config) {
  const bool at_url = config.config.has("url");
  if (config.config.has(at_url ? "environment" : "headers"))
    return os::fail(
        Code::kInvalidArgument, at_url ? "environment is for a command" : "headers are for a url",
        at_url ? "a server at a url takes headers" : "a command takes its secrets from its environment");
  if (at_url) {
    const auto url = net::parse_url(config.config.get("url").string_or(""));
    if (!url) return os::fail(Code::kInvalidArgument, url.error().message);
  }
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
  if (config.config.has("command")) return true;
  const auto url = net::parse_url(config.config.get("url").string_or(""));
  if (url && net::is_loopback_name(url->host)) return true;
  return std::ranges::any_of(members(config.config.get("headers")),
                             [](const auto& header) { return names_secret(header.second.string_or("")); });
}

std::unique_ptr<ToolSource> make_remote_mcp(const ToolConfig& config, Environment& environment,
                                            ReadSecret read_secret) {
  return std::make_unique<RemoteMcp>(config, environment, std::move(read_secret));
}

}  // namespace soma::tool
