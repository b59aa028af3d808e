#include <gtest/gtest.h>

#include "base/net/server.h"

namespace soma::net {
namespace {

// Which route matched, told by its body limit.
class RouterTest : public ::testing::Test {
 protected:
  void add(std::string_view method, std::string_view pattern, size_t number) {
    router.add(method, pattern, [](Request&, Reply&) -> Task<> { co_return; }, {.max_body_bytes = number});
  }
  std::string match(std::string_view method, std::string_view path) const {
    const Router::Match match = router.match(method, path);
    if (match.handler == nullptr)
      return std::to_string(match.status) + (match.allow.empty() ? "" : " " + match.allow);
    std::string text = "route " + std::to_string(match.options.max_body_bytes);
    for (const auto& [name, value] : match.parameters) text += " " + name + "=" + value;
    return text;
  }
  Router router;
};

TEST_F(RouterTest, MatchesLiteralsAndParameters) {
  add("GET", "/", 1);
  add("GET", "/harnesses", 2);
  add("GET", "/harnesses/{harnessId}", 3);
  add("GET", "/harnesses/{id}/versions/{version}", 4);
  EXPECT_EQ(match("GET", "/"), "route 1");
  EXPECT_EQ(match("GET", "/harnesses"), "route 2");
  EXPECT_EQ(match("GET", "/harnesses/a"), "route 3 harnessId=a");
  EXPECT_EQ(match("GET", "/harnesses/a/versions/7"), "route 4 id=a version=7");
  EXPECT_EQ(match("GET", "/harnesses/"), "404");
  EXPECT_EQ(match("GET", "/harnesses/a/"), "404");
  EXPECT_EQ(match("GET", "/other"), "404");
}

TEST_F(RouterTest, LiteralsWinAndTheSearchGoesBack) {
  add("POST", "/harnesses/invoke", 1);
  add("GET", "/harnesses/{id}", 2);
  add("GET", "/harnesses/{id}/versions", 3);
  add("GET", "/harnesses/invoke/help", 4);
  EXPECT_EQ(match("POST", "/harnesses/invoke"), "route 1");
  EXPECT_EQ(match("GET", "/harnesses/invoke"), "route 2 id=invoke");
  EXPECT_EQ(match("GET", "/harnesses/invoke/versions"), "route 3 id=invoke");
}

TEST_F(RouterTest, TheLastParameterMayTakeTheRest) {
  add("GET", "/files/{name}", 1);
  add("GET", "/files/{path…}", 2);
  EXPECT_EQ(match("GET", "/files/a"), "route 1 name=a");
  EXPECT_EQ(match("GET", "/files/a/b/c.png"), "route 2 path=a/b/c.png");
  EXPECT_EQ(match("GET", "/files/"), "route 2 path=");
  EXPECT_EQ(match("GET", "/files"), "404");
}

TEST_F(RouterTest, DecodesParametersOnly) {
  add("GET", "/runs/{runId}/events", 1);
  EXPECT_EQ(match("GET", "/runs/session%2Fa%20b/events"), "route 1 runId=session/a b");
  EXPECT_EQ(match("GET", "/runs/%zz/events"), "400");
  EXPECT_EQ(match("GET", "/%72uns/x/events"), "404");
}

TEST_F(RouterTest, SaysWhichMethodsAPathHas) {
  add("GET", "/a/{x}", 1);
  add("DELETE", "/a/{x}", 2);
  add("POST", "/a/b", 3);
  EXPECT_EQ(match("PUT", "/a/b"), "405 DELETE, GET, HEAD, POST");
  EXPECT_EQ(match("PUT", "/a/c"), "405 DELETE, GET, HEAD");
  EXPECT_EQ(match("HEAD", "/a/c"), "route 1 x=c");
}

TEST_F(RouterTest, TheFallbackTakesWhatNothingMatches) {
  add("GET", "/a", 1);
  router.set_fallback([](Request&, Reply&) -> Task<> { co_return; });
  EXPECT_NE(router.match("GET", "/console/index.html").handler, nullptr);
  EXPECT_EQ(match("POST", "/a"), "405 GET, HEAD");
}

TEST_F(RouterTest, AWrongPatternEndsTheProgramAtStart) {
  EXPECT_DEATH(add("GET", "relative", 1), "must start with");
  EXPECT_DEATH(add("GET", "/{rest…}/more", 1), "only the last");
  EXPECT_DEATH(add("GET", "/{bad name}", 1), "name must be");
  EXPECT_DEATH(add("GET", "/a{x}", 1), "whole segment");
}

}  // namespace
}  // namespace soma::net
