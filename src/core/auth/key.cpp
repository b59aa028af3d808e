#include "core/auth/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>

#include <fmt/format.h>

#include "core/auth/auth.h"

namespace soma::auth {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr Algorithm kAlgorithms[] = {
    {"RS256", KeyType::kRsa, "SHA256"},       {"RS384", KeyType::kRsa, "SHA384"},
    {"RS512", KeyType::kRsa, "SHA512"},       {"PS256", KeyType::kRsa, "SHA256", true},
    {"PS384", KeyType::kRsa, "SHA384", true}, {"PS512", KeyType::kRsa, "SHA512", true},
    {"ES256", KeyType::kP256, "SHA256"},      {"ES384", KeyType::kP384, "SHA384"},
    {"ES512", KeyType::kP521, "SHA512"},      {"EdDSA", KeyType::kEd25519, ""},
};

struct Curve {
  std::string_view name;  // the JWK's crv
  KeyType type;
  const char* group;        // OpenSSL's
  size_t coordinate_bytes;  // RFC 7518 6.2.1.2: fixed, leading zeros kept
};
constexpr Curve kCurves[] = {{"P-256", KeyType::kP256, "prime256v1", 32},
                             {"P-384", KeyType::kP384, "secp384r1", 48},
                             {"P-521", KeyType::kP521, "secp521r1", 66}};

constexpr size_t kEd25519Bytes = 32;
constexpr int kMaxExponentBits = 64;

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> number_of(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::unexpected<os::Error> broken(std::string_view what) {
  return os::fail(Code::kInvalidArgument, fmt::format("a key of the issuer {}", what));
}

Result<std::string> member_bytes(const Value& jwk, std::string_view name) {
  auto bytes = base64url_decode(jwk.get(name).string_or(""));
  if (!bytes || bytes->empty()) return broken(fmt::format("has no {} in base64url", name));
  return bytes;
}

Result<std::shared_ptr<EVP_PKEY>> make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return broken(fmt::format("is no {} key", type));
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

Result<std::shared_ptr<EVP_PKEY>> read_rsa(const Value& jwk) {
  SOMA_ASSIGN(const std::string modulus, member_bytes(jwk, "n"));
  SOMA_ASSIGN(const std::string exponent, member_bytes(jwk, "e"));
  if (modulus.size() > kMaxRsaBits / 8 + 1 || exponent.size() > kMaxRsaBits / 8)
    return broken(fmt::format("has over {} bits (kMaxRsaBits)", kMaxRsaBits));
  const Owned<BIGNUM> n = number_of(modulus);
  const Owned<BIGNUM> e = number_of(exponent);
  if (!n || !e || BN_num_bits(n.get()) < kMinRsaBits || BN_num_bits(n.get()) > kMaxRsaBits)
    return broken(fmt::format("has not {} to {} bits", kMinRsaBits, kMaxRsaBits));
  if (!BN_is_odd(e.get()) || BN_is_one(e.get()) || BN_num_bits(e.get()) > kMaxExponentBits)
    return broken("has an exponent that no RSA key should have");
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return broken("is no RSA key");
  return make_key("RSA", builder.get());
}

// OpenSSL refuses a point that is not on the curve.
Result<std::shared_ptr<EVP_PKEY>> read_ec(const Value& jwk, const Curve& curve) {
  SOMA_ASSIGN(const std::string x, member_bytes(jwk, "x"));
  SOMA_ASSIGN(const std::string y, member_bytes(jwk, "y"));
  if (x.size() != curve.coordinate_bytes || y.size() != curve.coordinate_bytes)
    return broken(fmt::format("has coordinates that are not {} bytes long", curve.coordinate_bytes));
  const std::string point = "\x04" + x + y;
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1)
    return broken("is no EC key");
  return make_key("EC", builder.get());
}

Result<std::shared_ptr<EVP_PKEY>> read_ed25519(const Value& jwk) {
  SOMA_ASSIGN(const std::string x, member_bytes(jwk, "x"));
  if (x.size() != kEd25519Bytes)
    return broken(fmt::format("has an x that is not {} bytes long", kEd25519Bytes));
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size());
  if (!key) return broken("is no Ed25519 key");
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

bool may_verify(const Value& jwk) {
  if (jwk.has("use") && jwk.get("use").string_or("") != "sig") return false;
  const Value& operations = jwk.get("key_ops");
  return !operations.is_array() ||
         std::ranges::find(operations.as_array(), Value("verify")) != operations.as_array().end();
}

// A JWS has r and s beside each other (RFC 7518 3.4), OpenSSL wants them in DER. Empty when they are not that
// long.
std::string der_of(std::string_view signature, size_t coordinate_bytes) {
  if (signature.size() != 2 * coordinate_bytes) return {};
  const Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  Owned<BIGNUM> r = number_of(signature.substr(0, coordinate_bytes));
  Owned<BIGNUM> s = number_of(signature.substr(coordinate_bytes));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<size_t>(size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  return i2d_ECDSA_SIG(pair.get(), &out) == size ? der : std::string();
}

}  // namespace

const Algorithm* find_algorithm(std::string_view name) {
  const auto* found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  return found == std::end(kAlgorithms) ? nullptr : found;
}

Result<Key> Key::from_jwk(const Value& jwk) {
  if (!jwk.is_object()) return broken("is no JSON object");
  if (!may_verify(jwk)) return os::fail(Code::kUnsupported, "a key of the issuer is not for signatures");
  Key key;
  key.id_ = jwk.get("kid").string_or("");
  key.algorithm_ = jwk.get("alg").string_or("");
  const std::string_view type = jwk.get("kty").string_or("");
  const std::string_view curve_name = jwk.get("crv").string_or("");
  const auto* curve = std::ranges::find(kCurves, curve_name, &Curve::name);
  if (type == "RSA") {
    key.type_ = KeyType::kRsa;
    SOMA_ASSIGN(key.key_, read_rsa(jwk));
  } else if (type == "EC" && curve != std::end(kCurves)) {
    key.type_ = curve->type;
    SOMA_ASSIGN(key.key_, read_ec(jwk, *curve));
  } else if (type == "OKP" && curve_name == "Ed25519") {
    key.type_ = KeyType::kEd25519;
    SOMA_ASSIGN(key.key_, read_ed25519(jwk));
  } else {
    return os::fail(Code::kUnsupported, "a key of the issuer is of a type that is not verified here");
  }
  return key;
}

bool Key::fits(const Algorithm& algorithm) const {
  return type_ == algorithm.type && (algorithm_.empty() || algorithm_ == algorithm.name);
}

bool Key::verifies(const Algorithm& algorithm, std::string_view signed_bytes,
                   std::string_view signature) const {
  if (!fits(algorithm)) return false;
  std::string der;
  const auto* curve = std::ranges::find(kCurves, type_, &Curve::type);
  if (curve != std::end(kCurves)) {
    der = der_of(signature, curve->coordinate_bytes);
    if (der.empty()) return false;
    signature = der;
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const std::string digest(algorithm.digest);
  EVP_PKEY_CTX* settings = nullptr;  // the context's own
  if (!context || EVP_DigestVerifyInit_ex(context.get(), &settings, digest.empty() ? nullptr : digest.c_str(),
                                          nullptr, nullptr, key_.get(), nullptr) != 1)
    return false;
  // RFC 7518 3.5: the salt is as long as the digest, whose function is MGF1's too (OpenSSL's default).
  if (algorithm.pss && (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) != 1 ||
                        EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(signed_bytes),
                          signed_bytes.size()) == 1;
}

Result<std::vector<Key>> keys_from_jwks(const Value& set) {
  if (!set.get("keys").is_array())
    return os::fail(Code::kInvalidArgument, "the issuer's key set has no list named keys");
  const json::Array& entries = set.get("keys").as_array();
  if (entries.size() > kMaxKeys)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("the issuer's key set has {} keys; the limit is {} (kMaxKeys)",
                                entries.size(), kMaxKeys));
  std::vector<Key> keys;
  for (const Value& entry : entries)
    if (auto key = Key::from_jwk(entry)) keys.push_back(std::move(*key));
  return keys;
}

}  // namespace soma::auth
