// The search indexes of all memories: which are in memory, kept up with the tables.
//
// An index is built when it is first asked, takes in what changed whenever it is asked again, and goes when
// others need the room (kMaxIndexBytes). What is deleted is taken out before the deletion is acknowledged.
// What an index finds is read again from the tables, which alone are right. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/store/store.h"
#include "services/memory/recall/conversation_index.h"
#include "services/memory/recall/record_index.h"

namespace soma::memory {

class Indexes {
 public:
  Indexes(store::Database& database, size_t max_bytes) : database_(database), max_bytes_(max_bytes) {}

  os::Result<std::vector<FoundRecord>> records(const std::string& memory, const RecordFilter& filter,
                                               std::string_view question, size_t limit);
  // `session` empty: of all sessions.
  os::Result<std::vector<FoundTurn>> turns(const std::string& memory, const std::string& actor,
                                           std::string_view session, std::string_view question, size_t limit,
                                           os::Time now);

  void remove_record(const std::string& memory, std::string_view id);
  // Whatever is known of the records of a memory, of the messages of an actor (empty: of all), is dropped; it
  // is built anew when it is asked.
  void drop_records(const std::string& memory);
  void drop_turns(const std::string& memory, const std::string& actor);

 private:
  template <class T>
  struct Shelf {
    std::mutex mutex;  // held while the index is read or written
    T index;
    uint64_t upto = 0, used = 0;
    size_t bytes = 0;
  };
  struct Turns {
    ConversationIndex index;
    std::map<uint64_t, std::string> sessions{};  // of each message
  };
  using Key = std::pair<std::string, std::string>;  // memory, actor
  static void take(Turns& turns, const std::vector<Event>& events);
  template <class T, class K>
  std::shared_ptr<Shelf<T>> shelf(std::map<K, std::shared_ptr<Shelf<T>>>& shelves, const K& key);
  void make_room();

  store::Database& database_;
  const size_t max_bytes_;
  std::mutex mutex_;  // of the maps
  uint64_t uses_ = 0;
  std::map<std::string, std::shared_ptr<Shelf<RecordIndex>>> records_;
  std::map<Key, std::shared_ptr<Shelf<Turns>>> turns_;
};

}  // namespace soma::memory
