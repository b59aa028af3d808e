#include "app/cli/render/junit.h"

#include <gtest/gtest.h>

namespace soma::cli {
namespace {

TEST(Junit, CountsAndEscapes) {
  const std::string xml = junit_xml("soma test", {{.name = "a.cassette.json", .seconds = 0.5},
                                                  {.name = "<b>", .failures = {"\"x\" & y\n\x01", "z"}},
                                                  {.name = "c", .error = "not JSON"}});
  EXPECT_EQ(xml,
            R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="soma test" tests="3" failures="1" errors="1" time="0.500">
  <testcase name="a.cassette.json" classname="soma test" time="0.500">
  </testcase>
  <testcase name="&lt;b&gt;" classname="soma test" time="0.000">
    <failure message="&quot;x&quot; &amp; y&#10;?"/>
    <failure message="z"/>
  </testcase>
  <testcase name="c" classname="soma test" time="0.000">
    <error message="not JSON"/>
  </testcase>
</testsuite>
)");
}

}  // namespace
}  // namespace soma::cli
