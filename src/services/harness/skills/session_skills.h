// The skills of one session: `<session directory>/skills/files/<name>`, its own copy, made when its
// environment begins and seen by it at kSkillsMount. What the sources become later changes no session that
// runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "services/harness/skills/git_checkout.h"
#include "services/harness/skills/skill.h"
#include "services/harness/skills/skill_source.h"

namespace soma::harness {

struct SkillMachine {
  net::Executor executor;
  os::Clock& clock;
  os::IdSource& ids;
  os::ProcessLauncher& launcher;
  std::string data_directory;
  std::function<os::Result<std::string>(const std::string& reference)> read_secret;
};

// The session's copy of these sources, in their order. One that is there is taken as it is, unless `anew`.
// Errors name the source: those of read_skill_folder() and git_checkout(), kConflict when two skills have the
// same name.
net::Task<os::Result<std::vector<Skill>>> ready_session_skills(SkillMachine machine,
                                                               std::vector<SkillSource> sources,
                                                               std::string session_directory, bool anew);
// Where repositories are kept.
std::string git_cache(const std::string& data_directory);
// The host's folder that is shown at kSkillsMount.
std::string skills_folder(const std::string& session_directory);

// The folder that an s3 address stands for. kInvalidArgument when it names none.
os::Result<std::string> object_folder(const std::string& data_directory, const std::string& uri);

}  // namespace soma::harness
