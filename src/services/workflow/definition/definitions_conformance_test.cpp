// Definitions whose verdict another validator gave (asl-definitions). Where this one says otherwise, the reason
// is in the table below and in docs/workflow-conformance.md.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "services/workflow/definition/definition.h"

namespace soma::workflow {
namespace {

struct Argued {
  std::string_view file;
  std::string_view reason;
};
constexpr Argued kArgued[] = {
    {"valid/valid-cfn-definition-substitutions.json",
     "the service refuses a Resource that is no ARN; ${…} is text for a deployment tool, which replaces it first"},
    {"valid/valid-map-with-item-batcher-jsonata.json",
     "the service refuses a JSONPath state in a JSONata machine (recorded)"},
    {"invalid/invalid-json-surround-syntax-extra-spaces.json",
     "white space inside {% %} belongs to the expression: JSONata over several lines is common"},
    {"invalid/invalid-jsonata-surround-syntax-no-spaces.json",
     "{%10%} begins with {% and ends with %}, which is all that the language asks"},
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool is_argued(std::string_view file) {
  return std::ranges::any_of(kArgued, [&](const Argued& argued) { return argued.file == file; });
}

// Whether the verdict is the expected one; prints the case when it is not.
bool holds(const std::string& directory, const json::Value& definition) {
  std::string file(definition.get("file").string_or(""));
  bool expected = (definition.get("verdict").string_or("") == "valid") != is_argued(file);
  Parsed parsed = parse_definition(read_file(directory + "/" + file), MachineType::kStandard);
  bool valid = parsed.definition != nullptr;
  if (valid == expected) return true;
  fmt::print("{}: expected {}, actual {}\n", file, expected ? "valid" : "invalid",
             valid ? "valid" : invalid_definition_message(parsed.diagnostics));
  return false;
}

}  // namespace

TEST(DefinitionsConformance, VerdictsOfAnotherValidator) {
  const char* root = std::getenv("SOMA_CONFORMANCE");
  std::string directory = fmt::format("{}/asl-definitions", root == nullptr ? "../shared/conformance" : root);
  std::string text = read_file(directory + "/index.json");
  if (text.empty()) GTEST_SKIP() << "no " << directory;
  auto index = json::parse(text);
  ASSERT_TRUE(index) << index.error().to_string();
  const json::Value& definitions = index->get("definitions");
  size_t passed = 0;
  for (const json::Value& definition : definitions.as_array()) passed += holds(directory, definition);
  fmt::print("asl-definitions: {} of {} passed\n", passed, definitions.size());
  EXPECT_EQ(passed, definitions.size());
}

}  // namespace soma::workflow
