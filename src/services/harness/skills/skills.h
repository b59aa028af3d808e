// Skills for whoever writes a configuration down: what a skill is (skill.h), where it comes from
// (skill_source.h), and whether those of this machine are right. What a session does with them:
// session_skills.h.
#pragma once

#include <vector>

#include "services/harness/skills/skill.h"         // IWYU pragma: export
#include "services/harness/skills/skill_source.h"  // IWYU pragma: export

namespace soma::harness {

// Reads the skills that lie on this machine as paths, in their order: what is wrong with them is told before
// a session needs them. Blocks. Errors: those of read_skill_folder(), kConflict when two have the same name.
os::Result<std::vector<Skill>> check_path_skills(const std::vector<SkillSource>& sources);

}  // namespace soma::harness
