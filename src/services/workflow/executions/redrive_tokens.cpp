#include "services/workflow/executions/redrive_tokens.h"

#include "base/json/json.h"

namespace soma::workflow {
namespace {

using json::Value;

// [{"token", "at": ms}], oldest first, those that are not out of date.
json::Array read(std::string_view label, os::Time now) {
  json::Array out;
  const auto tokens = label.empty() ? os::Result<Value>(json::Array{}) : json::parse(label);
  if (!tokens || !tokens->is_array()) return out;
  for (const Value& entry : tokens->as_array())
    if (now - os::from_unix_ms(entry.get("at").int_or(0)) < kRedriveTokenLife) out.push_back(entry);
  return out;
}

}  // namespace

std::optional<os::Time> redriven_with(std::string_view label, std::string_view token, os::Time now) {
  for (const Value& entry : read(label, now))
    if (entry.get("token").string_or("") == token) return os::from_unix_ms(entry.get("at").int_or(0));
  return std::nullopt;
}

std::string with_redrive_token(std::string_view label, std::string_view token, os::Time redriven) {
  json::Array tokens = read(label, redriven);
  tokens.push_back(json::object({{"token", token}, {"at", os::unix_ms(redriven)}}));
  if (tokens.size() > kMaxRedriveTokens)
    tokens.erase(tokens.begin(), tokens.end() - static_cast<std::ptrdiff_t>(kMaxRedriveTokens));
  return json::write(Value(std::move(tokens)));
}

}  // namespace soma::workflow
