// Whether bubblewrap works is found out by running it, with everything that a real box has: each cause of
// failure (no user namespaces, a container's seccomp profile, a masked /proc, an old version) shows itself
// there and nowhere else.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

#include "core/sandbox/bubblewrap.h"
#include "core/sandbox/sandbox.h"
#include "core/sandbox/user_namespace.h"

namespace soma::sandbox {
namespace {

constexpr size_t kMaxReasonBytes = 500;
constexpr uint64_t kProbeMemory = 1u << 20;

std::string cause_of(std::string_view said) {
  if (said.find("No permissions to create new namespace") != std::string_view::npos ||
      said.find("setting up uid map") != std::string_view::npos ||
      said.find("clone") != std::string_view::npos)
    return "; this system does not let programs make user namespaces";
  return "";
}

os::Result<> run_empty_box(os::ProcessLauncher& launcher) {
  if (!os::find_program("bwrap"))
    return os::fail(os::Code::kFailedPrecondition, "bubblewrap (bwrap) is not installed");
  BoxPlan plan{.memory_bytes = kProbeMemory, .environment = base_environment("/"), .working_directory = "/"};
  os::Fd user_namespace;
  if (needs_own_user()) {
    SOMA_ASSIGN(user_namespace, make_user_namespace());
    plan.user_namespace = user_namespace.get();
  }
  SOMA_ASSIGN(BoxSpec spec, make_box_spec(plan, {"true"}));
  SOMA_ASSIGN(std::unique_ptr<os::Process> process, launcher.launch(spec.process));
  os::ExitStatus status = process->wait();
  if (status.code == 0) return {};
  std::array<char, kMaxReasonBytes> said{};
  ssize_t count = read(process->stderr_fd().get(), said.data(), said.size());
  std::string_view text(said.data(), static_cast<size_t>(std::max<ssize_t>(count, 0)));
  return os::fail(os::Code::kFailedPrecondition,
                  fmt::format("bubblewrap cannot run here: {}{}", os::trim(text), cause_of(text)));
}

}  // namespace

Availability probe(os::ProcessLauncher& launcher) {
  static std::mutex mutex;
  static std::optional<Availability> remembered;
  std::lock_guard lock(mutex);
  if (!remembered) {
    os::Result<> result = run_empty_box(launcher);
    remembered = result ? Availability{.available = true}
                        : Availability{.available = false,
                                       .reason = fmt::format("{}: {}", result.error().message, kRemedies)};
  }
  return *remembered;
}

}  // namespace soma::sandbox
