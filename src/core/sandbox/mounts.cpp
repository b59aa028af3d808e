#include "core/sandbox/mounts.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace soma::sandbox {
namespace {

bool leads_into(std::string_view path, std::string_view mount_point) {
  return path.starts_with(mount_point) &&
         (path.size() == mount_point.size() || path[mount_point.size()] == '/');
}

}  // namespace

os::Result<os::Fd> open_mount(const Mount& mount) {
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  os::Fd folder;
  if (mount.shared.empty()) {
    folder = os::Fd(open(mount.host.c_str(), kFlags));
  } else {
    const std::string below = mount.host.substr(mount.shared.size() + 1);
    const auto place = locate_inside(mount.shared, below, Missing::kRefuse);
    if (!place && place.error().code != os::Code::kPermissionDenied) return std::unexpected(place.error());
    if (!place || place->relative != below)
      return os::fail(os::Code::kPermissionDenied,
                      fmt::format("{} is not mounted: a link stands on the way to its folder", mount.inside));
    folder = os::Fd(openat(place->parent.get(), place->name.c_str(), kFlags | O_NOFOLLOW));
  }
  if (!folder.valid()) return os::fail_errno(fmt::format("open {} for {}", mount.host, mount.inside), errno);
  return folder;
}

os::Result<Folder> folder_of(const std::string& workspace, std::span<const Mount> mounts,
                             std::string_view path) {
  const auto mount =
      std::ranges::find_if(mounts, [&](const Mount& one) { return leads_into(path, one.inside); });
  if (mount == mounts.end()) return Folder{.root = workspace, .mount_point = std::string(kWorkspaceMount)};
  SOMA_ASSIGN(os::Fd held, open_mount(*mount));
  return Folder{.root = fmt::format("/proc/self/fd/{}", held.get()),
                .mount_point = mount->inside,
                .writable = mount->writable,
                .held = std::move(held)};
}

}  // namespace soma::sandbox
