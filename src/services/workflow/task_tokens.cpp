#include "services/workflow/task_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace soma::workflow {
namespace {

constexpr size_t kSecretCharacters = 32;  // of 62: 190 bits
constexpr char kSeparator = '\n';         // in no name of an execution

}  // namespace

std::string make_task_token(std::string_view execution_arn, uint64_t task, os::IdSource& ids) {
  std::string token =
      os::base64_encode(fmt::format("{}{}{}{}{}", ids.token(kSecretCharacters), kSeparator, task, kSeparator,
                                    execution_arn));
  std::ranges::replace(token, '+', '-');
  std::ranges::replace(token, '/', '_');
  while (token.ends_with('=')) token.pop_back();
  return token;
}

std::optional<TaskAddress> read_task_token(std::string_view token) {
  if (token.empty() || token.size() > kMaxTokenBytes) return std::nullopt;
  std::string text(token);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  const os::Result<std::string> decoded = os::base64_decode(text);
  if (!decoded) return std::nullopt;
  const std::vector<std::string_view> parts = os::split(*decoded, kSeparator);
  if (parts.size() != 3 || parts[0].size() != kSecretCharacters) return std::nullopt;
  TaskAddress address;
  address.execution_arn = parts[2];
  const char* end = parts[1].data() + parts[1].size();
  const auto [stop, error] = std::from_chars(parts[1].data(), end, address.task);
  if (error != std::errc() || stop != end) return std::nullopt;
  return address;
}

}  // namespace soma::workflow
