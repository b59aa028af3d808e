#include "base/aws/signed_request.h"

#include <fmt/format.h>

namespace soma::aws {

std::optional<Credentials> credentials_of(const Variables& environment) {
  Credentials out{environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                  environment("AWS_SESSION_TOKEN")};
  if (out.access_key_id.empty() || out.secret_access_key.empty()) return std::nullopt;
  return out;
}

std::string region_of(const Variables& environment) {
  std::string region = environment("AWS_REGION");
  return region.empty() ? environment("AWS_DEFAULT_REGION") : region;
}

void sign_request(std::string_view method, const net::Url& address, net::Headers& headers,
                  std::string_view body, const Credentials& credentials, const SigningOptions& options) {
  const bool usual_port = address.port == (address.scheme == "https" ? "443" : "80");
  const std::string name = address.host.contains(':') ? fmt::format("[{}]", address.host) : address.host;
  headers.set("host", usual_port ? name : fmt::format("{}:{}", name, address.port));
  const std::string target = address.query.empty() ? address.path : address.path + "?" + address.query;
  const SigningRequest signing{std::string(method), target, headers.entries(), std::string(body)};
  const Signature signature = sign(signing, credentials, options);
  for (const auto& [name, value] : signature.headers) headers.set(name, value);
}

}  // namespace soma::aws
