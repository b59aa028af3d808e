// The records of one memory by their words. In memory only: built from the tables, kept up with them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/search/search.h"
#include "services/memory/memory_types.h"

namespace soma::memory {

struct RecordHit {
  std::string id;
  double score = 0;
};

// Not thread-safe.
class RecordIndex {
 public:
  void take(const Record& record);  // adds or replaces
  void remove(std::string_view id);
  size_t size() const { return entries_.size(); }
  size_t bytes() const;

  // The namespace, path and strategy of `filter` count, its metadata does not.
  std::vector<RecordHit> search(std::string_view question, const RecordFilter& filter, size_t limit) const;

 private:
  struct Entry {
    std::string id, strategy;
    const std::string* name_space = nullptr;
    bool superseded = false;
  };

  search::Index words_;
  std::map<uint64_t, Entry> entries_;
  std::map<std::string, uint64_t, std::less<>> documents_;  // by id
  std::map<std::string, size_t> name_spaces_;               // and how many records are in each
  uint64_t next_document_ = 1;
};

// "/a" is above "/a" and "/a/b", not "/ab"; "/" is above everything.
bool is_in_path(std::string_view name_space, std::string_view path);

}  // namespace soma::memory
