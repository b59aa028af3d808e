#include "core/auth/client_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/auth/auth.h"

namespace soma::auth {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kForm =
    R"({"clientId": "…", "clientSecret": "…", "discoveryUrl": "https://…/.well-known/openid-configuration"}, )"
    R"(or "tokenEndpoint": "https://…" in place of discoveryUrl)";
constexpr std::string_view kMembers[] = {"clientId", "clientSecret", "tokenEndpoint", "discoveryUrl"};
constexpr size_t kMaxErrorTextBytes = 300;  // of what a server says of a refusal

std::unexpected<os::Error> no_client(std::string_view what) {
  return os::fail(Code::kInvalidArgument, fmt::format("it is no OAuth client: {}", what),
                  fmt::format("the form is {}", kForm));
}

// application/x-www-form-urlencoded; %20 for a space is read as + is.
std::string form_encode(std::string_view text) {
  return os::percent_encode(text);
}

void add_parameter(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form += form_encode(name) + "=" + form_encode(value);
}

bool goes_into_a_header(std::string_view token) {
  return !token.empty() && token.size() <= kMaxTokenBytes &&
         std::ranges::all_of(token, [](char c) { return c >= 0x21 && c <= 0x7e; });
}

// What RFC 6749 5.2 has servers say of a refusal. One that repeats the secret is not repeated.
std::string reason_in(const Value& answer, const OAuthClient& client) {
  std::string out(answer.get("error").string_or(""));
  const std::string_view description = answer.get("error_description").string_or("");
  if (!description.empty()) out += fmt::format("{}{}", out.empty() ? "" : ", ", description);
  if (out.empty() || out.contains(client.secret)) return {};
  return fmt::format(": {}", os::utf8_prefix(os::to_valid_utf8(out), kMaxErrorTextBytes));
}

std::unexpected<os::Error> refusal_of(const net::Response& response, const std::string& endpoint,
                                      const OAuthClient& client) {
  const auto answer = json::parse(response.body);
  const std::string reason = answer ? reason_in(*answer, client) : "";
  const bool may_pass = response.status >= 500 || response.status == 429;
  return os::fail(may_pass ? Code::kUnavailable : Code::kUnauthenticated,
                  fmt::format("{} gives no token (status {}){}", endpoint, response.status, reason),
                  may_pass ? "" : "check the client's id and secret, its scopes and what it may be granted");
}

os::Duration lifetime_in(const Value& answer) {
  const Value& told = answer.get("expires_in");
  if (!told.is_number()) return kDefaultTokenLifetime;
  const double longest = std::chrono::duration<double>(kMaxTokenLifetime).count();
  const double seconds = std::clamp(told.as_double(), 0.0, longest);
  return std::chrono::duration_cast<os::Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Result<OAuthClient> oauth_client_from_json(std::string_view text) {
  const auto value = json::parse(text);
  if (!value || !value->is_object()) return no_client("it is no JSON object");
  for (const auto& [name, member] : value->as_object()) {
    if (std::ranges::find(kMembers, std::string_view(name)) == std::end(kMembers))
      return no_client("it has a member that is none of clientId, clientSecret, tokenEndpoint, discoveryUrl");
    if (member.string_or("").empty()) return no_client(fmt::format("its {} is no text", name));
  }
  if (!value->has("clientId") || !value->has("clientSecret"))
    return no_client("clientId or clientSecret is missing");
  if (value->has("tokenEndpoint") == value->has("discoveryUrl"))
    return no_client("it needs one of tokenEndpoint and discoveryUrl");
  OAuthClient out{.id = value->get("clientId").as_string(),
                  .secret = value->get("clientSecret").as_string(),
                  .token_endpoint = std::string(value->get("tokenEndpoint").string_or("")),
                  .discovery_url = std::string(value->get("discoveryUrl").string_or(""))};
  if (out.discovery_url.empty()) {
    const auto url = checked_url(out.token_endpoint, "tokenEndpoint");
    if (!url) return no_client(url.error().message);
  } else if (const auto fits = check_discovery_url(out.discovery_url); !fits) {
    return no_client(fits.error().message);
  }
  return out;
}

bool is_grant_parameter(std::string_view name) {
  constexpr std::string_view kOwn[] = {"grant_type", "scope", "client_id", "client_secret"};
  return std::ranges::find(kOwn, name) != std::end(kOwn);
}

std::optional<std::string> TokenCache::find(const std::string& key, os::Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  if (found == kept_.end()) return std::nullopt;
  if (now < found->second.until) return found->second.token;
  kept_.erase(found);
  return std::nullopt;
}

void TokenCache::keep(const std::string& key, std::string token, os::Time until) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMaxKeptTokens && !kept_.contains(key))
    kept_.erase(std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.until; }));
  kept_[key] = {std::move(token), until};
}

void TokenCache::drop(const std::string& key, std::string_view token) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  if (found != kept_.end() && found->second.token == token) kept_.erase(found);
}

ClientTokens::ClientTokens(const net::Executor& executor, os::Clock& clock, std::shared_ptr<TokenCache> cache,
                           ReadClient read_client, PolicyFor policy_for, TokenRequest request)
    : clock_(clock),
      cache_(std::move(cache)),
      read_client_(std::move(read_client)),
      policy_for_(std::move(policy_for)),
      request_(std::move(request)),
      http_(executor) {}

net::Task<Result<std::string>> ClientTokens::token(std::optional<net::Cancellation> cancellation) {
  const net::Turn::Holder turn = co_await asking_.take();
  if (auto known = cache_->find(key_, clock_.now())) co_return *std::move(known);
  SOMA_CO_ASSIGN(OAuthClient client, read_client_());
  key_ = key_of(client);
  if (auto known = cache_->find(key_, clock_.now())) co_return *std::move(known);
  SOMA_CO_ASSIGN(Granted granted, co_await ask(std::move(client), std::move(cancellation)));
  cache_->keep(key_, granted.token, granted.until);
  co_return std::move(granted.token);
}

void ClientTokens::refused(std::string_view token) {
  cache_->drop(key_, token);
}

// A client with another secret is another one: it must ask for itself.
std::string ClientTokens::key_of(const OAuthClient& client) const {
  const std::string parts[] = {client.id, client.secret, client.token_endpoint, client.discovery_url, form()};
  return os::join(parts, std::string_view("\0", 1));
}

std::string ClientTokens::form() const {
  std::string out;
  add_parameter(out, "grant_type", "client_credentials");
  if (!request_.scopes.empty()) add_parameter(out, "scope", os::join(request_.scopes, " "));
  for (const auto& [name, value] : request_.parameters) add_parameter(out, name, value);
  return out;
}

net::Task<Result<std::string>> ClientTokens::endpoint_of(const OAuthClient& client,
                                                         std::optional<net::Cancellation> cancellation) {
  if (!client.token_endpoint.empty()) co_return client.token_endpoint;
  SOMA_CO_ASSIGN(const net::Url home, checked_url(client.discovery_url, "discoveryUrl"));
  const auto policy = policy_for_(client.discovery_url);
  std::string address = client.discovery_url;
  Fetching fetching{.policy = policy.get(), .cancellation = std::move(cancellation)};
  SOMA_CO_ASSIGN(const Value document, co_await fetch_json(http_, std::move(address), std::move(fetching)));
  co_return address_in(document, "token_endpoint", home);
}

net::Task<Result<ClientTokens::Granted>> ClientTokens::ask(OAuthClient client,
                                                           std::optional<net::Cancellation> cancellation) {
  SOMA_CO_ASSIGN(const std::string endpoint, co_await endpoint_of(client, cancellation));
  const auto policy = policy_for_(endpoint);
  // RFC 6749 2.3.1: both are encoded before they are joined.
  const std::string basic = os::base64_encode(form_encode(client.id) + ":" + form_encode(client.secret));
  net::ClientRequest request{.method = "POST", .url = endpoint, .body = form()};
  request.headers.set("authorization", "Basic " + basic);
  request.headers.set("content-type", "application/x-www-form-urlencoded");
  request.headers.set("accept", "application/json");
  request.total_timeout = kFetchTimeout;
  request.max_body_bytes = kMaxTokenAnswerBytes;
  request.policy = policy.get();
  request.cancellation = std::move(cancellation);
  const os::Time asked = clock_.now();
  const Result<net::Response> response = co_await http_.fetch(std::move(request));
  if (!response)
    co_return os::fail(response.error().code, fmt::format("{}: {}", endpoint, response.error().message),
                       response.error().hint);
  if (response->status != 200) co_return refusal_of(*response, endpoint, client);
  const auto answer = json::parse(response->body);
  std::string token(answer ? answer->get("access_token").string_or("") : "");
  if (!goes_into_a_header(token))
    co_return os::fail(Code::kCorrupt,
                       fmt::format("{} gives no access_token of 1 to {} visible ASCII characters", endpoint,
                                   kMaxTokenBytes));
  if (const std::string type = os::to_lower(answer->get("token_type").string_or("bearer")); type != "bearer")
    co_return os::fail(Code::kUnsupported, fmt::format("{} gives a token that is no bearer token", endpoint));
  const os::Duration lifetime = lifetime_in(*answer);
  co_return Granted{std::move(token), asked + lifetime - std::min<os::Duration>(kTokenMargin, lifetime / 2)};
}

}  // namespace soma::auth
