#include "services/harness/mounts/mount_source.h"

#include <fmt/format.h>

#include "base/json/schema.h"
#include "services/harness/config_path.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Result;

// The patterns and lengths are those of the AgentCore control plane's service model.
constexpr std::string_view kSchema = R"json({
  "type": "array",
  "maxItems": 10,
  "description": "Folders that a session has beside its workspace.",
  "items": {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": false,
    "properties": {
      "sessionStorage": {
        "type": "object",
        "required": ["mountPath"],
        "additionalProperties": false,
        "description": "The session's own, and gone with it; counts for its disk limit.",
        "properties": {"mountPath": @mountPath@}
      },
      "s3BucketMount": {
        "type": "object",
        "required": ["bucket", "mountPath"],
        "additionalProperties": false,
        "description": "A folder below objects/ in the data directory.",
        "properties": {
          "bucket": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "minLength": 3, "maxLength": 63},
          "prefix": {
            "type": "string",
            "pattern": "^[a-zA-Z0-9{][a-zA-Z0-9!_.*'()/{}-]*$",
            "minLength": 1,
            "maxLength": 1024,
            "description": "The folder in the bucket; {runtimeSessionId} stands for the session's id."
          },
          "s3BucketOwner": {"type": "string", "pattern": "^[0-9]{12}$", "description": "Read for compatibility."},
          "s3BucketRegion": {"type": "string", "pattern": "^([a-z]+-){2,3}[0-9]+$", "maxLength": 32, "description": "Read for compatibility."},
          "mountPath": @mountPath@
        }
      },
      "efsAccessPoint": {
        "type": "object",
        "required": ["accessPointArn", "mountPath"],
        "additionalProperties": false,
        "description": "One folder for all sessions that name the access point.",
        "properties": {"accessPointArn": @efsArn@, "mountPath": @mountPath@}
      },
      "s3FilesAccessPoint": {
        "type": "object",
        "required": ["accessPointArn", "mountPath"],
        "additionalProperties": false,
        "description": "One folder for all sessions that name the access point.",
        "properties": {"accessPointArn": @s3FilesArn@, "mountPath": @mountPath@}
      },
      "capacityProviderVolume": {
        "type": "object",
        "required": ["volumeName", "mountPath"],
        "additionalProperties": false,
        "description": "One folder for all sessions that name the volume.",
        "properties": {
          "volumeName": {"type": "string", "pattern": "^[a-zA-Z][a-zA-Z0-9_-]{0,47}$"},
          "mountPath": @mountPath@
        }
      },
      "hostFolder": {
        "type": "object",
        "required": ["path", "mountPath"],
        "additionalProperties": false,
        "description": "A folder of the server's machine, to look at unless it is writable.",
        "properties": {
          "path": {"type": "string", "minLength": 1, "maxLength": 4096, "description": "In harness.json also one beside it."},
          "writable": {"type": "boolean", "default": false},
          "mountPath": @mountPath@
        }
      }
    }
  }
})json";

constexpr std::string_view kCodeSchema = R"json({
  "type": "array",
  "maxItems": 10,
  "items": {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": false,
    "properties": {
      "efsConfiguration": {
        "type": "object",
        "required": ["accessPointArn", "fileSystemArn", "mountPath"],
        "additionalProperties": false,
        "properties": {
          "accessPointArn": @efsArn@,
          "fileSystemArn": {"type": "string", "pattern": "^arn:aws[-a-z]*:elasticfilesystem:[a-z0-9-]+:[0-9]{12}:file-system/fs-[0-9a-f]{8,40}$"},
          "mountPath": @mountPath@
        }
      },
      "s3FilesConfiguration": {
        "type": "object",
        "required": ["accessPointArn", "fileSystemArn", "mountPath"],
        "additionalProperties": false,
        "properties": {
          "accessPointArn": @s3FilesArn@,
          "fileSystemArn": {"type": "string", "pattern": "^arn:aws[-a-z]*:s3files:[a-z0-9-]+:[0-9]{12}:file-system/fs-[0-9a-f]{17,40}$"},
          "mountPath": @mountPath@
        }
      }
    }
  }
})json";

constexpr std::pair<std::string_view, std::string_view> kParts[] = {
    {"@mountPath@",
     R"json({"type": "string", "pattern": "^/mnt/[a-zA-Z0-9._-]+/?$", "minLength": 6, "maxLength": 200, "description": "/mnt/ and one name."})json"},
    {"@efsArn@",
     R"json({"type": "string", "pattern": "^arn:aws[-a-z]*:elasticfilesystem:[0-9a-z-:]+:access-point/fsap-[0-9a-f]{8,40}$", "maxLength": 128})json"},
    {"@s3FilesArn@",
     R"json({"type": "string", "pattern": "^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}$", "maxLength": 256})json"},
};

std::string with_parts(std::string_view schema) {
  std::string text(schema);
  for (const auto& [mark, part] : kParts)
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + part.size()))
      text.replace(at, mark.size(), part);
  return text;
}

std::string last_part(const std::string& arn) {
  return arn.substr(arn.rfind('/') + 1);
}

// "data/{runtimeSessionId}/" -> "/data/{runtimeSessionId}".
Result<std::string> prefix_folder(std::string_view prefix) {
  std::string folder;
  for (const std::string_view part : os::split(prefix, '/')) {
    if (part.empty()) continue;
    if (part == "." || part == "..")
      return os::fail(os::Code::kInvalidArgument, fmt::format("'{}' has a part that is {}", prefix, part));
    folder += fmt::format("/{}", part);
  }
  std::string rest = folder;
  for (size_t at = rest.find(kSessionMark); at != std::string::npos; at = rest.find(kSessionMark))
    rest.erase(at, kSessionMark.size());
  if (rest.find_first_of("{}") != std::string::npos)
    return os::fail(os::Code::kInvalidArgument,
                    fmt::format("'{}' has braces that are not {}", prefix, kSessionMark));
  return folder;
}

// One entry, whose only member is `kind`.
Result<MountSource> read_source(const std::string& kind, const Value& fields, std::string_view source) {
  MountSource out;
  out.mount_path = fields.get("mountPath").as_string();
  if (out.mount_path.ends_with('/')) out.mount_path.pop_back();
  if (out.mount_path == "/mnt/." || out.mount_path == "/mnt/..")
    return os::fail(os::Code::kInvalidArgument, fmt::format("{} is no name of a folder", out.mount_path));
  Value canonical = fields;
  canonical.set("mountPath", out.mount_path);
  if (kind == "sessionStorage") {
    out.kind = MountSource::Kind::kSession;
  } else if (kind == "s3BucketMount") {
    out.kind = MountSource::Kind::kBucket;
    SOMA_ASSIGN(const std::string prefix, prefix_folder(fields.get("prefix").string_or("")));
    out.folder = fields.get("bucket").as_string() + prefix;
  } else if (kind == "hostFolder") {
    out.kind = MountSource::Kind::kHostFolder;
    const std::string& path = fields.get("path").as_string();
    if (!path.starts_with('/') && source.empty())
      return os::fail(os::Code::kInvalidArgument,
                      fmt::format("'{}' is relative, and there is no file that it is beside", path),
                      "name the folder from the root, as the server's machine has it");
    out.folder = configured_path(path, source);
    out.writable = fields.get("writable").bool_or(false);
    canonical.set("path", out.folder);
  } else {
    out.kind = MountSource::Kind::kFileSystem;
    const std::string arn(fields.get("accessPointArn").string_or(""));
    out.folder = arn.empty() ? "volumes/" + fields.get("volumeName").as_string()
                             : (kind.starts_with("efs") ? "efs/" : "s3files/") + last_part(arn);
  }
  out.entry = json::object({{kind, std::move(canonical)}});
  return out;
}

// Who may write in a folder decides what is mounted from below it.
Result<> check_apart(const MountSource& one, const MountSource& other) {
  if (one.mount_path == other.mount_path)
    return os::fail(os::Code::kInvalidArgument, fmt::format("{} is there twice", one.mount_path),
                    "give each folder a place of its own");
  if (one.kind != MountSource::Kind::kHostFolder || other.kind != MountSource::Kind::kHostFolder) return {};
  const auto is_above = [](const std::string& above, const std::string& below) {
    return below.starts_with(above) &&
           (above == "/" || below.size() == above.size() || below[above.size()] == '/');
  };
  const bool overlap = (one.writable && is_above(one.folder, other.folder)) ||
                       (other.writable && is_above(other.folder, one.folder));
  if (!overlap) return {};
  return os::fail(os::Code::kInvalidArgument,
                  fmt::format("{} and {} lie in each other", one.folder, other.folder),
                  "mount one of them, or make the outer one not writable");
}

Result<> check_apart(const MountSource& mount, const std::vector<MountSource>& others) {
  for (const MountSource& other : others) SOMA_TRY(check_apart(mount, other));
  return {};
}

}  // namespace

std::string_view mounts_schema_text() {
  static const std::string text = with_parts(kSchema);
  return text;
}

Result<std::vector<MountSource>> mount_sources_from_json(const Value& mounts, std::string_view pointer,
                                                         std::string_view text, std::string_view source) {
  std::vector<MountSource> out;
  for (size_t index = 0; index < mounts.size(); ++index) {
    const auto& [kind, fields] = mounts.at(index).as_object().front();
    const std::string place = fmt::format("{}/{}/{}", pointer, index, kind);
    auto mount = read_source(kind, fields, source);
    if (mount) {
      if (Result<> apart = check_apart(*mount, out); !apart) mount = std::unexpected(apart.error());
    }
    if (!mount) {
      os::Error error = json::violations_error({{place, "", mount.error().message}}, text, source);
      error.hint = mount.error().hint;
      return std::unexpected(std::move(error));
    }
    out.push_back(std::move(*mount));
  }
  return out;
}

Result<std::vector<MountSource>> code_mounts_from_json(const Value& mounts) {
  static const json::Schema schema =
      json::Schema::compile(json::parse(with_parts(kCodeSchema)).value()).value();
  auto violations = schema.validate(mounts);
  for (json::Violation& violation : violations)
    violation.pointer = "/filesystemConfigurations" + violation.pointer;
  if (!violations.empty()) return std::unexpected(json::violations_error(violations, "", ""));
  return mount_sources_from_json(mounts, "/filesystemConfigurations", "", "");
}

Value to_json(const std::vector<MountSource>& mounts) {
  Value out = json::Array{};
  for (const MountSource& mount : mounts) out.push_back(mount.entry);
  return out;
}

}  // namespace soma::harness
