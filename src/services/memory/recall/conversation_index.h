// Which turns of conversations say most about a question, by words: no model is asked.
//
// A turn is found by its own words, and less strongly by those around it: the question that it answers, what
// "it" is; by its speaker, its day, and the days that it means by "yesterday" or "last Friday". It gains when
// the question names its speaker, and when the question is "when …?" and the turn says something about time.
// conversation_index.cpp tells what was measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/os/os.h"
#include "core/search/search.h"

namespace soma::memory {

inline constexpr size_t kMaxRecallTextBytes = 16'000;  // of a turn's text; the rest is not found
inline constexpr size_t kMaxContextBytes = 2'000;      // of a turn's text, for its neighbours
inline constexpr size_t kMaxReranked = 1'000;          // turns, the best by words, that can gain otherwise

struct RecallTurn {
  uint64_t number = 0;  // unique; within a session the order of the turns
  std::string session;  // neighbours are only those of the same session
  std::string speaker;  // a name as questions use it
  std::string text;     // UTF-8
  os::Time at{};        // when it was said; found by its day, UTC, in words ("7 May 2023")
};

// In memory only, the turns' texts included. Const functions may run on many threads at once; while another
// one runs, nothing else may.
class ConversationIndex {
 public:
  // Adds turns, or replaces those of the same number. Many at once cost less than one by one, since each
  // turn's neighbours are indexed anew.
  void add(std::span<const RecallTurn> turns);
  void add(const RecallTurn& turn) { add(std::span(&turn, 1)); }
  // Nothing when there is none. The words of what was removed find its neighbours no more.
  void remove(uint64_t number);
  void remove_session(std::string_view session);

  size_t size() const { return turns_.size(); }
  size_t bytes() const;  // of memory, about

  // The best `limit` turns that `accept` takes (all, when it is empty), best first; equal ones by number,
  // lower first. A hit's document is the turn's number. Its relevance is search.h's: of the words alone.
  std::vector<search::Hit> search(std::string_view question, size_t limit,
                                  const std::function<bool(uint64_t)>& accept = {}) const;

 private:
  struct Entry {
    RecallTurn turn;
    bool tells_time = false;
  };
  using Sessions = std::map<std::string, std::set<uint64_t>, std::less<>>;

  void insert_around(uint64_t number, std::set<uint64_t>& numbers) const;
  void take_out(uint64_t number);
  void index_turn(uint64_t number);
  std::set<std::string_view> speakers_named(std::string_view question) const;

  search::Index index_;
  std::unordered_map<uint64_t, Entry> turns_;
  Sessions sessions_;
  std::map<std::string, size_t> speakers_;  // and how many turns they have
};

}  // namespace soma::memory
