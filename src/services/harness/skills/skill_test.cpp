#include "services/harness/skills/skill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soma::harness {
namespace {

using ::testing::HasSubstr;

os::Result<Skill> parse(std::string_view front_matter) {
  return parse_skill_file("---\n" + std::string(front_matter) + "---\nDo it.\n", "SKILL.md");
}
std::string refusal(std::string_view front_matter) {
  const auto skill = parse(front_matter);
  return skill ? "taken: " + skill->name : skill.error().message;
}

TEST(SkillFile, HasNameAndDescriptionInItsFrontMatter) {
  const auto skill =
      parse("name: fill-forms\ndescription: >\n  Fills forms.\n  Use it for PDF.\nlicense: MIT\n");
  ASSERT_TRUE(skill) << skill.error().to_string();
  EXPECT_EQ(skill->name, "fill-forms");
  EXPECT_EQ(skill->description, "Fills forms. Use it for PDF.");
}

TEST(SkillFile, MayHaveCarriageReturnsAByteOrderMarkAndQuotes) {
  const auto skill =
      parse_skill_file("\xEF\xBB\xBF---\r\nname: \"a\"\r\ndescription: 'b: c'\r\n---\r\n", "f");
  ASSERT_TRUE(skill) << skill.error().to_string();
  EXPECT_EQ(*skill, (Skill{"a", "b: c"}));
}

TEST(SkillFile, WrongNamesAreToldWithTheirLine) {
  for (const char* name : {"Forms", "my_skill", "-a", "a-", "a--b", "\"\"", "a b", "../a"})
    EXPECT_THAT(refusal(std::string("description: d\nname: ") + name + "\n"), HasSubstr("SKILL.md:3: '"))
        << name;
  EXPECT_THAT(refusal("description: d\nname: " + std::string(65, 'a') + "\n"),
              HasSubstr("no name for a skill"));
  EXPECT_EQ(refusal("description: d\nname: " + std::string(64, 'a') + "\n"),
            "taken: " + std::string(64, 'a'));
}

TEST(SkillFile, ADescriptionHas1To1024Characters) {
  EXPECT_THAT(refusal("name: a\ndescription: ''\n"), HasSubstr("has 0 characters"));
  std::string text;
  for (int count = 0; count < 1024; ++count) text += "é";
  EXPECT_EQ(refusal("name: a\ndescription: " + text + "\n"), "taken: a");
  EXPECT_THAT(refusal("name: a\ndescription: " + text + "é\n"), HasSubstr("has 1025 characters"));
}

TEST(SkillFile, WhatIsMissingIsNamed) {
  EXPECT_THAT(refusal("name: a\n"), HasSubstr("no description"));
  EXPECT_THAT(refusal("description: a\n"), HasSubstr("no name"));
  EXPECT_THAT(refusal("name: [a]\ndescription: b\n"), HasSubstr("SKILL.md:2: name is no text"));
  EXPECT_THAT(refusal("- a\n"), HasSubstr("is no map"));
  EXPECT_THAT(refusal("name: a\ndescription: b: c\n"), HasSubstr("is no YAML"));
}

TEST(SkillFile, WithoutFencesThereIsNoFrontMatter) {
  for (const char* text : {"", "# Skill\n", "---\nname: a\n", "---", " ---\nname: a\n---\n", "---\n--- x\n"})
    EXPECT_FALSE(parse_skill_file(text, "SKILL.md")) << text;
}

TEST(SkillFile, AliasesThatLeadBackLeadNowhere) {
  EXPECT_EQ(refusal("name: a\ndescription: b\nmetadata: &m\n  again: *m\n"), "taken: a");
  EXPECT_THAT(refusal("name: &n [*n]\ndescription: b\n"), HasSubstr("name is no text"));
}

TEST(SkillFile, FrontMatterIsBounded) {
  EXPECT_THAT(refusal("name: a\ndescription: b\nmetadata: " + std::string(kMaxFrontMatterBytes, 'x') + "\n"),
              HasSubstr("kMaxFrontMatterBytes"));
  EXPECT_FALSE(parse("name: a\ndescription: b\nmetadata: " + std::string(10'000, '[') + "\n"));
}

TEST(SkillInstructions, NameEachSkillItsFileAndItsDescription) {
  EXPECT_EQ(skill_instructions({}), "");
  const std::vector<Skill> skills{{"a", "Does a."}, {"b", "Does b."}};
  EXPECT_THAT(skill_instructions(skills),
              HasSubstr("\n- a (/skills/a/SKILL.md): Does a.\n- b (/skills/b/SKILL.md): Does b."));
  EXPECT_EQ(skills_from_json(to_json(skills)), skills);
}

}  // namespace
}  // namespace soma::harness
