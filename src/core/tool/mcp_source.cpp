#include "core/tool/mcp_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/net/loopback.h"
#include "core/tool/mcp_result.h"

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

// Progress as the follower of a call reads it: "[50/100] Reading".
std::string progress_line(const mcp::Progress& progress) {
  const std::string total = progress.total ? fmt::format("/{}", *progress.total) : "";
  return fmt::format("[{}{}]{}{}\n", progress.progress, total, progress.message.empty() ? "" : " ",
                     os::utf8_prefix(progress.message, kMaxProgressTextBytes));
}

class McpTool final : public Tool {
 public:
  McpTool(SourceTool tool, std::string remote_name, os::Duration timeout, os::Clock& clock,
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

class McpSource final : public ToolSource {
 public:
  McpSource(McpServer server, Environment& environment)
      : server_(std::move(server)), environment_(environment) {}

  net::Task<Result<SourceTools>> list(IsWanted wanted, net::Cancellation cancellation) override {
    SOMA_CO_TRY(make_client());
    SOMA_CO_ASSIGN(mcp::ToolList list, co_await client_->list_tools(std::move(cancellation)));
    co_return offered(std::move(list), wanted);
  }

  bool changed() const override { return client_ && client_->tools_changed(); }
  bool holds_state() const override { return client_ && client_->stateful(); }

  std::unique_ptr<Tool> make(SourceTool tool) override {
    std::string remote_name = tool.spec.name.substr(server_.name.size() + kSourceSeparator.size());
    return std::make_unique<McpTool>(std::move(tool), std::move(remote_name), server_.call_time,
                                     environment_.clock, client_);
  }

 private:
  Result<> make_client() {
    if (client_) return {};
    auto address = server_.address();
    if (!address)
      return os::fail(address.error().code,
                      fmt::format("the MCP server '{}': {}", server_.name, address.error().message),
                      address.error().hint);
    mcp::ClientOptions options{.name = server_.name, .server = std::move(*address)};
    client_ = std::make_unique<mcp::Client>(environment_.executor, environment_.clock, std::move(options));
    return {};
  }

  Result<SourceTools> offered(mcp::ToolList list, const IsWanted& wanted) const {
    SourceTools out{.tools = {}, .left_out = std::move(list.left_out)};
    size_t bytes = 0;
    for (mcp::Tool& tool : list.tools) {
      const std::string name = source_tool_name(server_.name, tool.name);
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
            fmt::format("the MCP server '{}' offers over {} tools (kMaxSourceTools)", server_.name,
                        kMaxSourceTools),
            fmt::format("name those that the agent needs: allowedTools, \"@{}/…\"", server_.name));
      bytes += name.size() + tool.description.size() + json::write(tool.input_schema).size();
      if (bytes > kMaxSourceToolsBytes)
        return os::fail(
            Code::kLimitExceeded,
            fmt::format("the tools of the MCP server '{}' have over {} bytes of descriptions and schemas "
                        "(kMaxSourceToolsBytes)",
                        server_.name, kMaxSourceToolsBytes),
            fmt::format("name those that the agent needs: allowedTools, \"@{}/…\"", server_.name));
      out.tools.push_back({{name, std::move(tool.description), std::move(tool.input_schema)},
                           tool.read_only || tool.idempotent});
    }
    return out;
  }

  McpServer server_;
  Environment& environment_;
  std::unique_ptr<mcp::Client> client_;
};

}  // namespace

std::shared_ptr<const net::OutboundPolicy> policy_for(const net::OutboundPolicy* outbound,
                                                      std::string_view url) {
  if (outbound == nullptr) return nullptr;
  auto policy = std::make_shared<net::OutboundPolicy>(*outbound);
  if (const auto address = net::parse_url(url); address && net::is_loopback_name(address->host))
    policy->allow(fmt::format("{}:{}", address->host, address->port));
  return policy;
}

bool is_of_this_machine(std::string_view url) {
  const auto address = net::parse_url(url);
  return address && net::is_loopback_name(address->host);
}

os::Duration call_time_of(const Value& config) {
  return std::chrono::seconds(config.get("timeoutSeconds").int_or(kDefaultSourceTimeoutSeconds));
}

std::unique_ptr<ToolSource> make_mcp_source(McpServer server, Environment& environment) {
  return std::make_unique<McpSource>(std::move(server), environment);
}

}  // namespace soma::tool
