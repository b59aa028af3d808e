// Where a skill comes from: one entry of a configuration's `skills`, a union of exactly one member as in the
// API.
//
//   {"path": "/srv/skills/pdf"}                                       a folder on this machine
//   {"git": {"url": "https://…", "path": "skills/pdf", "auth": {"credentialArn": "secret:TOKEN", "username":
//   "ada"}}}
//   {"s3": {"uri": "s3://bucket/skills/pdf"}}                         <data
//   directory>/objects/bucket/skills/pdf
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::harness {

struct SkillSource {
  enum class Kind { kPath, kGit, kS3 };
  Kind kind = Kind::kPath;
  std::string path;          // kPath: absolute. kGit: the folder in the repository; empty: its root
  std::string url{};         // kGit: https or file. kS3: s3://bucket/prefix
  std::string credential{};  // kGit: a reference, never the secret; empty: none
  std::string username{};    // kGit, with a credential; empty: oauth2
  bool operator==(const SkillSource&) const = default;
  std::string words() const;               // for errors: the folder or the address
  os::Error named(os::Error error) const;  // the same error, which says of which skill it is
};

std::string_view skills_schema_text();
// Reads what the schema has let pass. A relative path is one beside `source`, the configuration's file;
// without it, it is refused. Errors (kInvalidArgument) have file and line of `text`.
os::Result<std::vector<SkillSource>> skill_sources_from_json(const json::Value& skills, std::string_view text,
                                                             std::string_view source);
json::Value to_json(const std::vector<SkillSource>& sources);

}  // namespace soma::harness
