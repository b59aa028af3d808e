// Full-text search in memory: which documents say most about a question, by words alone.
//
//   Index   documents by number, added and removed one by one; ranked by BM25 (Robertson & Zaragoza, "The
//           Probabilistic Relevance Framework: BM25 and Beyond", 2009) over stemmed words
//   terms   how a text becomes words
//
// The index is rebuilt from what it was made of; it is never written to disk, so what was removed is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace soma::search {

inline constexpr size_t kMaxTermBytes = 64;          // about: a longer word goes by its beginning
inline constexpr size_t kMaxDocumentTerms = 50'000;  // of a document, the first ones; the rest is not found
inline constexpr size_t kMaxQueryTerms = 256;        // different ones, the first; the rest does not count

// The words of a text as the index has them, in order, at most kMaxDocumentTerms:
//   * runs of Unicode letters and digits; an apostrophe between two letters belongs to the word. Where a
//     script writes no spaces (Han, kana, Thai …) and in Hangul each pair of neighbouring characters is one,
//     a character between others is one alone
//   * folded: case, the accents of Latin and Greek letters, full-width forms
//   * English function words and question words are left out
//   * what is made of the letters a-z is stemmed (Snowball English): "Helena's dishes" is "helena", "dish"
// Bytes that are not UTF-8 separate words.
std::vector<std::string> terms(std::string_view text);

// A text within a document that counts more or less than others, as a title or what stands beside it does.
// A word counts as often as it is written times the weight, and so does the document's length (Robertson,
// Zaragoza & Taylor, "Simple BM25 extension to multiple weighted fields", 2004).
struct Part {
  std::string_view text;
  double weight = 1;  // 1/256 to kMaxPartWeight, in steps of 1/256; others are rounded to one of these
};
inline constexpr double kMaxPartWeight = 100;

struct Hit {
  uint64_t document = 0;
  double score = 0;  // BM25's, above 0: comparable within one search
  // 0..1, comparable between searches and indexes: how much of what the query says the document says. The
  // share of the query's words that the document has, each word by its weight:
  //   sum over words of w * min(in the document, in the query)  /  sum over words of w * (in the query)
  // where w is the word's inverse document frequency. 1: the document has every word as often as the query,
  // as the query's own text does; its other words do not matter. A word that no document has weighs as much
  // as one that a single document has, so a query about unknown things has no hit near 1. Unlike the score
  // it knows nothing of length and repetition: it is not always in the score's order.
  double relevance = 0;
};

// Owned by whoever keeps the documents. Const functions may run on many threads at once; while add() or
// remove() runs, nothing else may.
class Index {
 public:
  Index();
  ~Index();
  Index(Index&&) noexcept;  // leaves an index that can only be assigned to or destroyed
  Index& operator=(Index&&) noexcept;

  // Adds a document, or replaces it. Takes time by the length of the text.
  void add(uint64_t document, std::string_view text);
  void add(uint64_t document, std::span<const Part> parts);
  // Nothing when there is none. Words that no other document has are forgotten at once, and all weights are
  // as if the document had never been; its numbers of words stay until half of the index was removed.
  void remove(uint64_t document);
  size_t size() const;   // documents
  size_t bytes() const;  // of memory, about; counted anew: takes time by the number of words

  // The best `limit` documents that `accept` takes (all, when it is empty), best first; equal ones by number,
  // lower first. Only documents that have a word of the query. The words' weights come from all documents of
  // the index, whatever `accept` says.
  std::vector<Hit> search(std::string_view query, size_t limit,
                          const std::function<bool(uint64_t)>& accept = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace soma::search
