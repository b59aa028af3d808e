#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

constexpr std::string_view kPass = R"("Greet": {"Type": "Pass", "End": true})";

TEST(Definition, ReadsStatesInTheOrderWritten) {
  Definition definition =
      read(machine(R"("Zeta": {"Type": "Pass", "Next": "Alpha"}, "Alpha": {"Type": "Succeed"})",
                   R"(, "Comment": "two", "TimeoutSeconds": 60)"));
  ASSERT_EQ(definition.flow.states.size(), 2u);
  EXPECT_EQ(definition.flow.start_at, "Zeta");
  EXPECT_EQ(definition.flow.states[0].next, "Alpha");
  EXPECT_EQ(definition.flow.states[1].pointer, "/States/Alpha");
  EXPECT_EQ(definition.comment, "two");
  EXPECT_EQ(definition.timeout_seconds, 60);
}

TEST(Definition, KeepsItsTextAsGiven) {
  std::string text = machine(kPass) + "\n";
  EXPECT_EQ(read(text).text, text);
}

TEST(Definition, NamesEveryMissingFieldAtOnce) {
  EXPECT_EQ(errors_of("{}"),
            Lines{"SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt, States] at /"});
}

TEST(Definition, RefusesWhatIsNoObject) {
  EXPECT_EQ(errors_of("[1]"), Lines{"SCHEMA_VALIDATION_FAILED: The definition must be a JSON object at /"});
}

TEST(Definition, RefusesAnEmptyText) {
  EXPECT_EQ(errors_of("  \n").front().substr(0, 20), "MISSING_DESCRIPTION:");
}

TEST(Definition, RefusesAMachineWithoutStates) {
  EXPECT_EQ(errors_of(R"({"StartAt": "A", "States": {}})"),
            Lines{"SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States"});
}

TEST(Definition, SaysStrayWordsAsTheServicesParserDoes) {
  Parsed parsed = parse_definition("hello there", MachineType::kStandard);
  ASSERT_EQ(parsed.diagnostics.size(), 1u);
  EXPECT_EQ(parsed.diagnostics[0].code, "INVALID_JSON_DESCRIPTION");
  EXPECT_EQ(parsed.diagnostics[0].location, "[Source: (String)\"hello there\"; line: 1, column: 6]");
  EXPECT_EQ(parsed.diagnostics[0].message,
            "Unrecognized token 'hello': was expecting (JSON String, Number, Array, Object or token 'null', "
            "'true' or 'false')\n at [Source: (String)\"hello there\"; line: 1, column: 6]");
}

TEST(Definition, SaysWhereJsonIsBroken) {
  Parsed parsed = parse_definition("{\n  \"StartAt\": }", MachineType::kStandard);
  ASSERT_EQ(parsed.diagnostics.size(), 1u);
  EXPECT_EQ(parsed.diagnostics[0].position.line, 2u);
  EXPECT_EQ(parsed.diagnostics[0].position.column, 14u);
}

TEST(Definition, RefusesAKeyThatStandsTwice) {
  Parsed parsed = parse_definition(machine(R"("A": {"Type": "Pass", "Type": "Pass", "End": true})"),
                                   MachineType::kStandard);
  ASSERT_EQ(parsed.diagnostics.size(), 1u);
  EXPECT_EQ(parsed.diagnostics[0].code, "INVALID_JSON_DESCRIPTION");
  EXPECT_NE(parsed.diagnostics[0].message.find("'Type' stands twice"), std::string::npos);
}

TEST(Definition, QuotesLittleOfALongText) {
  std::string text = "[" + std::string(2000, ' ');
  Parsed parsed = parse_definition(text, MachineType::kStandard);
  ASSERT_EQ(parsed.diagnostics.size(), 1u);
  EXPECT_NE(parsed.diagnostics[0].location.find("[truncated 1501 chars]"), std::string::npos);
}

TEST(Definition, RefusesATextOverTheLimit) {
  std::string text = machine(kPass) + std::string(kMaxDefinitionBytes, ' ');
  EXPECT_EQ(errors_of(text).size(), 1u);
}

TEST(Definition, RefusesUnknownFieldsOfTheMachine) {
  EXPECT_EQ(errors_of(machine(kPass, R"(, "Coment": "typo")")),
            Lines{"SCHEMA_VALIDATION_FAILED: Field 'Coment' is not supported at /"});
}

TEST(Definition, GivesEachErrorItsLineAndColumn) {
  Parsed parsed = parse_definition("{\"StartAt\": \"A\",\n \"States\": {\n  \"A\": {\"Type\": \"Psas\"}}}",
                                   MachineType::kStandard);
  ASSERT_EQ(parsed.diagnostics.size(), 1u);
  EXPECT_EQ(parsed.diagnostics[0].location, "/States/A/Type");
  EXPECT_EQ(parsed.diagnostics[0].position.line, 3u);
  EXPECT_EQ(parsed.diagnostics[0].position.column, 9u);
}

TEST(Definition, StopsAtTheLimitOfDiagnostics) {
  std::string states = R"("A": {"Type": "Succeed")";
  for (size_t i = 0; i <= kMaxDiagnostics; ++i) states += fmt::format(R"(, "X{}": 1)", i);
  Parsed parsed = parse_definition(machine(states + "}"), MachineType::kStandard);
  EXPECT_EQ(parsed.diagnostics.size(), kMaxDiagnostics);
  EXPECT_TRUE(parsed.truncated);
}

TEST(Definition, PutsErrorsBeforeWarnings) {
  Parsed parsed = parse_definition(
      machine(R"("A": {"Type": "Pass", "Parameters": {"x": "$.y"}, "Next": "A", "Surplus": 1})"),
      MachineType::kStandard);
  ASSERT_EQ(parsed.diagnostics.size(), 2u);
  EXPECT_EQ(parsed.diagnostics[0].severity, Severity::kError);
  EXPECT_EQ(parsed.diagnostics[1].code, "NO_DOLLAR");
}

TEST(Definition, AWarningRefusesNothing) {
  Parsed parsed = parse_definition(machine(R"("A": {"Type": "Pass", "Result": {"x.$": "$.y"}, "End": true})"),
                                   MachineType::kStandard);
  EXPECT_TRUE(parsed.definition);
  EXPECT_EQ(spell(parsed, Severity::kWarning),
            Lines{"PASS_RESULT_IS_STATIC: Result is taken as it stands; Parameters evaluates paths at "
                  "/States/A/Result/x.$"});
}

TEST(Definition, OneSentenceForAllErrors) {
  Parsed parsed =
      parse_definition(machine(R"("A": {"Type": "Pass", "Next": "Nowhere"})"), MachineType::kStandard);
  EXPECT_EQ(invalid_definition_message(parsed.diagnostics),
            "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at "
            "/States/A/Next, MISSING_END_STATE: Workflow has no terminal state at null'");
}

TEST(Definition, FindsAStateInsideOthers) {
  Definition definition = read(machine(
      R"("Outer": {"Type": "Parallel", "End": true, "Branches": [
           {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor":
             {"StartAt": "Deep", "States": {"Deep": {"Type": "Succeed"}}}}}}]})"));
  ASSERT_NE(find_state(definition, "Deep"), nullptr);
  EXPECT_EQ(find_state(definition, "Deep")->pointer,
            "/States/Outer/Branches/0/States/Each/ItemProcessor/States/Deep");
  EXPECT_EQ(find_state(definition, "Absent"), nullptr);
}

TEST(Definition, ReadsOneStateByItself) {
  Parsed parsed = parse_state(R"({"Type": "Pass", "Next": "Elsewhere"})", "Lonely", MachineType::kStandard);
  ASSERT_TRUE(parsed.definition);
  EXPECT_EQ(parsed.definition->flow.start_at, "Lonely");
  EXPECT_EQ(parsed.definition->flow.states.front().next, "Elsewhere");
}

TEST(Definition, ErrorsOfALoneStateStandWhereTheServiceSays) {
  Parsed parsed = parse_state("{\"Type\": \"Parallel\",\n\"Branches\": [], \"End\": true}", "Lonely",
                              MachineType::kStandard);
  EXPECT_EQ(spell(parsed, Severity::kError),
            Lines{"SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/Lonely/Branches"});
  EXPECT_EQ(parsed.diagnostics.front().position.line, 2u);
}

TEST(Definition, ChecksWhatIsInsideALoneState) {
  Parsed parsed = parse_state(R"({"Type": "Parallel", "End": true, "Branches": [
      {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Succeed"}}}]})",
                              "Lonely", MachineType::kStandard);
  EXPECT_EQ(spell(parsed, Severity::kError),
            (Lines{"MISSING_TRANSITION_TARGET: Missing 'Next' target: B at "
                   "/States/Lonely/Branches[0]/States/A/Next",
                   "MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at "
                   "/States/Lonely/Branches[0]/States/C"}));
}

}  // namespace
}  // namespace soma::workflow
