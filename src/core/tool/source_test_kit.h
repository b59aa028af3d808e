// For the tests of sources: one of any type, in a session whose policy is public addresses only.
#pragma once

#include <map>

#include "base/aws/aws.h"
#include "core/auth/client_tokens.h"
#include "core/mcp/mcp_test_kit.h"
#include "core/tool/tool_source.h"
#include "core/tool/tool_test_support.h"

namespace soma::tool {

class SourceTest : public ToolTest {
 protected:
  using SourceBody = std::function<net::Task<>(ToolSource& source)>;
  // A source named kit.
  void with_source(const std::string& type, json::Value config, SourceBody body) {
    const auto task = [&]() -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      Environment environment{.executor = executor,
                              .clock = *clock_,
                              .ids = *ids_,
                              .launcher = *launcher_,
                              .workspace = workspace(),
                              .private_directory = directory_ + "/private",
                              .outbound = &policy_public_};
      const ReadSecret read = [this](const std::string& reference) -> os::Result<std::string> {
        const auto found = secrets_.find(reference);
        if (found != secrets_.end()) return found->second;
        return os::fail(os::Code::kUnauthenticated, "there is no " + reference);
      };
      const auto source =
          find_tool_source_type(type)->make({type, "kit", std::move(config)}, environment, {read, tokens_});
      co_await body(*source);
    };
    net::run(task());
  }

  net::OutboundPolicy policy_public_;
  std::map<std::string, std::string> secrets_;  // by reference
  std::shared_ptr<auth::TokenCache> tokens_ = std::make_shared<auth::TokenCache>();
};

inline const net::Cancellation nobody;
inline const IsWanted all = [](std::string_view) { return true; };

// A server's method that lists these tools.
inline mcp::Method lists(json::Value tools) {
  return mcp::answers_with([tools](const json::Value&) { return json::object({{"tools", tools}}); });
}

// What a server says of the signature of a request: it computes its own, over what has arrived.
inline std::string signature_of(const net::Request& request, const aws::Credentials& credentials,
                                const aws::SigningOptions& options) {
  const std::string_view shown = request.headers.get("authorization");
  constexpr std::string_view kBegin = "SignedHeaders=";
  std::string_view names = shown.substr(shown.find(kBegin) + kBegin.size());
  names = names.substr(0, names.find(','));
  aws::SigningRequest signing{
      .method = request.method, .target = request.target, .headers = {}, .body = request.body};
  for (const std::string_view name : os::split(names, ';'))
    if (!name.starts_with("x-amz-")) signing.headers.emplace_back(name, request.headers.get(name));
  return aws::sign(signing, credentials, options).authorization;
}

}  // namespace soma::tool
