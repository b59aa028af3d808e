#include "services/workflow/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/aws/aws.h"
#include "base/os/text.h"

namespace soma::workflow {
namespace {

std::string own_arn(std::string_view kind, std::string_view rest) {
  return fmt::format("arn:aws:states:{}:{}:{}:{}", kRegion, kAccount, kind, rest);
}

// Version numbers begin with 1; anything else is an alias's name.
std::optional<uint64_t> version_number(std::string_view qualifier) {
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(qualifier.data(), qualifier.data() + qualifier.size(), number);
  if (problem != std::errc() || end != qualifier.data() + qualifier.size() || number == 0)
    return std::nullopt;
  return number;
}

bool forbidden(unsigned char c) {
  constexpr std::string_view kForbidden = " <>{}[]?*\"#%\\^|~`$&,;:/";
  return c < 0x20 || c == 0x7F || kForbidden.find(static_cast<char>(c)) != std::string_view::npos;
}

// U+0080 to U+009F, U+FFFE and U+FFFF, as UTF-8.
bool has_control_beyond_ascii(std::string_view name) {
  for (size_t at = 0; at + 1 < name.size(); ++at) {
    const auto first = static_cast<unsigned char>(name[at]),
               second = static_cast<unsigned char>(name[at + 1]);
    if (first == 0xC2 && second < 0xA0) return true;
    if (first == 0xEF && second == 0xBF && at + 2 < name.size() &&
        static_cast<unsigned char>(name[at + 2]) >= 0xBE)
      return true;
  }
  return false;
}

}  // namespace

std::string machine_arn(std::string_view machine) {
  return own_arn("stateMachine", machine);
}
std::string_view base_machine_name(std::string_view machine) {
  return machine.substr(0, machine.find('/'));
}
std::string name_of_key(std::string_view key) {
  const std::string hex = aws::sha256_hex(key);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20, 12));
}
std::string version_arn(std::string_view machine_arn, uint64_t version) {
  return fmt::format("{}:{}", machine_arn, version);
}
std::string alias_arn(std::string_view machine_arn, std::string_view alias) {
  return fmt::format("{}:{}", machine_arn, alias);
}
std::string activity_arn(std::string_view activity) {
  return own_arn("activity", activity);
}

Answered<Arn> parse_arn(std::string_view text, std::initializer_list<std::string_view> kinds) {
  if (!text.starts_with("arn:")) return invalid_arn(fmt::format("Invalid ARN prefix: {}", text));
  const std::vector<std::string_view> pieces = os::split(text, ':');
  // arn, partition, service, region, account, kind, and at least one part.
  constexpr size_t kHead = 6;
  if (pieces.size() <= kHead || pieces[1].empty()) return invalid_arn(fmt::format("Invalid ARN: {}", text));
  if (pieces[2] != "states")
    return invalid_arn(fmt::format("Service name in ARN is not valid in this context: {}", pieces[2]));
  Arn arn{std::string(text),
          std::string(pieces[5]),
          pieces[1] == "aws" && pieces[3] == kRegion && pieces[4] == kAccount,
          {}};
  if (std::ranges::find(kinds, std::string_view(arn.kind)) == kinds.end())
    return invalid_arn(fmt::format("Resource type not valid in this context: {}", arn.kind));
  for (size_t at = kHead; at < pieces.size(); ++at) {
    if (pieces[at].empty()) return invalid_arn(fmt::format("Invalid ARN: {}", text));
    arn.parts.emplace_back(pieces[at]);
  }
  return arn;
}

Answered<MachineReference> parse_machine_arn(std::string_view text) {
  auto arn = parse_arn(text, {"stateMachine"});
  if (!arn) return std::unexpected(std::move(arn.error()));
  if (arn->parts.size() > 2) return invalid_arn(fmt::format("Invalid ARN: {}", text));
  MachineReference reference{.arn = std::move(arn->text), .name = std::move(arn->parts[0])};
  reference.local = arn->local;
  if (const size_t slash = reference.name.find('/'); slash != std::string::npos) {
    reference.label = reference.name.substr(slash + 1);
    reference.name.resize(slash);
  }
  if (arn->parts.size() == 2) {
    reference.version = version_number(arn->parts[1]);
    if (!reference.version) reference.alias = std::move(arn->parts[1]);
  }
  return reference;
}

Answered<> check_name(std::string_view name) {
  const bool bad =
      name.empty() || !os::is_valid_utf8(name) ||
      std::ranges::any_of(name, [](char c) { return forbidden(static_cast<unsigned char>(c)); }) ||
      has_control_beyond_ascii(name);
  if (bad) return invalid_name(name);
  return {};
}

}  // namespace soma::workflow
