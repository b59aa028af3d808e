#include "services/harness/skills/skill_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json/schema.h"
#include "services/harness/config_path.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Result;

constexpr std::string_view kSchema = R"json({
  "type": "array",
  "maxItems": 32,
  "description": "Folders with SKILL.md: the model is told name and description of each, and reads the rest when it needs it.",
  "items": {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": false,
    "properties": {
      "path": {"type": "string", "minLength": 1, "maxLength": 4096, "description": "A folder on the server's machine; in harness.json also one beside it."},
      "git": {
        "type": "object",
        "required": ["url"],
        "additionalProperties": false,
        "properties": {
          "url": {"type": "string", "pattern": "^(https|file)://[^#@]+$", "maxLength": 16383, "description": "https or file; the newest commit of the default branch."},
          "path": {"type": "string", "maxLength": 4096, "description": "The skill's folder in the repository."},
          "auth": {
            "type": "object",
            "required": ["credentialArn"],
            "additionalProperties": false,
            "properties": {
              "credentialArn": {"type": "string", "minLength": 1, "maxLength": 2048, "description": "A reference to a password or token: secret:NAME, env:NAME, or an ARN."},
              "username": {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[^:]+$", "default": "oauth2"}
            }
          }
        }
      },
      "s3": {
        "type": "object",
        "required": ["uri"],
        "additionalProperties": false,
        "properties": {"uri": {"type": "string", "pattern": "^s3://[^/]+/?.*$", "minLength": 6, "maxLength": 16383, "description": "A folder below objects/ in the data directory: s3://bucket/skills/pdf."}}
      },
      "awsSkills": {"type": "object", "description": "Refused: there is no catalogue of skills here."}
    }
  }
})json";

std::unexpected<os::Error> at(std::string_view pointer, std::string message, std::string_view hint,
                              std::string_view text, std::string_view source) {
  os::Error error = json::violations_error({{std::string(pointer), "", std::move(message)}}, text, source);
  error.hint = hint;
  return std::unexpected(std::move(error));
}

}  // namespace

std::string_view skills_schema_text() {
  return kSchema;
}

std::string SkillSource::words() const {
  if (kind == Kind::kPath) return path;
  return path.empty() ? url : fmt::format("{} ({})", url, path);
}

os::Error SkillSource::named(os::Error error) const {
  if (error.message.find(words()) == std::string::npos)
    error.message = fmt::format("the skill {}: {}", words(), error.message);
  return error;
}

Result<std::vector<SkillSource>> skill_sources_from_json(const Value& skills, std::string_view text,
                                                         std::string_view source) {
  std::vector<SkillSource> out;
  for (size_t index = 0; index < skills.size(); ++index) {
    const Value& entry = skills.at(index);
    const std::string pointer = fmt::format("/skills/{}", index);
    SkillSource skill;
    if (entry.has("awsSkills"))
      return at(pointer + "/awsSkills", "there is no catalogue of AWS skills here",
                "name the skill's folder with path, git or s3", text, source);
    if (entry.has("path")) {
      const std::string& path = entry.get("path").as_string();
      if (!path.starts_with('/') && source.empty())
        return at(pointer + "/path",
                  fmt::format("'{}' is relative, and there is no file that it is beside", path),
                  "name the folder from the root, as the server's machine has it", text, source);
      skill.path = configured_path(path, source);
    } else if (entry.has("git")) {
      const Value& git = entry.get("git");
      skill.kind = SkillSource::Kind::kGit;
      skill.url = git.get("url").as_string();
      skill.path = git.get("path").string_or("");
      skill.credential = git.get("auth").get("credentialArn").string_or("");
      skill.username = git.get("auth").get("username").string_or("");
      if (!skill.credential.empty() && !skill.url.starts_with("https://"))
        return at(pointer + "/git/auth", "a credential goes to https addresses only", "", text, source);
    } else {
      skill.kind = SkillSource::Kind::kS3;
      skill.url = entry.get("s3").get("uri").as_string();
    }
    if (std::ranges::find(out, skill) != out.end())
      return at(pointer, fmt::format("the skill {} is there twice", skill.words()), "", text, source);
    out.push_back(std::move(skill));
  }
  return out;
}

Value to_json(const std::vector<SkillSource>& sources) {
  Value out = json::Array{};
  for (const SkillSource& skill : sources) {
    if (skill.kind == SkillSource::Kind::kPath) {
      out.push_back(json::object({{"path", skill.path}}));
    } else if (skill.kind == SkillSource::Kind::kS3) {
      out.push_back(json::object({{"s3", json::object({{"uri", skill.url}})}}));
    } else {
      Value git = json::object({{"url", skill.url}});
      if (!skill.path.empty()) git.set("path", skill.path);
      if (!skill.credential.empty()) {
        Value auth = json::object({{"credentialArn", skill.credential}});
        if (!skill.username.empty()) auth.set("username", skill.username);
        git.set("auth", std::move(auth));
      }
      out.push_back(json::object({{"git", std::move(git)}}));
    }
  }
  return out;
}

}  // namespace soma::harness
