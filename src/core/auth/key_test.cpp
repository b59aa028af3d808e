#include "core/auth/key.h"

#include <gtest/gtest.h>

#include "core/auth/auth_test_kit.h"

namespace soma::auth {
namespace {

using json::Value;

Value changed(Value jwk, std::string_view name, Value value) {
  jwk.set(name, std::move(value));
  return jwk;
}

TEST(Key, WhatIsForSomethingElseIsPassedOver) {
  const KeyPair rsa("RSA", "a");
  const Value set =
      json::object({{"keys", json::array({changed(rsa.jwk(), "use", "enc"),
                                          changed(rsa.jwk(), "key_ops", json::array({"encrypt"})),
                                          json::object({{"kty", "oct"}, {"k", "c2VjcmV0"}, {"kid", "a"}}),
                                          changed(rsa.jwk(), "kty", "EC"), Value(7),
                                          changed(rsa.jwk(), "kid", "good")})}});
  const auto keys = keys_from_jwks(set);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1u);
  EXPECT_EQ(keys->front().id(), "good");
}

TEST(Key, WeakAndBrokenKeysAreRefused) {
  const KeyPair weak("RSA", "weak", 1024), rsa("RSA", "rsa"), ec("P-256", "ec"), other("P-256", "other"),
      ed("Ed25519", "ed");
  EXPECT_FALSE(Key::from_jwk(weak.jwk()));
  EXPECT_FALSE(Key::from_jwk(changed(rsa.jwk(), "e", "AQ")));    // 1: anything would be its own signature
  EXPECT_FALSE(Key::from_jwk(changed(rsa.jwk(), "e", "AQAC")));  // even
  EXPECT_FALSE(Key::from_jwk(changed(rsa.jwk(), "n", "not base64!")));
  EXPECT_FALSE(Key::from_jwk(changed(rsa.jwk(), "n", base64url(std::string(kMaxRsaBits / 8 + 1, '\xff')))));
  EXPECT_FALSE(Key::from_jwk(changed(ec.jwk(), "y", other.jwk().get("y"))));  // not on the curve
  EXPECT_FALSE(Key::from_jwk(changed(ec.jwk(), "x", "AA")));
  EXPECT_FALSE(Key::from_jwk(changed(ec.jwk(), "crv", "P-384")));
  EXPECT_FALSE(Key::from_jwk(changed(ec.jwk(), "crv", "secp256k1")));
  EXPECT_FALSE(Key::from_jwk(changed(ed.jwk(), "x", "AA")));
}

TEST(Key, SignaturesOfAnotherLengthDoNotHold) {
  const KeyPair ec("P-256", "ec"), ed("Ed25519", "ed");
  const auto ec_key = Key::from_jwk(ec.jwk()), ed_key = Key::from_jwk(ed.jwk());
  ASSERT_TRUE(ec_key && ed_key);
  const Algorithm& es256 = *find_algorithm("ES256");
  const std::string good = ec.signature("ES256", "text");
  EXPECT_TRUE(ec_key->verifies(es256, "text", good));
  EXPECT_FALSE(ec_key->verifies(es256, "text", ""));
  EXPECT_FALSE(ec_key->verifies(es256, "text", good + "x"));
  EXPECT_FALSE(ec_key->verifies(es256, "text", std::string(64, '\0')));  // r = s = 0
  EXPECT_FALSE(ec_key->verifies(*find_algorithm("ES384"), "text", good));
  EXPECT_FALSE(ed_key->verifies(*find_algorithm("EdDSA"), "text", "short"));
}

}  // namespace
}  // namespace soma::auth
