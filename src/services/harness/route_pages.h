// Lists that are answered page by page: maxResults and nextToken, as the control plane has them.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "base/net/net.h"

namespace soma::harness {

// A page when the client does not say how long, and the longest.
inline constexpr uint64_t kPageEntries = 100, kMaxPageEntries = 1000;

// One page from the beginning of `rest`; its nextToken says what its last entry is. Tokens are places in the
// order, not entries: one that was deleted meanwhile breaks no reading.
template <typename Entry, typename TokenOf, typename JsonOf>
os::Result<json::Value> page_of(const net::Request& request, std::span<const Entry> rest,
                                std::string_view member, TokenOf token_of, JsonOf json_of) {
  SOMA_ASSIGN(const uint64_t asked, request.query_number("maxResults", kPageEntries, kMaxPageEntries));
  const size_t count = std::min<size_t>(std::max<uint64_t>(asked, 1), rest.size());
  json::Value entries = json::Array{};
  for (const Entry& entry : rest.first(count)) entries.push_back(json_of(entry));
  json::Value body = json::object({{std::string(member), std::move(entries)}});
  if (count < rest.size()) body.set("nextToken", token_of(rest[count - 1]));
  return body;
}

}  // namespace soma::harness
