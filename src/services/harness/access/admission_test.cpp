// A harness with an authorizer, its users and their sessions, with an issuer on loopback.
#include "services/harness/access/admission.h"

#include <gmock/gmock.h>

#include "core/auth/auth_test_kit.h"
#include "services/harness/harness_test_kit.h"
#include "services/harness/shell/shell_connection.h"

namespace soma::harness {
namespace {

using json::Value;
using testing::HasSubstr;

const auth::KeyPair& key() {
  static const auth::KeyPair pair("P-256", "key");
  return pair;
}

class AdmissionTest : public HarnessTest {
 protected:
  AdmissionTest() : life_(directory_, clock_) {
    issuer_.publish({key().jwk()});
    Config open = config(script({text_turn("hello"), text_turn("again")}));
    EXPECT_TRUE(life_.wait(service().create(open)));
    EXPECT_TRUE(life_.wait(service().update("agent", authorizer(json::Object{}))));
  }

  // An update that sets the authorizer: the issuer's discoveryUrl and these members.
  Value authorizer(Value jwt) const {
    jwt.set("discoveryUrl", issuer_.discovery_url());
    return json::object({{"authorizerConfiguration",
                          json::object({{"optionalValue", json::object({{"customJWTAuthorizer", jwt}})}})}});
  }
  Credentials token_of(std::string_view user) {
    const int64_t expires = os::unix_ms(clock_.now()) / 1000 + 600;
    return {
        .authorization =
            "Bearer " +
            key().sign("ES256", json::object({{"iss", issuer_.name()}, {"sub", user}, {"exp", expires}}))};
  }
  os::Result<Caller> admit(Credentials credentials, std::string qualifier = "") {
    return life_.wait(service().admit("agent", std::move(qualifier), std::move(credentials)));
  }
  os::Result<Invocation> invoke_as(const Caller& caller, int session = 1) {
    InvokeRequest asked = request("hi", session);
    asked.caller = caller;
    auto invocation = life_.wait(service().invoke(std::move(asked)));
    if (invocation) life_.finish(*invocation);
    return invocation;
  }
  Service& service() { return life_.service(); }

  static std::string challenge_of(const os::Error& error) {
    for (const auto& [name, value] : error.details)
      if (name == "www-authenticate") return value;
    return "";
  }

  os::VirtualClock clock_;
  auth::StubIssuer issuer_;
  Life life_;
};

TEST_F(AdmissionTest, NobodyIsAskedForATokenWithoutAnAuthorizer) {
  ASSERT_TRUE(
      life_.wait(service().update("agent", json::object({{"authorizerConfiguration", json::Object{}}}))));
  const auto caller = admit({});
  ASSERT_TRUE(caller);
  EXPECT_FALSE(caller->user);
  EXPECT_TRUE(invoke_as(*caller));
}

TEST_F(AdmissionTest, WithoutATokenTheAnswerSaysWhatIsWanted) {
  const auto none = admit({});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, os::Code::kUnauthenticated);
  EXPECT_EQ(challenge_of(none.error()), "Bearer");
  const auto wrong = admit({.authorization = "Bearer nonsense"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(challenge_of(wrong.error()), HasSubstr("error=\"invalid_token\""));
}

TEST_F(AdmissionTest, MissingScopesAreForbiddenAndAdvertised) {
  const Value jwt = json::object({{"allowedScopes", json::array({"run"})},
                                  {"advertisedScopeMapping", json::object({{"run", "api/run"}})}});
  ASSERT_TRUE(life_.wait(service().update("agent", authorizer(jwt))));
  const auto refused = admit(token_of("alice"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, os::Code::kPermissionDenied);
  EXPECT_THAT(challenge_of(refused.error()), HasSubstr("scope=\"api/run\""));
}

TEST_F(AdmissionTest, TheUserHeaderMustNotContradictTheToken) {
  Credentials same = token_of("alice");
  same.user_id = "alice";
  EXPECT_TRUE(admit(same));
  same.user_id = "bob";
  const auto refused = admit(same);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, os::Code::kPermissionDenied);
}

// The version that had no authorizer could be asked for by its number, and the new one's was of no use.
TEST_F(AdmissionTest, AnOldVersionsNumberLeadsAroundNothing) {
  EXPECT_FALSE(admit({}, "1"));
  EXPECT_TRUE(admit(token_of("alice"), "1"));
  ASSERT_TRUE(life_.wait(
      service().change_endpoint("agent", EndpointOperation::kCreate, {.name = "open", .version = 1})));
  EXPECT_TRUE(admit({}, "open"));
}

TEST_F(AdmissionTest, ASessionIsItsUsersAlone) {
  const Caller alice = *admit(token_of("alice")), bob = *admit(token_of("bob")), nobody;
  ASSERT_TRUE(invoke_as(alice));
  for (const Caller& other : {bob, nobody}) {
    const auto refused = invoke_as(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, os::Code::kPermissionDenied);
    EXPECT_FALSE(service().check_owner_of("agent", session_name(1), other));
    ExecRequest command{.harness = "agent", .session_id = session_name(1), .command = "true"};
    command.caller = other;
    EXPECT_FALSE(life_.wait(service().exec(std::move(command), {}, {})));
    ShellRequest shell{.harness = "agent", .session_id = session_name(1)};
    shell.caller = other;
    EXPECT_FALSE(life_.wait(service().open_shell(std::move(shell))));
  }
  EXPECT_TRUE(invoke_as(alice));
  EXPECT_TRUE(service().check_owner_of("agent", session_name(1), alice));
  EXPECT_TRUE(service().check_owner_of("agent", session_name(1), Caller{.is_operator = true}));
}

TEST_F(AdmissionTest, ASubjectOfAnotherIssuerIsAnotherUser) {
  Caller alice = *admit(token_of("alice"));
  ASSERT_TRUE(invoke_as(alice));
  alice.user->issuer = "https://elsewhere.example";
  EXPECT_FALSE(invoke_as(alice));
}

TEST_F(AdmissionTest, ASessionThatNobodySignedInForIsNoUsers) {
  ASSERT_TRUE(invoke_as(Caller{}));
  EXPECT_FALSE(invoke_as(*admit(token_of("alice"))));
}

TEST_F(AdmissionTest, TheOwnerIsToldAndNothingOfTheTokenIsKept) {
  const Credentials credentials = token_of("alice");
  const auto invocation = invoke_as(*admit(credentials));
  ASSERT_TRUE(invocation);
  const auto view = service().session("agent", session_name(1));
  ASSERT_TRUE(view && view->summary.user);
  EXPECT_EQ(view->summary.user->subject, "alice");
  const auto events = life_.journal().read(invocation->run, 1, journal::kMaxReadEvents);
  for (const journal::Event& event : *events)
    EXPECT_FALSE(event.body.contains(credentials.authorization.substr(7, 40))) << event.type;
}

TEST(Credentials, OfABrowsersWebSocketComeAsASubprotocol) {
  net::Request request;
  request.headers.set("Sec-WebSocket-Protocol", "base64UrlBearerAuthorization." + auth::base64url("a.b.c") +
                                                    ", base64UrlBearerAuthorization");
  EXPECT_EQ(credentials_of(request).authorization, "Bearer a.b.c");
  request.headers.set("Authorization", "Bearer x");
  EXPECT_EQ(credentials_of(request).authorization, "Bearer x");
}

}  // namespace
}  // namespace soma::harness
