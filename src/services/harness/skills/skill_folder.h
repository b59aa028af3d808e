// A skill's folder on this machine, read within its limits: kMaxSkillBytes, kMaxSkillFiles, kMaxSkillDepth.
//
// Who writes a skill is trusted with what the model reads, not with what soma can read: a symbolic link
// counts only when it leads to a file of the same skill. ".git" is no part of a skill.
#pragma once

#include <string>

#include "services/harness/skills/skill.h"

namespace soma::harness {

// Errors: kNotFound (no folder, no SKILL.md), kInvalidArgument (SKILL.md, with file and line),
// kPermissionDenied (a link that leads out), kLimitExceeded. Blocks.
os::Result<Skill> read_skill_folder(const std::string& folder);

// Copies it to `<parent>/<the skill's name>`, readable by everybody, links as the files they lead to.
// kConflict when that name is there. Blocks.
os::Result<Skill> copy_skill_folder(const std::string& folder, const std::string& parent);

}  // namespace soma::harness
