#include "base/net/http.h"

#include <gtest/gtest.h>

namespace soma::net {
namespace {

TEST(Headers, FindsNamesWithoutRegardToCaseAndKeepsOrder) {
  Headers headers{{"Accept", "a"}, {"X-One", "1"}, {"accept", "b"}};
  EXPECT_EQ(headers.get("ACCEPT"), "a");
  EXPECT_TRUE(headers.has("x-one"));
  EXPECT_FALSE(headers.has("x-on"));
  EXPECT_EQ(headers.get("missing"), "");
  headers.set("aCCept", "c");
  ASSERT_EQ(headers.entries().size(), 2u);
  EXPECT_EQ(headers.entries()[0].first, "X-One");
  EXPECT_EQ(headers.get("accept"), "c");
}

TEST(RequestBody, AnEmptyOneIsAnEmptyObject) {
  Request request;
  request.body = "  \n";
  const auto body = request.json_body();
  ASSERT_TRUE(body);
  EXPECT_TRUE(body->is_object());
  EXPECT_TRUE(body->empty());
}

TEST(RequestBody, BrokenJsonNamesWhereItIs) {
  Request request;
  request.body = "{\"a\": }";
  const auto body = request.json_body();
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, os::Code::kInvalidArgument);
  EXPECT_NE(body.error().message.find("request body"), std::string::npos) << body.error().message;
}

TEST(ErrorResponse, HasTheOneShape) {
  const os::Error error{os::Code::kNotFound, "no harness \"x\"", "list them"};
  const Response response = error_response(error, "id-1");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("x-amzn-errortype"), "ResourceNotFoundException");
  EXPECT_EQ(
      response.body,
      R"({"code":"ResourceNotFoundException","message":"no harness \"x\"","hint":"list them","requestId":"id-1"})");
}

TEST(ErrorResponse, EachCodeHasItsStatus) {
  using os::Code;
  const std::pair<Code, int> expected[] = {
      {Code::kInvalidArgument, 400}, {Code::kUnauthenticated, 401},    {Code::kPermissionDenied, 403},
      {Code::kNotFound, 404},        {Code::kAlreadyExists, 409},      {Code::kConflict, 409},
      {Code::kLimitExceeded, 429},   {Code::kInternal, 500},           {Code::kCorrupt, 500},
      {Code::kUnsupported, 501},     {Code::kUnavailable, 503},        {Code::kCancelled, 503},
      {Code::kTimeout, 504},         {Code::kFailedPrecondition, 412},
  };
  for (const auto& [code, status] : expected) EXPECT_EQ(status_of(code), status) << os::code_name(code);
}

TEST(ErrorResponse, ASizeLimitIsTheRequestsFault) {
  os::Error error{os::Code::kLimitExceeded, "too big", {}};
  error.details = {{"limit", "max_body_bytes"}};
  EXPECT_EQ(error_response(error, "id").status, 413);
  error.details = {{"limit", "max_sessions"}};
  EXPECT_EQ(error_response(error, "id").status, 429);
}

TEST(ParseUrl, TakesItsPartsApart) {
  const auto url = parse_url("HTTPS://Example.COM:8443/a/b?x=1&y=2#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "x=1&y=2");
}

TEST(ParseUrl, FillsInPortAndPath) {
  EXPECT_EQ(parse_url("http://a")->port, "80");
  EXPECT_EQ(parse_url("https://a")->port, "443");
  EXPECT_EQ(parse_url("ws://a?q")->path, "/");
  EXPECT_EQ(parse_url("ws://a?q")->query, "q");
  EXPECT_EQ(parse_url("http://[::1]:8080/x")->host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:8080/x")->port, "8080");
}

TEST(ParseUrl, RefusesWhatLeadsAstray) {
  for (const char* text :
       {"", "example.com", "ftp://a/", "http://", "http:///x", "http://user:pass@host/", "http://a b/",
        "http://a\\b/", "http://a:0/", "http://a:65536/", "http://a:x/", "http://[::1", "http://[::1]x/",
        "http://[g]/", "http://a/\r\n", "http://a%2f/", "file:///etc/passwd"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

}  // namespace
}  // namespace soma::net
