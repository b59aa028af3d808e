// From what a configuration names to folders of this machine.
//
// A bucket, a volume and an access point are folders whose parent no session may write in. A prefix of a
// bucket is not: another session may have the whole bucket, and put a link where the prefix's folder is. Such
// a mount says so (sandbox::Mount::shared), and is made and opened without following one.
#include <fmt/format.h>

#include <filesystem>

#include "services/harness/mounts/mount_source.h"

namespace soma::harness {
namespace {

namespace fs = std::filesystem;
using os::Code;
using os::Result;
using Belongs = sandbox::Mount::Belongs;

Result<> make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return os::fail_errno(fmt::format("cannot make {}", path), error.value());
  return {};
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

// The folder itself, without links. One with soma's data in it would show every session's files, and the
// secrets.
Result<std::string> host_folder(const MountSource& source, const std::string& data_directory) {
  std::error_code error;
  const fs::path folder = fs::canonical(source.folder, error);
  if (error || !fs::is_directory(folder, error))
    return os::fail(Code::kFailedPrecondition,
                    fmt::format("there is no folder {}, which is to be {}", source.folder, source.mount_path),
                    "make it, or take it out of filesystemConfigurations");
  const fs::path data = fs::weakly_canonical(data_directory, error);
  if (!is_below(data, folder) && !is_below(folder, data)) return folder.string();
  return os::fail(Code::kPermissionDenied,
                  fmt::format("{} cannot be {}: soma's own data is there", source.folder, source.mount_path),
                  "name a folder that neither holds the data directory nor lies in it");
}

std::string with_session(std::string folder, const std::string& session_id) {
  for (size_t at = folder.find(kSessionMark); at != std::string::npos; at = folder.find(kSessionMark, at))
    folder.replace(at, kSessionMark.size(), session_id);
  return folder;
}

Result<sandbox::Mount> bucket_mount(const MountSource& source, const MountPlace& place) {
  const std::string folder = with_session(source.folder, place.session_id);
  const std::string bucket =
      fmt::format("{}/objects/{}", place.data_directory, folder.substr(0, folder.find('/')));
  SOMA_TRY(make_directory(bucket));
  sandbox::Mount mount{.host = bucket, .belongs = Belongs::kSessions};
  if (const size_t slash = folder.find('/'); slash != std::string::npos) {
    const std::string prefix = folder.substr(slash + 1);
    SOMA_TRY(sandbox::make_directory_inside(bucket, prefix));
    mount.host = fmt::format("{}/{}", bucket, prefix);
    mount.shared = bucket;
  }
  return mount;
}

Result<sandbox::Mount> ready_mount(const MountSource& source, const MountPlace& place) {
  switch (source.kind) {
    case MountSource::Kind::kSession: {
      sandbox::Mount mount{.host = place.session_directory + source.mount_path, .belongs = Belongs::kSession};
      SOMA_TRY(make_directory(mount.host));
      return mount;
    }
    case MountSource::Kind::kBucket:
      return bucket_mount(source, place);
    case MountSource::Kind::kFileSystem: {
      sandbox::Mount mount{.host = fmt::format("{}/filesystems/{}", place.data_directory, source.folder),
                           .belongs = Belongs::kSessions};
      SOMA_TRY(make_directory(mount.host));
      return mount;
    }
    case MountSource::Kind::kHostFolder: {
      sandbox::Mount mount{.belongs = Belongs::kHost};
      SOMA_ASSIGN(mount.host, host_folder(source, place.data_directory));
      return mount;
    }
  }
  return os::fail(Code::kInternal, "a mount of no kind");
}

// The configuration was held to this as it is written; a link may lead one of the host's folders into
// another.
Result<> check_apart(const std::vector<sandbox::Mount>& mounts) {
  for (const sandbox::Mount& outer : mounts)
    for (const sandbox::Mount& inner : mounts)
      if (&outer != &inner && outer.writable && outer.belongs == Belongs::kHost &&
          inner.belongs == Belongs::kHost && is_below(inner.host, outer.host))
        return os::fail(Code::kPermissionDenied,
                        fmt::format("{}, which is to be {}, lies in {}, which is to be {} and writable",
                                    inner.host, inner.inside, outer.host, outer.inside),
                        "mount one of them, or make the outer one not writable");
  return {};
}

}  // namespace

std::vector<sandbox::Mount> named_mounts(const std::vector<MountSource>& sources) {
  std::vector<sandbox::Mount> mounts;
  for (const MountSource& source : sources)
    mounts.push_back({.inside = source.mount_path, .writable = source.writable});
  return mounts;
}

Result<std::vector<sandbox::Mount>> ready_mounts(const std::vector<MountSource>& sources,
                                                 const MountPlace& place) {
  std::vector<sandbox::Mount> mounts;
  for (const MountSource& source : sources) {
    SOMA_ASSIGN(sandbox::Mount mount, ready_mount(source, place));
    mount.inside = source.mount_path;
    mount.writable = source.writable;
    mounts.push_back(std::move(mount));
  }
  SOMA_TRY(check_apart(mounts));
  return mounts;
}

}  // namespace soma::harness
