#include "core/tool/request_authorizers.h"

#include <fmt/format.h>

#include "core/tool/mcp_source.h"

namespace soma::tool {
namespace {

using os::Code;
using os::Result;

constexpr std::string_view kBearer = "Bearer ";

// A session's end is told in the background, when its environment may be gone: the policy is copied.
auth::PolicyFor policies_of(const Environment& environment) {
  std::shared_ptr<const net::OutboundPolicy> outbound;
  if (environment.outbound != nullptr)
    outbound = std::make_shared<net::OutboundPolicy>(*environment.outbound);
  return [outbound](std::string_view url) { return policy_for(outbound.get(), url); };
}

class SigV4Authorizer final : public mcp::Authorizer {
 public:
  SigV4Authorizer(std::string region, std::string service, Environment& environment, ReadSecret read_secret)
      : region_(std::move(region)),
        service_(std::move(service)),
        clock_(environment.clock),
        read_secret_(std::move(read_secret)) {}

  net::Task<Result<>> authorize(net::ClientRequest& request) override {
    SOMA_CO_ASSIGN(const net::Url address, net::parse_url(request.url));
    const auto credentials = aws::credentials_of(variables_of(read_secret_));
    if (!credentials)
      co_return os::fail(Code::kUnauthenticated, "there are no credentials to sign its requests with",
                         "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY where soma is started");
    aws::sign_request(request.method, address, request.headers, request.body, *credentials,
                      {.region = region_, .service = service_, .now = clock_.now()});
    co_return Result<>{};
  }

  // The same keys would sign the same way.
  bool refused(const net::Headers&) override { return false; }

 private:
  std::string region_, service_;
  os::Clock& clock_;
  ReadSecret read_secret_;
};

class OAuthAuthorizer final : public mcp::Authorizer {
 public:
  OAuthAuthorizer(std::string secret, auth::TokenRequest request, Environment& environment, SourceMeans means)
      : tokens_(
            environment.executor, environment.clock, std::move(means.tokens),
            [secret = std::move(secret), read = std::move(means.read_secret)] {
              return client_of(secret, read);
            },
            policies_of(environment), std::move(request)) {}

  net::Task<Result<>> authorize(net::ClientRequest& request) override {
    Result<std::string> token = co_await tokens_.token(request.cancellation);
    if (!token)
      co_return os::fail(token.error().code,
                         fmt::format("there is no token for it: {}", token.error().message),
                         token.error().hint);
    request.headers.set("authorization", fmt::format("{}{}", kBearer, *token));
    co_return Result<>{};
  }

  bool refused(const net::Headers& headers) override {
    tokens_.refused(headers.get("authorization").substr(kBearer.size()));
    return true;
  }

 private:
  static Result<auth::OAuthClient> client_of(const std::string& secret, const ReadSecret& read) {
    SOMA_ASSIGN(const std::string text, read(secret));
    auto client = auth::oauth_client_from_json(text);
    if (!client)
      return os::fail(client.error().code, fmt::format("{}: {}", secret, client.error().message),
                      client.error().hint);
    return client;
  }

  auth::ClientTokens tokens_;
};

}  // namespace

aws::Variables variables_of(const ReadSecret& read_secret) {
  return [read_secret](std::string_view variable) {
    return read_secret(fmt::format("env:{}", variable)).value_or(std::string());
  };
}

std::shared_ptr<mcp::Authorizer> make_sigv4_authorizer(std::string region, std::string service,
                                                       Environment& environment, ReadSecret read_secret) {
  return std::make_shared<SigV4Authorizer>(std::move(region), std::move(service), environment,
                                           std::move(read_secret));
}

std::shared_ptr<mcp::Authorizer> make_oauth_authorizer(std::string secret, auth::TokenRequest request,
                                                       Environment& environment, SourceMeans means) {
  return std::make_shared<OAuthAuthorizer>(std::move(secret), std::move(request), environment,
                                           std::move(means));
}

}  // namespace soma::tool
