// The verifier against an issuer on loopback: what it accepts, each reason for which it refuses, and how keys
// come and go.
#include "core/auth/auth.h"

#include <gmock/gmock.h>

#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "core/auth/auth_test_kit.h"
#include "core/auth/issuer.h"

namespace soma::auth {
namespace {

using json::Value;
using testing::HasSubstr;

const KeyPair& rsa() {
  static const KeyPair key("RSA", "rsa-1");
  return key;
}
const KeyPair& other_rsa() {
  static const KeyPair key("RSA", "rsa-2");
  return key;
}
const KeyPair& p256() {
  static const KeyPair key("P-256", "ec-1");
  return key;
}

class VerifierTest : public testing::Test {
 protected:
  VerifierTest() {
    issuer_.publish({rsa().jwk(), p256().jwk()});
    rules_.discovery_url = issuer_.discovery_url();
    loops_.start();
  }
  ~VerifierTest() override { loops_.stop(); }

  int64_t now_s() const { return os::unix_ms(clock_.now()) / 1000; }
  Value claims() const {
    return json::object({{"iss", issuer_.name()}, {"sub", "alice"}, {"exp", now_s() + 600}, {"aud", "soma"}});
  }
  Value claims_with(std::string_view name, Value value) const {
    Value out = claims();
    out.set(name, std::move(value));
    return out;
  }
  Value claims_without(std::string_view name) const {
    Value out = claims();
    out.erase(name);
    return out;
  }
  std::future<os::Result<Identity>> start(std::string token) {
    return boost::asio::co_spawn(loops_.loop(0), verifier_.verify(rules_, std::move(token)),
                                 boost::asio::use_future);
  }
  os::Result<Identity> verify(std::string token) { return start(std::move(token)).get(); }
  os::Result<Identity> verify_claims(const Value& value) { return verify(rsa().sign("RS256", value)); }

  // The refusal of this token; fails the test when there is none, or when it says something of the token.
  os::Error refused(const std::string& token) {
    const auto done = verify(token);
    if (done) {
      ADD_FAILURE() << "accepted";
      return {};
    }
    for (const std::string_view part : os::split(token, '.'))
      EXPECT_TRUE(part.size() < 8 || !done.error().to_string().contains(part)) << done.error().to_string();
    return done.error();
  }
  os::Error refused_claims(const Value& value) { return refused(rsa().sign("RS256", value)); }

  StubIssuer issuer_;
  os::VirtualClock clock_;
  net::LoopPool loops_{2};
  Verifier verifier_{loops_, clock_};
  Rules rules_;
};

TEST_F(VerifierTest, ATokenOfTheIssuerNamesItsSubject) {
  const auto identity = verify_claims(claims());
  ASSERT_TRUE(identity) << identity.error().to_string();
  EXPECT_EQ(*identity, (Identity{issuer_.name(), "alice"}));
}

TEST_F(VerifierTest, EveryAlgorithmOfTheTableVerifiesItsOwnSignaturesAlone) {
  const KeyPair p384("P-384", "ec-2"), p521("P-521", "ec-3"), ed("Ed25519", "ed-1");
  issuer_.publish({rsa().jwk(), p256().jwk(), p384.jwk(), p521.jwk(), ed.jwk()});
  const std::pair<const KeyPair*, const char*> kCases[] = {
      {&rsa(), "RS256"}, {&rsa(), "RS384"},  {&rsa(), "RS512"}, {&rsa(), "PS256"}, {&rsa(), "PS384"},
      {&rsa(), "PS512"}, {&p256(), "ES256"}, {&p384, "ES384"},  {&p521, "ES512"},  {&ed, "EdDSA"},
  };
  for (const auto& [key, algorithm] : kCases) {
    const std::string token = key->sign(algorithm, claims());
    const auto done = verify(token);
    EXPECT_TRUE(done) << algorithm << ": " << done.error().to_string();
    std::string broken = token;
    broken[broken.rfind('.') + 5] ^= 1;
    EXPECT_FALSE(verify(broken)) << algorithm;
  }
}

TEST_F(VerifierTest, AChangedPayloadIsRefused) {
  const std::string token = rsa().sign("RS256", claims());
  const std::string other = rsa().sign("RS256", claims_with("sub", "mallory"));
  const auto parts = os::split(token, '.'), others = os::split(other, '.');
  const os::Error error =
      refused(std::string(parts[0]) + "." + std::string(others[1]) + "." + std::string(parts[2]));
  EXPECT_THAT(error.message, HasSubstr("signature"));
}

// The token says who it is about only once it is believed: nothing of a stranger's is compared before.
TEST_F(VerifierTest, UnsignedTokensAndHmacsAreRefused) {
  const auto with_algorithm = [&](const Value& algorithm, std::string_view signature) {
    const Value header = json::object({{"alg", algorithm}, {"kid", rsa().id()}});
    return base64url(json::write(header)) + "." + base64url(json::write(claims())) + "." +
           std::string(signature);
  };
  for (const char* algorithm : {"none", "None", "NONE", "", "HS384", "RS257", "rs256", "dir"})
    EXPECT_THAT(refused(with_algorithm(algorithm, "")).message, HasSubstr("alg is not accepted"))
        << algorithm;
  EXPECT_THAT(refused(with_algorithm(json::Array{}, "")).message, HasSubstr("no alg"));
}

// A verifier that takes the key for an HMAC's secret would accept this one: the attacker knows the public
// key.
TEST_F(VerifierTest, AnHmacMadeWithThePublicKeyIsRefused) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(memory, rsa().get());
  char* bytes = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(memory, &bytes));
  const std::string pem(bytes, size);
  BIO_free(memory);
  const std::string input = base64url(json::write(json::object({{"alg", "HS256"}, {"kid", rsa().id()}}))) +
                            "." + base64url(json::write(claims()));
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), pem.data(), static_cast<int>(pem.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac, &length);
  EXPECT_THAT(refused(input + "." + base64url({reinterpret_cast<char*>(mac), length})).message,
              HasSubstr("alg is not accepted"));
}

TEST_F(VerifierTest, AKeyIdOfAnotherTypeOfKeyIsRefused) {
  EXPECT_THAT(refused(rsa().sign("RS256", claims(), json::object({{"kid", p256().id()}}))).message,
              HasSubstr("alg is not that"));
  EXPECT_THAT(refused(p256().sign("ES256", claims(), json::object({{"kid", rsa().id()}}))).message,
              HasSubstr("alg is not that"));
}

TEST_F(VerifierTest, AKeyThatIsForOneAlgorithmVerifiesNoOther) {
  Value key = rsa().jwk();
  key.set("alg", "PS256");
  issuer_.publish({key});
  EXPECT_TRUE(verify(rsa().sign("PS256", claims())));
  EXPECT_THAT(refused(rsa().sign("RS256", claims())).message, HasSubstr("alg is not that"));
}

TEST_F(VerifierTest, AKeyThatComesWithTheTokenIsIgnored) {
  const KeyPair own("RSA", "own");
  const Value header = json::object(
      {{"jwk", own.jwk()}, {"jku", "https://attacker.example/keys"}, {"x5u", "https://attacker.example/"}});
  EXPECT_THAT(refused(own.sign("RS256", claims(), header)).message, HasSubstr("kid is none"));
  Value as_known = header;
  as_known.set("kid", rsa().id());
  EXPECT_THAT(refused(own.sign("RS256", claims(), as_known)).message, HasSubstr("signature"));
}

TEST_F(VerifierTest, ATokenWithoutAKeyIdNeedsTheOnlyKeyThatFits) {
  const auto without = [&](const KeyPair& key, const char* algorithm) {
    return key.sign(algorithm, claims(), json::object({{"kid", ""}}));
  };
  EXPECT_TRUE(verify(without(rsa(), "RS256")));
  issuer_.publish({rsa().jwk(), other_rsa().jwk()});
  clock_.advance(kKeysLifetime);
  EXPECT_THAT(refused(without(rsa(), "RS256")).message, HasSubstr("several"));
}

TEST_F(VerifierTest, MalformedTokensAreRefusedByTheirPart) {
  const std::string claims_part = base64url(json::write(claims()));
  const auto refused_words = [&](const std::string& token) { return refused(token).message; };
  EXPECT_THAT(refused_words("one"), HasSubstr("three parts"));
  EXPECT_THAT(refused_words("a.b.c.d"), HasSubstr("three parts"));
  EXPECT_THAT(refused_words("a.b.c.d.e"), HasSubstr("encrypted"));
  EXPECT_THAT(refused_words("e30=." + claims_part + ".x"), HasSubstr("header that is not base64url"));
  EXPECT_THAT(refused_words(base64url("[1]") + "." + claims_part + ".eA"),
              HasSubstr("header that is no JSON object"));
  EXPECT_THAT(refused_words(base64url("{\"alg\":\"RS256\",\"alg\":\"none\"}") + "." + claims_part + ".eA"),
              HasSubstr("unique keys"));
  EXPECT_THAT(refused_words(rsa().sign_text("RS256", "no json")), HasSubstr("payload that is not JSON"));
  EXPECT_THAT(refused_words(rsa().sign("RS256", claims(), json::object({{"kid", 7}}))), HasSubstr("kid"));
  EXPECT_THAT(refused_words(rsa().sign("RS256", claims(), json::object({{"crit", json::array({"b64"})}}))),
              HasSubstr("crit"));
  EXPECT_THAT(refused_words(rsa().sign("RS256", claims(), json::object({{"typ", "logout+jwt"}}))),
              HasSubstr("typ"));
}

TEST_F(VerifierTest, LargeAndDeepTokensAreRefusedByTheirLimit) {
  EXPECT_THAT(refused_claims(claims_with("pad", std::string(kMaxTokenBytes, 'x'))).message,
              HasSubstr("kMaxTokenBytes"));
  std::string deep;
  for (size_t level = 0; level <= kMaxTokenDepth; ++level) deep += R"({"a":)";
  EXPECT_THAT(refused(rsa().sign_text("RS256", deep + "1" + std::string(kMaxTokenDepth + 1, '}'))).message,
              HasSubstr("kMaxTokenDepth"));
}

TEST_F(VerifierTest, TimesCountWithTheLeeway) {
  const int64_t leeway = std::chrono::duration_cast<std::chrono::seconds>(kClockLeeway).count();
  EXPECT_TRUE(verify_claims(claims_with("exp", now_s() - leeway + 1)));
  EXPECT_THAT(refused_claims(claims_with("exp", now_s() - leeway)).message, HasSubstr("expired"));
  EXPECT_TRUE(verify_claims(claims_with("nbf", now_s() + leeway)));
  EXPECT_THAT(refused_claims(claims_with("nbf", now_s() + leeway + 1)).message, HasSubstr("not valid yet"));
  EXPECT_THAT(refused_claims(claims_with("nbf", "soon")).message, HasSubstr("nbf"));
  EXPECT_THAT(refused_claims(claims_with("exp", "never")).message, HasSubstr("exp"));
  EXPECT_THAT(refused_claims(claims_without("exp")).message, HasSubstr("exp"));
  EXPECT_TRUE(verify_claims(claims_with("exp", 1e300)));
  EXPECT_FALSE(verify_claims(claims_with("exp", -1e300)));
}

TEST_F(VerifierTest, TheIssuerAndTheSubjectMustBeThere) {
  EXPECT_THAT(refused_claims(claims_with("iss", "https://elsewhere.example")).message, HasSubstr("iss"));
  EXPECT_THAT(refused_claims(claims_with("iss", issuer_.name() + "/")).message, HasSubstr("iss"));
  EXPECT_THAT(refused_claims(claims_without("iss")).message, HasSubstr("iss"));
  EXPECT_THAT(refused_claims(claims_without("sub")).message, HasSubstr("sub"));
  EXPECT_THAT(refused_claims(claims_with("sub", std::string(kMaxSubjectBytes + 1, 'x'))).message,
              HasSubstr("kMaxSubjectBytes"));
}

TEST_F(VerifierTest, TheAudienceIsOneOfTheAllowed) {
  rules_.allowed_audience = {"soma", "other"};
  EXPECT_TRUE(verify_claims(claims()));
  EXPECT_TRUE(verify_claims(claims_with("aud", json::array({"x", "other"}))));
  EXPECT_THAT(refused_claims(claims_with("aud", "som")).message, HasSubstr("allowedAudience"));
  EXPECT_THAT(refused_claims(claims_with("aud", json::array({1, "x"}))).message,
              HasSubstr("allowedAudience"));
  EXPECT_THAT(refused_claims(claims_without("aud")).message, HasSubstr("allowedAudience"));
}

TEST_F(VerifierTest, TheClientIsOneOfTheAllowed) {
  rules_.allowed_clients = {"app"};
  EXPECT_TRUE(verify_claims(claims_with("client_id", "app")));
  EXPECT_TRUE(verify_claims(claims_with("azp", "app")));
  EXPECT_THAT(refused_claims(claims_with("client_id", "evil")).message, HasSubstr("allowedClients"));
  EXPECT_THAT(refused_claims(claims_with("client_id", json::array({"app"}))).message,
              HasSubstr("allowedClients"));
  Value both = claims_with("client_id", "evil");
  both.set("azp", "app");
  EXPECT_FALSE(verify_claims(both));
  EXPECT_FALSE(verify_claims(claims()));
}

TEST_F(VerifierTest, OneOfTheScopesIsEnoughAndNoneIsForbidden) {
  rules_.allowed_scopes = {"agents/invoke", "admin"};
  EXPECT_TRUE(verify_claims(claims_with("scope", "openid agents/invoke")));
  EXPECT_TRUE(verify_claims(claims_with("scp", json::array({"admin"}))));
  EXPECT_TRUE(verify_claims(claims_with("scp", "x admin")));
  for (const Value& token : {claims(), claims_with("scope", "agents/invoke2"), claims_with("scope", 7)}) {
    const os::Error error = refused_claims(token);
    EXPECT_EQ(error.code, os::Code::kPermissionDenied);
    EXPECT_EQ(
        challenge(error, rules_.allowed_scopes),
        R"(Bearer error="insufficient_scope", error_description="the bearer token has none of the allowedScopes", scope="agents/invoke admin")");
  }
}

TEST_F(VerifierTest, CustomClaimsMustAllBeMet) {
  rules_.claims = {{"department", ClaimRule::Match::kEquals, {"engineering"}},
                   {"roles", ClaimRule::Match::kContains, {"admin"}},
                   {"permissions", ClaimRule::Match::kContainsAny, {"read", "write"}}};
  Value good = claims_with("department", "engineering");
  good.set("roles", json::array({"user", "admin"}));
  good.set("permissions", json::array({"write"}));
  EXPECT_TRUE(verify_claims(good));
  const std::pair<const char*, Value> kWrong[] = {
      {"department", "Engineering"},
      {"department", json::array({"engineering"})},
      {"department", Value()},
      {"roles", json::array({"user"})},
      {"roles", "admin"},
      {"permissions", json::Array{}},
      {"permissions", "read"},
  };
  for (const auto& [name, value] : kWrong) {
    Value wrong = good;
    wrong.set(name, value);
    EXPECT_THAT(refused_claims(wrong).message, HasSubstr(std::string("claim ") + name)) << json::write(value);
  }
}

TEST_F(VerifierTest, KeysAreAskedForOnceWhileTheyAreFresh) {
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(verify_claims(claims()));
  EXPECT_EQ(issuer_.asked(), 1);
  clock_.advance(kKeysLifetime);
  EXPECT_TRUE(verify_claims(claims()));
  EXPECT_EQ(issuer_.asked(), 2);
}

TEST_F(VerifierTest, RequestsThatWaitShareOneFetch) {
  std::vector<std::future<os::Result<Identity>>> waiting;
  for (int request = 0; request < 20; ++request) waiting.push_back(start(rsa().sign("RS256", claims())));
  for (auto& one : waiting) EXPECT_TRUE(one.get());
  EXPECT_EQ(issuer_.asked(), 1);
}

TEST_F(VerifierTest, ARotatedKeyIsFetchedAndTheOldOneGoes) {
  EXPECT_TRUE(verify_claims(claims()));
  issuer_.publish({other_rsa().jwk()});
  clock_.advance(kMinFetchPause);
  EXPECT_TRUE(verify(other_rsa().sign("RS256", claims())));
  EXPECT_FALSE(verify_claims(claims()));
}

TEST_F(VerifierTest, InventedKeyIdsDoNotMakeItAskAgainAndAgain) {
  EXPECT_TRUE(verify_claims(claims()));
  clock_.advance(kMinFetchPause);
  for (int round = 0; round < 10; ++round)
    EXPECT_FALSE(
        verify(rsa().sign("RS256", claims(), json::object({{"kid", "invented-" + std::to_string(round)}}))));
  EXPECT_EQ(issuer_.asked(), 2);
}

TEST_F(VerifierTest, WhileTheIssuerIsAwayWhatIsKnownGoesOnToCountForItsTime) {
  EXPECT_TRUE(verify_claims(claims()));
  issuer_.set_down(true);
  clock_.advance(kKeysLifetime);
  for (int round = 0; round < 5; ++round) EXPECT_TRUE(verify_claims(claims()));
  EXPECT_EQ(issuer_.asked("/.well-known/openid-configuration"), 2);
  clock_.advance(kStaleKeysLifetime);
  const os::Error error = refused_claims(claims());
  EXPECT_EQ(error.code, os::Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("503"));
  EXPECT_EQ(challenge(error), "");
  issuer_.set_down(false);
  clock_.advance(kFailedFetchPause);
  EXPECT_TRUE(verify_claims(claims()));
}

TEST_F(VerifierTest, AnIssuerThatSaysNothingUsefulIsNamed) {
  const std::string discovery = "/.well-known/openid-configuration";
  const auto told = [&](const std::string& path, const net::Response& response) {
    issuer_.replace(path, response);
    clock_.advance(kFailedFetchPause);
    return refused_claims(claims()).message;
  };
  EXPECT_THAT(told(discovery, net::Response::text(200, "<html>")), HasSubstr("no JSON object"));
  EXPECT_THAT(told(discovery, net::Response::text(200, std::string(kMaxDiscoveryBytes + 1, ' '))),
              HasSubstr("kMaxDiscoveryBytes"));
  EXPECT_THAT(told(discovery, net::Response::json(200, json::object({{"jwks_uri", "https://x.example/"}}))),
              HasSubstr("no issuer"));
  EXPECT_THAT(told(discovery, net::Response::json(
                                  200, json::object({{"issuer", "x"}, {"jwks_uri", "http://x.example/"}}))),
              HasSubstr("must be https"));
  issuer_.replace(discovery, net::Response::json(200, issuer_.document()));
  EXPECT_THAT(told("/keys", net::Response::json(200, json::Object{})), HasSubstr("no list named keys"));
  const json::Array many(129, rsa().jwk());
  EXPECT_THAT(told("/keys", net::Response::json(200, json::object({{"keys", many}}))), HasSubstr("kMaxKeys"));
}

TEST(Challenge, TellsNothingToWhoSentNothing) {
  const auto none = bearer_token("");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, os::Code::kUnauthenticated);
  EXPECT_EQ(challenge(none.error()), "Bearer");
  EXPECT_EQ(challenge(none.error(), {"a", "b"}), R"(Bearer scope="a b")");
  EXPECT_FALSE(bearer_token("AWS4-HMAC-SHA256 Credential=x"));
}

TEST(BearerToken, IsReadWithoutRegardToTheSchemesCase) {
  EXPECT_EQ(bearer_token("Bearer a.b.c").value(), "a.b.c");
  EXPECT_EQ(bearer_token("bearer   a.b.c ").value(), "a.b.c");
  for (const char* broken : {"Bearer", "Bearer ", "Bearer a b", "Bearer \"a\"", "Bearer a,b"}) {
    const auto read = bearer_token(broken);
    ASSERT_FALSE(read) << broken;
    EXPECT_THAT(challenge(read.error()), HasSubstr("invalid_request")) << broken;
  }
}

TEST(DiscoveryUrl, IsHttpsOrOnLoopbackAndWellKnown) {
  for (const char* good : {"https://a.example/.well-known/openid-configuration",
                           "http://127.0.0.1:1/x/.well-known/openid-configuration",
                           "http://localhost/.well-known/oauth-authorization-server/tenant"})
    EXPECT_TRUE(check_discovery_url(good)) << good;
  for (const char* wrong : {"http://a.example/.well-known/openid-configuration", "https://a.example/",
                            "ftp://a/.well-known/openid-configuration",
                            "http://127.0.0.1.example.org/.well-known/openid-configuration",
                            "https://a.example/.well-known/openid-configuration?x=1",
                            "https://a.example/.well-known/openid-configurations",
                            "https://a.example/.well-known/openid-configuration/"})
    EXPECT_FALSE(check_discovery_url(wrong)) << wrong;
}

}  // namespace
}  // namespace soma::auth
