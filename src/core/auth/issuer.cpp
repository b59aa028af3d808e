#include "core/auth/issuer.h"

#include <fmt/format.h>

#include "core/auth/auth.h"
#include "core/auth/discovery.h"

namespace soma::auth {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kWellKnown[] = {"/.well-known/openid-configuration",
                                           "/.well-known/oauth-authorization-server"};

constexpr size_t kMaxIssuerBytes = 2'048;  // it becomes part of whose a session is

}  // namespace

Result<> check_discovery_url(std::string_view text) {
  SOMA_TRY(checked_url(text, "discoveryUrl"));
  const bool plain = text.find_first_of("?#") == std::string_view::npos;
  for (const std::string_view ending : kWellKnown) {
    const size_t at = text.rfind(ending);
    if (!plain || at == std::string_view::npos) continue;
    const std::string_view rest = text.substr(at + ending.size());
    if (rest.empty() || (rest.starts_with('/') && rest.size() > 1)) return {};
  }
  return os::fail(Code::kInvalidArgument,
                  fmt::format("discoveryUrl must end with {} or {}, which a path may follow", kWellKnown[0],
                              kWellKnown[1]));
}

Issuer::Issuer(net::Executor executor, os::Clock& clock, std::string discovery_url)
    : executor_(std::move(executor)), clock_(clock), discovery_url_(std::move(discovery_url)) {}

IssuerKeysPtr Issuer::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

IssuerKeysPtr Issuer::fresh() const {
  IssuerKeysPtr keys = known();
  return keys && clock_.now() < keys->fetched + kKeysLifetime ? keys : nullptr;
}

IssuerKeysPtr Issuer::usable() const {
  IssuerKeysPtr keys = known();
  return keys && clock_.now() < keys->fetched + kStaleKeysLifetime ? keys : nullptr;
}

Result<IssuerKeysPtr> Issuer::usable_or_error() const {
  if (IssuerKeysPtr keys = usable()) return keys;
  const std::string why = last_error_ ? last_error_->message : "it was not asked yet";
  return os::fail(Code::kUnavailable, fmt::format("the keys of {} cannot be had: {}", discovery_url_, why),
                  "check discoveryUrl and whether the issuer answers; then repeat");
}

net::Task<Result<IssuerKeysPtr>> Issuer::keys() {
  const auto self = shared_from_this();
  if (IssuerKeysPtr keys = fresh()) co_return keys;
  // What is stale is good enough until the next try is due.
  const os::Duration pause = usable() ? kMinFetchPause : kFailedFetchPause;
  if (fetching_ || !last_error_ || clock_.now() >= *last_try_ + pause) co_await fetch_once();
  co_return usable_or_error();
}

net::Task<Result<IssuerKeysPtr>> Issuer::keys_newer_than(IssuerKeysPtr seen) {
  const auto self = shared_from_this();
  if (known() == seen && (fetching_ || !last_try_ || clock_.now() >= *last_try_ + kMinFetchPause))
    co_await fetch_once();
  co_return usable_or_error();
}

net::Task<> Issuer::fetch_once() {
  if (fetching_) {
    const auto turn = std::make_shared<net::Notifier>(executor_);
    waiting_.push_back(turn);
    co_await turn->wait();
    co_return;
  }
  fetching_ = true;
  last_try_ = clock_.now();
  Result<IssuerKeys> fetched = co_await fetch();
  last_error_.reset();
  if (fetched) {
    const std::lock_guard lock(mutex_);
    known_ = std::make_shared<const IssuerKeys>(std::move(*fetched));
  } else {
    last_error_ = std::move(fetched.error());
    os::log(os::Level::kWarning, "auth.issuer.failed",
            {{"discoveryUrl", discovery_url_}, {"error", last_error_->message}});
  }
  fetching_ = false;
  for (const auto& waiter : std::exchange(waiting_, {})) waiter->notify();
}

net::Task<Result<IssuerKeys>> Issuer::fetch() {
  if (!http_) http_ = std::make_unique<net::HttpClient>(executor_);
  std::string address = discovery_url_;
  Fetching small;
  SOMA_CO_ASSIGN(const net::Url home, checked_url(address, "discoveryUrl"));
  SOMA_CO_ASSIGN(const Value document, co_await fetch_json(*http_, std::move(address), std::move(small)));
  const std::string_view issuer = document.get("issuer").string_or("");
  if (issuer.empty() || issuer.size() > kMaxIssuerBytes)
    co_return os::fail(
        Code::kUnavailable,
        fmt::format("the discovery document names no issuer of 1 to {} bytes (kMaxIssuerBytes)",
                    kMaxIssuerBytes));
  SOMA_CO_ASSIGN(std::string set_address, address_in(document, "jwks_uri", home));
  Fetching large{.max_bytes = kMaxKeySetBytes, .limit = "kMaxKeySetBytes"};
  SOMA_CO_ASSIGN(const Value set, co_await fetch_json(*http_, std::move(set_address), std::move(large)));
  SOMA_CO_ASSIGN(std::vector<Key> keys, keys_from_jwks(set));
  co_return IssuerKeys{std::string(issuer), std::move(keys), clock_.now()};
}

}  // namespace soma::auth
