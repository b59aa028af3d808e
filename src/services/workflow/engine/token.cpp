#include "services/workflow/engine/token.h"

#include <charconv>

namespace soma::workflow::engine {
namespace {
constexpr size_t kSecretCharacters = 32;
}

std::string make_token(std::string_view execution_arn, TaskId task, os::IdSource& ids) {
  return os::base64_encode(std::string(execution_arn) + "#" + std::to_string(task) + "#" +
                           ids.token(kSecretCharacters));
}

std::optional<TokenOwner> owner_of_token(std::string_view token) {
  const auto text = os::base64_decode(token);
  if (!text) return std::nullopt;
  const size_t second = text->rfind('#');
  if (second == std::string::npos || second == 0) return std::nullopt;
  const size_t first = text->rfind('#', second - 1);
  if (first == std::string::npos || text->size() - second - 1 != kSecretCharacters) return std::nullopt;
  TokenOwner owner{.execution_arn = text->substr(0, first)};
  const char* begin = text->data() + first + 1;
  const char* end = text->data() + second;
  const auto [stopped, error] = std::from_chars(begin, end, owner.task);
  if (error != std::errc() || stopped != end || begin == end) return std::nullopt;
  return owner;
}

}  // namespace soma::workflow::engine
