#include "services/workflow/executions/execution_names.h"

#include <fmt/format.h>

#include <vector>

#include "base/os/os.h"
#include "services/workflow/names.h"

namespace soma::workflow {
namespace {

// "arn:aws:states:REGION:ACCOUNT:" of a machine's ARN.
std::string_view prefix_of(std::string_view machine_arn) {
  size_t end = 0;
  for (int colons = 0; colons < 5 && end != std::string_view::npos; ++colons)
    end = machine_arn.find(':', end) + 1;
  return machine_arn.substr(0, end);
}

}  // namespace

std::string execution_arn(std::string_view machine_arn, std::string_view name) {
  return fmt::format("{}execution:{}:{}", prefix_of(machine_arn), machine_name_of(machine_arn), name);
}

std::string express_arn(std::string_view machine_arn, std::string_view name, std::string_view id) {
  return fmt::format("{}express:{}:{}:{}", prefix_of(machine_arn), machine_name_of(machine_arn), name, id);
}

std::string map_run_arn(std::string_view machine_arn, std::string_view id) {
  return fmt::format("{}mapRun:{}:{}", prefix_of(machine_arn), machine_name_of(machine_arn), id);
}

std::optional<std::string> run_of_map_run(std::string_view arn) {
  const std::vector<std::string_view> parts = os::split(arn, ':');
  if (parts.size() != 8 || parts[0] != "arn" || parts[2] != "states" || parts[5] != "mapRun" ||
      parts[6].empty() || parts[7].empty())
    return std::nullopt;
  return fmt::format("mapRun/{}", parts[7]);
}

std::optional<std::string> run_of_execution(std::string_view arn) {
  const std::vector<std::string_view> parts = os::split(arn, ':');
  if (parts.size() < 8 || parts[0] != "arn" || parts[2] != "states") return std::nullopt;
  for (size_t part = 6; part < parts.size(); ++part)
    if (parts[part].empty()) return std::nullopt;
  if (parts[5] == "execution" && parts.size() == 8) return fmt::format("execution/{}/{}", parts[6], parts[7]);
  if (parts[5] == "express" && parts.size() == 9)
    return fmt::format("express/{}/{}/{}", parts[6], parts[7], parts[8]);
  return std::nullopt;
}

std::string_view machine_name_of(std::string_view machine_arn) {
  const std::string_view rest = machine_arn.substr(prefix_of(machine_arn).size());
  const size_t name = rest.find(':') + 1;
  return rest.substr(name, rest.find(':', name) - name);
}

std::string arn_of_run(std::string_view run) {
  const size_t machine = run.find('/') + 1, name = run.rfind('/') + 1;
  return fmt::format("arn:aws:states:{}:{}:execution:{}:{}", kRegion, kAccount,
                     run.substr(machine, name - 1 - machine), run.substr(name));
}

std::string_view name_of_run(std::string_view run) {
  return run.substr(run.rfind('/') + 1);
}

}  // namespace soma::workflow
