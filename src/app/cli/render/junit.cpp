#include "app/cli/render/junit.h"

#include <fmt/format.h>

#include "base/os/os.h"

namespace soma::cli {
namespace {

// XML 1.0 knows no control characters but tab and line breaks, not even escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char character : os::to_valid_utf8(text)) {
    switch (character) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += static_cast<unsigned char>(character) < 0x20 ? '?' : character;
    }
  }
  return out;
}

}  // namespace

std::string junit_xml(std::string_view suite, const std::vector<TestCase>& cases) {
  size_t failed = 0, errors = 0;
  double seconds = 0;
  for (const TestCase& test : cases) {
    errors += !test.error.empty();
    failed += test.error.empty() && !test.failures.empty();
    seconds += test.seconds;
  }
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" "
      "errors=\"{}\" "
      "time=\"{:.3f}\">\n",
      escaped(suite), cases.size(), failed, errors, seconds);
  for (const TestCase& test : cases) {
    out += fmt::format("  <testcase name=\"{}\" classname=\"{}\" time=\"{:.3f}\">\n", escaped(test.name),
                       escaped(suite), test.seconds);
    if (!test.error.empty()) out += fmt::format("    <error message=\"{}\"/>\n", escaped(test.error));
    for (const std::string& failure : test.failures)
      out += fmt::format("    <failure message=\"{}\"/>\n", escaped(failure));
    out += "  </testcase>\n";
  }
  return out + "</testsuite>\n";
}

}  // namespace soma::cli
