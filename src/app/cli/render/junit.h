// Test results as JUnit XML, the form that CI servers read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace soma::cli {

struct TestCase {
  std::string name;
  double seconds = 0;
  std::vector<std::string> failures{};  // what did not hold
  std::string error{};                  // why it could not be run at all
};

std::string junit_xml(std::string_view suite, const std::vector<TestCase>& cases);

}  // namespace soma::cli
