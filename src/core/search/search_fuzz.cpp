// Texts and questions of any bytes: terms are valid UTF-8 within their limits, and an index finds what it was
// given, forgets what was removed, and ranks in order.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/os/os.h"
#include "core/search/search.h"

namespace soma::search {
namespace {

void check(bool holds) {
  if (!holds) __builtin_trap();
}

void check_hits(const std::vector<Hit>& hits) {
  for (size_t i = 0; i < hits.size(); ++i) {
    check(hits[i].score > 0 && hits[i].relevance > 0 && hits[i].relevance <= 1);
    check(i == 0 || hits[i - 1].score > hits[i].score ||
          (hits[i - 1].score == hits[i].score && hits[i - 1].document < hits[i].document));
  }
}

void fuzz(std::string_view bytes) {
  constexpr size_t kWidestFolding = 4;  // what one character may add to a term that is one byte short
  const auto found = terms(bytes);
  check(found.size() <= kMaxDocumentTerms);
  for (const auto& term : found)
    check(!term.empty() && os::is_valid_utf8(term) && term.size() < kMaxTermBytes + 2 * kWidestFolding);

  const size_t half = bytes.size() / 2;
  Index index;
  index.add(1, bytes.substr(0, half));
  index.add(2, bytes.substr(half));
  index.add(3, bytes);
  check_hits(index.search(bytes.substr(half), 3));
  const auto hits = index.search(bytes, 3);
  check_hits(hits);
  const auto whole = std::ranges::find(hits, 3u, &Hit::document);
  check(found.empty() || (whole != hits.end() && whole->relevance > 1 - 1e-9));
  index.remove(3);
  check(std::ranges::none_of(index.search(bytes, 3), [](const Hit& hit) { return hit.document == 3; }));
  index.remove(1);
  index.remove(2);
  check(index.size() == 0 && index.search(bytes, 3).empty());
}

}  // namespace
}  // namespace soma::search

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  soma::search::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
