// An issuer's public keys (JSON Web Key Set, RFC 7517) and the signatures that they verify (RFC 7518 3.3
// to 3.5, RFC 8037 3.1), with OpenSSL's EVP.
//
// The algorithm that a token names chooses among soma's own table, and the key must be of that algorithm's
// type and, where it says so, for that algorithm alone: so a public key is never taken for the secret of an
// HMAC, nor one curve's key for another's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

typedef struct evp_pkey_st EVP_PKEY;  // NOLINT(modernize-use-using): OpenSSL's own declaration

namespace soma::auth {

inline constexpr size_t kMaxKeys = 128;  // of one issuer
inline constexpr int kMinRsaBits = 2'048, kMaxRsaBits = 8'192;

enum class KeyType { kRsa, kP256, kP384, kP521, kEd25519 };

// A row of the table of algorithms, which is all that there are.
struct Algorithm {
  std::string_view name;  // "RS256"
  KeyType type;
  std::string_view digest;  // OpenSSL's name; empty for Ed25519
  bool pss = false;
};
// Null for what is not verified here: "none", the HMACs, and what nobody knows.
const Algorithm* find_algorithm(std::string_view name);

// Immutable; copies share. Any thread.
class Key {
 public:
  // kUnsupported for a key that no algorithm of the table takes (another type, another use); kInvalidArgument
  // for a broken one.
  static os::Result<Key> from_jwk(const json::Value& jwk);

  const std::string& id() const { return id_; }  // may be empty
  bool fits(const Algorithm& algorithm) const;
  bool verifies(const Algorithm& algorithm, std::string_view signed_bytes, std::string_view signature) const;

 private:
  std::string id_, algorithm_;  // algorithm_: empty where the key does not say
  KeyType type_ = KeyType::kRsa;
  std::shared_ptr<EVP_PKEY> key_;
};

// The keys of a set that can verify something; others are passed over, as RFC 7517 5 asks. kInvalidArgument
// when it is no set, or has over kMaxKeys.
os::Result<std::vector<Key>> keys_from_jwks(const json::Value& set);

}  // namespace soma::auth
