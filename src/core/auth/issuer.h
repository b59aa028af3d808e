// One issuer's name and keys, fetched by OpenID Connect Discovery (or RFC 8414 metadata, which has the same
// members) and kept.
//
// An actor on one loop. Whoever needs keys that are not there waits for the one fetch that is under way. Keys
// count as fresh for kKeysLifetime; an unknown key id fetches them again at once (keys were rotated), but not
// more often than kMinFetchPause, so that tokens with invented key ids cannot make soma hammer the issuer.
// While the issuer is away, what is known goes on to count for kStaleKeysLifetime.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/net/net.h"
#include "core/auth/discovery.h"
#include "core/auth/key.h"

namespace soma::auth {

inline constexpr os::Duration kKeysLifetime = std::chrono::hours(1);
inline constexpr os::Duration kStaleKeysLifetime = std::chrono::hours(24);  // from when they were fetched
inline constexpr os::Duration kMinFetchPause =
    std::chrono::seconds(30);  // between two fetches that nothing but tokens asked for
inline constexpr os::Duration kFailedFetchPause = std::chrono::seconds(5);  // after a fetch that failed
inline constexpr size_t kMaxKeySetBytes = 512u << 10;

// What an issuer said at one moment. Immutable.
struct IssuerKeys {
  std::string issuer;
  std::vector<Key> keys;
  os::Time fetched{};
};
using IssuerKeysPtr = std::shared_ptr<const IssuerKeys>;

class Issuer : public std::enable_shared_from_this<Issuer> {
 public:
  Issuer(net::Executor executor, os::Clock& clock, std::string discovery_url);

  const net::Executor& executor() const { return executor_; }
  // The keys, when they are fresh; null when they must be asked for. Any thread.
  IssuerKeysPtr fresh() const;
  // On this issuer's loop: keys that count, fetched when there are none that do. kUnavailable, with why.
  net::Task<os::Result<IssuerKeysPtr>> keys();
  // The same after a key id that `seen` does not have: fetched again unless that was done within
  // kMinFetchPause.
  net::Task<os::Result<IssuerKeysPtr>> keys_newer_than(IssuerKeysPtr seen);

 private:
  IssuerKeysPtr known() const;
  IssuerKeysPtr usable() const;  // fresh, or stale and not too old; null
  // Runs a fetch, or waits for the one that runs.
  net::Task<> fetch_once();
  net::Task<os::Result<IssuerKeys>> fetch();
  os::Result<IssuerKeysPtr> usable_or_error() const;

  const net::Executor executor_;
  os::Clock& clock_;
  const std::string discovery_url_;
  mutable std::mutex mutex_;  // of known_ alone: the rest is the loop's
  IssuerKeysPtr known_;
  std::unique_ptr<net::HttpClient> http_;
  std::optional<os::Time> last_try_{};
  std::optional<os::Error> last_error_{};
  bool fetching_ = false;
  std::vector<std::shared_ptr<net::Notifier>> waiting_;
};

}  // namespace soma::auth
