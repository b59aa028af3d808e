#include "services/harness/skills/skill.h"

#include <fmt/format.h>

namespace soma::harness {

json::Value to_json(std::span<const Skill> skills) {
  json::Value out = json::Array{};
  for (const Skill& skill : skills)
    out.push_back(json::object({{"name", skill.name}, {"description", skill.description}}));
  return out;
}

std::vector<Skill> skills_from_json(const json::Value& value) {
  std::vector<Skill> out;
  if (!value.is_array()) return out;
  for (const json::Value& entry : value.as_array())
    out.push_back(
        {std::string(entry.get("name").string_or("")), std::string(entry.get("description").string_or(""))});
  return out;
}

std::string skill_instructions(std::span<const Skill> skills) {
  if (skills.empty()) return {};
  std::string text =
      "Skills are folders with instructions for a kind of task. When a task fits one of these, read its "
      "SKILL.md "
      "first (file_operations, view) and follow it; other files that it names are beside it. They cannot be "
      "changed.\n";
  for (const Skill& skill : skills)
    text += fmt::format("\n- {} ({}/{}/{}): {}", skill.name, kSkillsMount, skill.name, kSkillFile,
                        skill.description);
  return text;
}

}  // namespace soma::harness
