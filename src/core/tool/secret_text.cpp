#include "core/tool/secret_text.h"

#include <algorithm>
#include <array>

namespace soma::tool {
namespace {

constexpr std::array<std::string_view, 3> kReferences = {"env:", "secret:", "arn:"};
// Parts of names under which secrets are sent.
constexpr std::array<std::string_view, 9> kSecretWords = {
    "auth", "token", "secret", "key", "password", "cookie", "credential", "session", "signature"};

bool is_reference(std::string_view text) {
  return std::ranges::any_of(kReferences, [&](std::string_view start) { return text.starts_with(start); });
}

}  // namespace

bool names_secret(std::string_view text) {
  if (is_reference(text)) return true;
  for (size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2))
    if (is_reference(text.substr(at + 2))) return true;
  return false;
}

bool is_secret_name(std::string_view name) {
  const std::string lower = os::to_lower(name);
  return std::ranges::any_of(kSecretWords, [&](std::string_view word) { return lower.contains(word); });
}

os::Result<std::string> with_secrets(std::string_view text, const ReadSecret& read) {
  if (is_reference(text)) return read(std::string(text));
  std::string out;
  while (true) {
    const size_t begin = text.find("${");
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    text.remove_prefix(begin + 2);
    const size_t end = text.find('}');
    if (end == std::string_view::npos || !is_reference(text.substr(0, end)))
      return os::fail(os::Code::kInvalidArgument, "what stands in ${…} names no secret",
                      "write ${env:NAME} or ${secret:NAME}");
    SOMA_ASSIGN(const std::string value, read(std::string(text.substr(0, end))));
    out += value;
    text.remove_prefix(end + 1);
  }
}

}  // namespace soma::tool
