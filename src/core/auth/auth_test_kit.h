// For tests: key pairs, tokens signed with them, and an issuer that serves its two documents on loopback.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "base/net/server_test_kit.h"
#include "core/auth/auth.h"

namespace soma::auth {

inline std::string base64url(std::string_view bytes) {
  std::string text = os::base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

// A private key, its public half as a JWK, and JWS signatures with it.
class KeyPair {
 public:
  // "RSA", or a curve: "P-256", "P-384", "P-521", "Ed25519".
  KeyPair(std::string kind, std::string id, unsigned rsa_bits = 2048)
      : kind_(std::move(kind)), id_(std::move(id)) {
    EVP_PKEY* key = kind_ == "RSA" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(rsa_bits))
                    : kind_ == "Ed25519" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                         : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kind_.c_str());
    key_.reset(key, EVP_PKEY_free);
  }

  const std::string& id() const { return id_; }
  const std::string& kind() const { return kind_; }
  EVP_PKEY* get() const { return key_.get(); }

  json::Value jwk() const {
    json::Value out = json::object({{"kid", id_}, {"use", "sig"}});
    if (kind_ == "RSA") {
      out.set("kty", "RSA");
      out.set("n", base64url(number(OSSL_PKEY_PARAM_RSA_N, 0)));
      out.set("e", base64url(number(OSSL_PKEY_PARAM_RSA_E, 0)));
    } else if (kind_ == "Ed25519") {
      std::string raw(32, '\0');
      size_t size = raw.size();
      EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
      out.set("kty", "OKP");
      out.set("crv", kind_);
      out.set("x", base64url(raw));
    } else {
      out.set("kty", "EC");
      out.set("crv", kind_);
      out.set("x", base64url(number(OSSL_PKEY_PARAM_EC_PUB_X, coordinate_bytes())));
      out.set("y", base64url(number(OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_bytes())));
    }
    return out;
  }

  // A compact JWS of this payload. `header` is added to {"alg", "kid"}, and may replace them.
  std::string sign_text(std::string_view algorithm, std::string_view payload,
                        json::Value header = json::Object{}) const {
    json::Value whole = json::object({{"alg", algorithm}, {"kid", id_}, {"typ", "JWT"}});
    for (const auto& [name, value] : header.as_object()) whole.set(name, value);
    const std::string input = base64url(json::write(whole)) + "." + base64url(payload);
    return input + "." + base64url(signature(algorithm, input));
  }
  std::string sign(std::string_view algorithm, const json::Value& claims,
                   json::Value header = json::Object{}) const {
    return sign_text(algorithm, json::write(claims), std::move(header));
  }

  std::string signature(std::string_view algorithm, std::string_view input) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* settings = nullptr;
    const std::string digest = "SHA" + std::string(algorithm.substr(2));
    EXPECT_EQ(EVP_DigestSignInit_ex(context, &settings, kind_ == "Ed25519" ? nullptr : digest.c_str(),
                                    nullptr, nullptr, key_.get(), nullptr),
              1);
    if (algorithm.starts_with("PS")) {
      EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST);
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
    size_t size = 0;
    EVP_DigestSign(context, nullptr, &size, bytes, input.size());
    std::string out(size, '\0');
    EXPECT_EQ(
        EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes, input.size()), 1);
    out.resize(size);
    EVP_MD_CTX_free(context);
    return kind_.starts_with("P-") ? raw_of(out) : out;
  }

 private:
  size_t coordinate_bytes() const { return kind_ == "P-256" ? 32 : kind_ == "P-384" ? 48 : 66; }

  static std::string bytes_of(const BIGNUM* number, size_t size) {
    std::string out(size == 0 ? static_cast<size_t>(BN_num_bytes(number)) : size, '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
    return out;
  }
  std::string number(const char* name, size_t size) const {
    BIGNUM* number = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &number), 1);
    std::string out = bytes_of(number, size);
    BN_free(number);
    return out;
  }
  std::string raw_of(const std::string& der) const {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
    std::string out = bytes_of(ECDSA_SIG_get0_r(pair), coordinate_bytes()) +
                      bytes_of(ECDSA_SIG_get0_s(pair), coordinate_bytes());
    ECDSA_SIG_free(pair);
    return out;
  }

  std::string kind_, id_;
  std::shared_ptr<EVP_PKEY> key_;
};

// Serves /.well-known/openid-configuration and /keys on loopback; what they say can be changed at any time.
class StubIssuer {
 public:
  StubIssuer() {
    for (const char* path : {"/.well-known/openid-configuration", "/keys"})
      router_.add("GET", path, [this](net::Request& request, net::Reply& reply) -> net::Task<> {
        net::Response response;
        {
          const std::lock_guard lock(mutex_);
          ++asked_[request.path];
          const auto replaced = replaced_.find(request.path);
          response = down_                         ? net::Response::text(503, "away")
                     : replaced != replaced_.end() ? replaced->second
                     : request.path == "/keys"     ? net::Response::json(200, json::object({{"keys", keys_}}))
                                                   : net::Response::json(200, document());
        }
        co_await reply.send(std::move(response));
      });
    server_.emplace(router_);
  }

  std::string name() const { return server_->address(); }
  std::string discovery_url() const { return name() + "/.well-known/openid-configuration"; }
  json::Value document() const { return json::object({{"issuer", name()}, {"jwks_uri", name() + "/keys"}}); }

  void publish(const std::vector<json::Value>& keys) {
    const std::lock_guard lock(mutex_);
    keys_ = json::Array(keys.begin(), keys.end());
  }
  void set_down(bool down) {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  void replace(const std::string& path, net::Response response) {
    const std::lock_guard lock(mutex_);
    replaced_[path] = std::move(response);
  }
  int asked(const std::string& path = "/keys") const {
    const std::lock_guard lock(mutex_);
    const auto found = asked_.find(path);
    return found == asked_.end() ? 0 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  json::Array keys_;
  bool down_ = false;
  std::map<std::string, int> asked_;
  std::map<std::string, net::Response> replaced_;
  net::Router router_;
  std::optional<net::TestServer> server_;  // the first to go
};

}  // namespace soma::auth
