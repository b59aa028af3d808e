// Full-text search in memory: which documents say most about a question, by words alone.
//
//   Index   documents by number, added and removed one by one; ranked by BM25 (Robertson & Zaragoza, 2009)
//           over stemmed words
//   terms   how a text becomes words
//
// The index is rebuilt from what it was made of; it is never written to disk, so what was removed is gone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace soma::search {

// The words of a text as the index has them: Unicode letters and digits, case folded, stemmed (Snowball
// English), without stop words.
std::vector<std::string> terms(std::string_view text);

struct Hit {
  uint64_t document = 0;
  double score = 0;      // BM25's: comparable within one search
  double relevance = 0;  // 0..1, comparable between searches: how much of what the query says the document says
};

class Index {
 public:
  Index();
  ~Index();
  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;

  // Adds a document, or replaces it.
  void add(uint64_t document, std::string_view text);
  void remove(uint64_t document);  // nothing when there is none
  size_t size() const;
  size_t bytes() const;  // of memory, about

  // The best `limit` documents that `accept` takes (all, when it is empty), best first; equal ones by number,
  // lower first. The words' weights come from all documents of the index.
  std::vector<Hit> search(std::string_view query, size_t limit,
                          const std::function<bool(uint64_t)>& accept = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace soma::search
