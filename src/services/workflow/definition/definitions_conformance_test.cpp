// Definitions whose verdict is known: from the service's own recordings (asl), and from another validator
// (asl-definitions). Where this one says otherwise than that validator, the reason is in the table below and
// in docs/workflow-conformance.md.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
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
     "the service refuses a Resource that is no ARN; ${…} is text for a deployment tool, which replaces it "
     "first"},
    {"valid/valid-map-with-item-batcher-jsonata.json",
     "the service refuses a JSONPath state in a JSONata machine (recorded)"},
    {"valid/valid-assign.asl.json",
     "a variable's name is an identifier (\"top-level\" would read as a difference)"},
    {"valid/valid-current-value-predicate.json",
     "in a filter a word without quotes is no literal of the JsonPath dialect that the service runs"},
    {"valid/valid-path-array-context.json",
     "[(@.length-1)] is a script, which the JsonPath dialect that the service runs does not have"},
    {"invalid/invalid-math-add.json",
     "an intrinsic function's syntax is looked at when the machine is created, its arguments when it is "
     "called"},
    {"invalid/invalid-json-surround-syntax-extra-spaces.json",
     "white space inside {% %} belongs to the expression: JSONata over several lines is common"},
    {"invalid/invalid-jsonata-surround-syntax-no-spaces.json",
     "{%10%} begins with {% and ends with %}, which is all that the language asks"},
};

std::string folder(std::string_view name) {
  const char* root = std::getenv("SOMA_CONFORMANCE");
  return fmt::format("{}/{}", root == nullptr ? SOMA_SOURCE_DIR "/../shared/conformance" : root, name);
}

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

constexpr std::string_view kInvalid = "Invalid State Machine Definition: ";

// What the recording says of the definition: the service's sentence, or nothing where it took it.
std::string recorded_message(const json::Value& expect) {
  for (size_t i = 0; i < expect.get("api").size(); ++i) {
    const json::Value& answer = expect.get("api").at(i);
    const json::Value& error = answer.get("error");
    if (error.get("code").string_or("") == "InvalidDefinition")
      return std::string(error.get("message").string_or(""));
    const json::Value& diagnostics = answer.get("recorded").get("diagnostics");
    std::string reasons;
    for (size_t j = 0; j < diagnostics.size(); ++j) {
      const json::Value& one = diagnostics.at(j);
      reasons += fmt::format("{}{}: {} at {}", j == 0 ? "" : ", ", one.get("code").string_or(""),
                             one.get("message").string_or(""), one.get("location").string_or("null"));
    }
    if (!reasons.empty()) return fmt::format("{}'{}'", kInvalid, reasons);
  }
  return expect.get("error").string_or("") == "InvalidDefinition"
             ? std::string(expect.get("cause").string_or(""))
             : std::string();
}

// The texts that the case hands to the service as a definition, without those that an earlier answer
// completes.
std::vector<std::string> definitions_of(const json::Value& one) {
  std::vector<std::string> texts;
  auto add = [&](const json::Value& definition) {
    std::string text =
        definition.is_object() ? json::write(definition) : std::string(definition.string_or(""));
    if (!text.empty() && text.find("${") == std::string::npos) texts.push_back(text);
  };
  add(one.get("definition"));
  for (size_t i = 0; texts.empty() && i < one.get("steps").size(); ++i) {
    add(one.get("steps").at(i).get("params").get("definition"));
  }
  return texts;
}

bool agrees(const json::Value& one, const std::string& text, const std::string& expected) {
  MachineType type =
      one.get("type").string_or("") == "EXPRESS" ? MachineType::kExpress : MachineType::kStandard;
  bool alone = one.get("definition").has("Type");
  Parsed parsed = alone ? parse_state(text, "StateName", type) : parse_definition(text, type);
  std::string actual = parsed.definition ? std::string() : invalid_definition_message(parsed.diagnostics);
  // An emulator's answer, and TestState's to a state that is right but that it does not run.
  bool other_words = !expected.empty() && !expected.starts_with(kInvalid);
  bool label = expected.find("Label") != std::string::npos;
  if (actual == expected || (other_words && actual.empty() != label)) return true;
  fmt::print("{}: expected \"{}\", actual \"{}\"\n", one.get("id").string_or(""), expected, actual);
  return false;
}

}  // namespace

TEST(DefinitionsConformance, RecordingsOfTheService) {
  if (!std::filesystem::exists(folder("asl"))) GTEST_SKIP() << "no " << folder("asl");
  size_t passed = 0;
  size_t all = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder("asl"))) {
    if (file.path().extension() != ".json") continue;
    auto group = json::parse(read_file(file.path().string()));
    ASSERT_TRUE(group) << group.error().to_string();
    for (size_t i = 0; i < group->get("cases").size(); ++i) {
      const json::Value& one = group->get("cases").at(i);
      for (const std::string& text : definitions_of(one)) {
        ++all;
        passed += agrees(one, text, recorded_message(one.get("expect")));
      }
    }
  }
  fmt::print("recorded definitions: {} of {} passed\n", passed, all);
  EXPECT_EQ(passed, all);
}

TEST(DefinitionsConformance, VerdictsOfAnotherValidator) {
  std::string directory = folder("asl-definitions");
  std::string text = read_file(directory + "/index.json");
  if (text.empty()) GTEST_SKIP() << "no " << directory;
  auto index = json::parse(text);
  ASSERT_TRUE(index) << index.error().to_string();
  const json::Value& definitions = index->get("definitions");
  size_t passed = 0;
  size_t argued = 0;
  for (const json::Value& definition : definitions.as_array()) {
    passed += holds(directory, definition);
    argued += is_argued(definition.get("file").string_or(""));
  }
  fmt::print("asl-definitions: {} verdicts differ for a reason that is argued\n", argued);
  fmt::print("asl-definitions: {} of {} passed\n", passed, definitions.size());
  EXPECT_EQ(passed, definitions.size());
}

}  // namespace soma::workflow
