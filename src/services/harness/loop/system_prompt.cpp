#include "services/harness/loop/system_prompt.h"

#include "services/harness/loop/structured_output.h"

namespace soma::harness {

std::vector<std::string> system_prompt(const RunningInvocation& running) {
  std::vector<std::string> system = running.config.system_prompt;
  if (!running.skills.empty()) system.push_back(skill_instructions(running.skills));
  if (!running.recalled.empty()) system.push_back(running.recalled);
  if (!running.config.output_schema.is_null())
    system.push_back(output_instructions(running.config.output_schema));
  return system;
}

}  // namespace soma::harness
