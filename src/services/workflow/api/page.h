// Pages of lists: how many entries are wanted, and where the last page ended.
//
// A token is opaque to clients: the list it belongs to and a place in its order. An entry that was deleted
// meanwhile breaks no reading.
#pragma once

#include <string>
#include <string_view>

#include "base/json/json.h"
#include "services/workflow/errors.h"

namespace soma::workflow::api {

inline constexpr size_t kPageEntries = 100;  // when the request does not say

struct PageRequest {
  size_t limit = kPageEntries;
  std::string after{};  // the place where the last page ended; empty: from the beginning
};
// maxResults and nextToken. `list` tells the token's list from others: InvalidToken for another one's.
Answered<PageRequest> read_page(const json::Value& parameters, std::string_view list);
void set_next_token(json::Value& answer, std::string_view list, std::string_view place);

// One page of `entries`, which are in order: those for which `after(entry)` holds (all, without a token), as
// `entry_json(entry)` in the member `member`. `place(entry)` says where an entry stands.
template <class Entries, class After, class Place, class Json>
json::Value page_of(const Entries& entries, const PageRequest& page, std::string_view list,
                    std::string_view member, After after, Place place, Json entry_json) {
  json::Value out = json::Array{};
  std::string last;
  bool more = false;
  for (const auto& entry : entries) {
    if (!page.after.empty() && !after(entry)) continue;
    if (out.size() == page.limit) {
      more = true;
      break;
    }
    out.push_back(entry_json(entry));
    last = place(entry);
  }
  json::Value answer = json::Object{};
  answer.set(member, std::move(out));
  if (more) set_next_token(answer, list, last);
  return answer;
}

}  // namespace soma::workflow::api
