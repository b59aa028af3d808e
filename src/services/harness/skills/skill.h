// A skill: a folder with SKILL.md, instructions for one kind of task that a model reads when it needs them.
// What the model is always told is a line for each: name, description, where it is. Source:
// agentskills.io/specification.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::harness {

inline constexpr size_t kMaxSkills = 32;             // of one harness
inline constexpr size_t kMaxSkillBytes = 16u << 20;  // of one skill's files together
inline constexpr size_t kMaxSkillFiles = 1'000;      // of one skill, folders included
inline constexpr size_t kMaxSkillDepth = 16;         // folders in each other
inline constexpr size_t kMaxSkillNameBytes = 64;
inline constexpr size_t kMaxSkillDescriptionCharacters = 1024;
inline constexpr size_t kMaxFrontMatterBytes = 16u << 10;
inline constexpr std::string_view kSkillFile = "SKILL.md";
inline constexpr std::string_view kSkillsMount =
    "/skills";  // where a session's sandbox and file tool have them

struct Skill {
  std::string name;         // [a-z0-9-], no "-" at an end and no two of them; a folder of that name
  std::string description;  // what it does and when to use it
  bool operator==(const Skill&) const = default;
};

json::Value to_json(std::span<const Skill> skills);
// Of what to_json() made; anything else is left out.
std::vector<Skill> skills_from_json(const json::Value& value);

// What the system prompt says of them; empty when there are none.
std::string skill_instructions(std::span<const Skill> skills);

// Reads the front matter of a SKILL.md: YAML between two lines of "---", with `name` and `description`.
// Errors (kInvalidArgument) have file and line; `source` is the file's name for them.
os::Result<Skill> parse_skill_file(std::string_view text, std::string_view source);

}  // namespace soma::harness
