// The published signing vectors, each stage of them, and what they leave out.
#include "base/aws/sigv4.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::aws {
namespace {

std::filesystem::path vectors_file() {
  const char* root = std::getenv("SOMA_CONFORMANCE");
  std::filesystem::path base = root != nullptr ? root : SOMA_SOURCE_DIR "/../shared/conformance";
  return base / "sigv4" / "sigv4-header.json";
}

// "20150830T123600Z" as os::parse_time reads it.
os::Time time_of(std::string_view basic) {
  const auto part = [&](size_t at, size_t size) { return basic.substr(at, size); };
  const std::string text = fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2), part(6, 2), part(9, 2),
                                       part(11, 2), part(13, 2));
  const auto time = os::parse_time(text);
  EXPECT_TRUE(time) << text;
  return time.value_or(os::Time{});
}

Signature sign_vector(const json::Value& vector) {
  const auto text = [](const json::Value& value) { return std::string(value.string_or("")); };
  const json::Value& from = vector.get("request");
  SigningRequest request{text(from.get("method")), text(from.get("target")), {}, text(from.get("body"))};
  for (const json::Value& header : from.get("headers").as_array())
    request.headers.emplace_back(text(header.at(0)), text(header.at(1)));
  const json::Value& keys = vector.get("credentials");
  const Credentials credentials{text(keys.get("access_key_id")), text(keys.get("secret_access_key")),
                                text(keys.get("token"))};
  SigningOptions options{.region = text(vector.get("region")), .service = text(vector.get("service"))};
  options.now = time_of(vector.get("date").string_or(""));
  options.normalize_path = vector.get("options").get("normalize_path").bool_or(true);
  options.sign_body = vector.get("options").get("sign_body").bool_or(false);
  options.omit_session_token = vector.get("options").get("omit_session_token").bool_or(false);
  return sign(request, credentials, options);
}

TEST(SigV4Conformance, SignsEveryPublishedRequest) {
  if (!std::filesystem::exists(vectors_file())) {
    GTEST_SKIP() << "sigv4: skipped, " << vectors_file().string() << " is not there";
  }
  const auto text = os::read_file(vectors_file().string());
  ASSERT_TRUE(text) << text.error().to_string();
  const auto vectors = json::parse(*text);
  ASSERT_TRUE(vectors) << vectors.error().to_string();
  size_t passed = 0;
  for (const json::Value& vector : vectors->as_array()) {
    SCOPED_TRACE(vector.get("name").string_or(""));
    const Signature made = sign_vector(vector);
    EXPECT_EQ(made.canonical_request, vector.get("canonical_request").string_or(""));
    EXPECT_EQ(made.string_to_sign, vector.get("string_to_sign").string_or(""));
    EXPECT_EQ(made.authorization, vector.get("authorization").string_or(""));
    if (made.signature == vector.get("signature").string_or("")) ++passed;
  }
  std::printf("sigv4: %zu of %zu passed\n", passed, vectors->size());
  EXPECT_EQ(passed, vectors->size());
  EXPECT_GT(vectors->size(), 0u);
}

Signature sign_target(std::string target) {
  const SigningRequest request{"POST", std::move(target), {{"Host", "example.amazonaws.com"}}, "{}"};
  return sign(request, {"AKIDEXAMPLE", "secret"}, {.region = "us-east-1", .service = "bedrock"});
}

// Bedrock's model ids hold a colon: sent as %3A, signed as %253A.
TEST(SigV4, EncodesThePathOfAModelTwice) {
  const Signature made = sign_target("/model/a.b-v1%3A0/converse-stream");
  EXPECT_NE(made.canonical_request.find("\n/model/a.b-v1%253A0/converse-stream\n"), std::string::npos)
      << made.canonical_request;
}

TEST(SigV4, DoesNotEncodeAQueryTwice) {
  const Signature made = sign_target("/?b=x%20y&a=1");
  EXPECT_NE(made.canonical_request.find("\na=1&b=x%20y\n"), std::string::npos) << made.canonical_request;
}

TEST(SigV4, TheSecretIsInNoStage) {
  const Signature made = sign_target("/");
  for (const std::string& stage : {made.canonical_request, made.string_to_sign, made.authorization})
    EXPECT_EQ(stage.find("secret"), std::string::npos);
}

// RFC 4231, test cases 2 and 6.
TEST(SigV4, HmacIsThatOfTheRfc) {
  EXPECT_EQ(os::hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(os::hex_encode(hmac_sha256(std::string(131, '\xaa'),
                                       "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace soma::aws
