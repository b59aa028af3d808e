// Folders that a session has beside its workspace: one entry of a configuration's `filesystemConfigurations`,
// a union of exactly one member as in the API.
//
//   {"sessionStorage": {"mountPath": "/mnt/data"}}                   the session's own
//   {"s3BucketMount": {"bucket": "reports", "prefix": "2026/{runtimeSessionId}", "mountPath":
//   "/mnt/reports"}}
//                                                                    <data
//                                                                    directory>/objects/reports/2026/<session>
//   {"efsAccessPoint": {"accessPointArn": "arn:…:access-point/fsap-…", "mountPath": "/mnt/team"}}
//   {"s3FilesAccessPoint": {"accessPointArn": "arn:…", "mountPath": "/mnt/papers"}}
//   {"capacityProviderVolume": {"volumeName": "models", "mountPath": "/mnt/models"}}
//                                   one folder below <data directory>/filesystems for all sessions that name
//                                   the same
//   {"hostFolder": {"path": "/srv/project", "mountPath": "/mnt/project", "writable": true}}
//                                                                    a folder of this machine; soma's own
//                                                                    member
//
// The code interpreter's API spells two of them otherwise: efsConfiguration and s3FilesConfiguration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"
#include "core/sandbox/sandbox.h"

namespace soma::harness {

inline constexpr std::string_view kSessionMark = "{runtimeSessionId}";  // in a bucket's prefix

struct MountSource {
  enum class Kind { kSession, kBucket, kFileSystem, kHostFolder };
  Kind kind = Kind::kSession;
  std::string mount_path;  // "/mnt/data", without a slash at its end
  // kBucket: bucket, or bucket/prefix. kFileSystem: its folder below <data directory>/filesystems.
  // kHostFolder: absolute.
  std::string folder{};
  bool writable = true;
  json::Value entry{};  // as the configuration has it, in its canonical form
  bool operator==(const MountSource& other) const { return entry == other.entry; }
};

std::string_view mounts_schema_text();
// Reads what the schema has let pass. A relative path of a host's folder is one beside `source`, the
// configuration's file; without it, it is refused. Errors (kInvalidArgument) have file and line of `text`.
os::Result<std::vector<MountSource>> mount_sources_from_json(const json::Value& mounts,
                                                             std::string_view pointer, std::string_view text,
                                                             std::string_view source);
// The same of a request of the code interpreter's API.
os::Result<std::vector<MountSource>> code_mounts_from_json(const json::Value& mounts);
json::Value to_json(const std::vector<MountSource>& mounts);

// Their places and rights, without folders: enough to tell a model of them.
std::vector<sandbox::Mount> named_mounts(const std::vector<MountSource>& sources);

// Whose mounts they are.
struct MountPlace {
  std::string data_directory;
  std::string session_directory;
  std::string session_id;
};
// Makes the folders that are soma's to make. kFailedPrecondition: a folder of the host that is not there;
// kPermissionDenied: one that would show soma's own data, or lies in a writable one; a link in the way. And
// the file system's.
os::Result<std::vector<sandbox::Mount>> ready_mounts(const std::vector<MountSource>& sources,
                                                     const MountPlace& place);

}  // namespace soma::harness
