// The front matter of SKILL.md. Only two scalars of the top level are looked at: what else is in it (license,
// metadata, allowed-tools) is not followed, so that neither its depth nor its aliases can lead anywhere.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>

#include "services/harness/skills/skill.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

constexpr std::string_view kFence = "---";
constexpr int kFirstLine = 2;  // of the YAML: the line after the fence

std::unexpected<os::Error> wrong(std::string_view source, int line, std::string_view what,
                                 std::string_view hint) {
  return os::fail(Code::kInvalidArgument, fmt::format("{}:{}: {}", source, line, what), std::string(hint));
}

std::string_view first_line(std::string_view text) {
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What stands between the fences; nothing when there are not two.
std::optional<std::string_view> between_fences(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (first_line(text) != kFence) return std::nullopt;
  const size_t begin = text.find('\n');
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + 1);
  for (size_t at = 0; at < text.size();) {
    if (first_line(text.substr(at)) == kFence) return text.substr(0, at);
    const size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return std::nullopt;
    at = end + 1;
  }
  return std::nullopt;
}

// Characters of UTF-8 text: its bytes that continue none.
size_t characters_of(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_skill_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= kMaxSkillNameBytes && std::ranges::all_of(name, allowed) &&
         !name.starts_with('-') && !name.ends_with('-') && name.find("--") == std::string_view::npos;
}

struct Scalar {
  std::string text;
  int line = kFirstLine;
};

Result<Scalar> scalar(const YAML::Node& top, const char* key, std::string_view source) {
  const YAML::Node node = top[key];
  if (!node.IsDefined())
    return wrong(source, kFirstLine, fmt::format("the front matter has no {}", key),
                 fmt::format("add a line {}: …", key));
  const int line = node.Mark().line + kFirstLine;
  if (!node.IsScalar()) return wrong(source, line, fmt::format("{} is no text", key), "");
  Scalar out{std::string(os::trim(node.Scalar())), line};
  if (!os::is_valid_utf8(out.text)) return wrong(source, line, fmt::format("{} is not UTF-8", key), "");
  return out;
}

Result<Skill> read_top(const YAML::Node& top, std::string_view source) {
  if (!top.IsMap())
    return wrong(source, kFirstLine, "the front matter is no map", "write lines like name: my-skill");
  SOMA_ASSIGN(const Scalar name, scalar(top, "name", source));
  if (!is_skill_name(name.text))
    return wrong(source, name.line,
                 fmt::format("'{}' is no name for a skill", os::utf8_prefix(name.text, 100)),
                 "1 to 64 of a-z, 0-9 and -, which stands alone and not at an end");
  SOMA_ASSIGN(const Scalar description, scalar(top, "description", source));
  const size_t characters = characters_of(description.text);
  if (characters < 1 || characters > kMaxSkillDescriptionCharacters)
    return wrong(source, description.line,
                 fmt::format("the description has {} characters; it must have 1 to {}", characters,
                             kMaxSkillDescriptionCharacters),
                 "say what the skill does and when to use it");
  std::string one_line = description.text;
  std::ranges::replace_if(one_line, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return Skill{name.text, std::move(one_line)};
}

}  // namespace

Result<Skill> parse_skill_file(std::string_view text, std::string_view source) {
  const auto yaml = between_fences(text);
  if (!yaml)
    return wrong(source, 1, "there is no front matter",
                 "begin the file with a line ---, then name and description, then a line ---");
  if (yaml->size() > kMaxFrontMatterBytes)
    return wrong(source, 1,
                 fmt::format("the front matter has {} bytes; the limit is {} (kMaxFrontMatterBytes)",
                             yaml->size(), kMaxFrontMatterBytes),
                 "put the instructions below it");
  try {
    return read_top(YAML::Load(std::string(*yaml)), source);
  } catch (const YAML::Exception& exception) {
    const int line = exception.mark.is_null() ? kFirstLine : exception.mark.line + kFirstLine;
    return wrong(source, line, fmt::format("the front matter is no YAML: {}", exception.msg), "");
  }
}

}  // namespace soma::harness
