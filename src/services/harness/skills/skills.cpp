#include "services/harness/skills/skills.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/harness/skills/skill_folder.h"

namespace soma::harness {

using os::Code;

os::Result<std::vector<Skill>> check_path_skills(const std::vector<SkillSource>& sources) {
  std::vector<Skill> skills;
  for (const SkillSource& source : sources) {
    if (source.kind != SkillSource::Kind::kPath) continue;
    auto skill = read_skill_folder(source.path);
    if (!skill) return std::unexpected(source.named(skill.error()));
    if (std::ranges::find(skills, skill->name, &Skill::name) != skills.end())
      return os::fail(Code::kConflict,
                      fmt::format("the skill name '{}' of {} is used twice", skill->name, source.path),
                      "give each skill a name of its own in its SKILL.md");
    skills.push_back(std::move(*skill));
  }
  return skills;
}

}  // namespace soma::harness
