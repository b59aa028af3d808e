#include "services/memory/recall/indexes.h"

#include <algorithm>

#include "services/memory/tables/tables.h"
#include "services/memory/turns.h"

namespace soma::memory {

using os::Result;

namespace {

constexpr size_t kReadAtOnce = 500;     // rows, while an index is built
constexpr size_t kTurnNumbers = 1'024;  // for each event; a message that holds several turns has several

// Brings a shelf up to now: `read` gives what changed after a number, in order, at most kReadAtOnce.
template <class Read>
Result<bool> catch_up(uint64_t& upto, const Read& read) {
  bool changed = false;
  for (;;) {
    SOMA_ASSIGN(const size_t got, read(upto));
    changed = changed || got > 0;
    if (got < kReadAtOnce) return changed;
  }
}

// Who says a message, as questions name them.
std::string speaker_of(const Event& event, const Turn& turn) {
  if (turn.role == Role::kUser) return event.actor_id;
  return turn.call ? turn.call->name : "";
}

}  // namespace

void Indexes::take(Turns& turns, const std::vector<Event>& events) {
  std::vector<RecallTurn> taken;
  for (const Event& event : events) {
    uint64_t number = event.change * kTurnNumbers;
    for (Turn& turn : turns_of(event)) {
      if (number == (event.change + 1) * kTurnNumbers) break;
      turns.sessions[number] = event.session_id;
      taken.push_back({number, event.session_id, speaker_of(event, turn), std::move(turn.text), turn.at});
      ++number;
    }
  }
  turns.index.add(taken);
}

template <class T, class K>
std::shared_ptr<Indexes::Shelf<T>> Indexes::shelf(std::map<K, std::shared_ptr<Shelf<T>>>& shelves,
                                                  const K& key) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Shelf<T>>& found = shelves[key];
  if (!found) found = std::make_shared<Shelf<T>>();
  found->used = ++uses_;
  return found;
}

Result<std::vector<FoundRecord>> Indexes::records(const std::string& memory, const RecordFilter& filter,
                                                  std::string_view question, size_t limit) {
  const auto shelf = this->shelf(records_, memory);
  std::vector<RecordHit> hits;
  bool grown = false;
  {
    const std::lock_guard lock(shelf->mutex);
    SOMA_ASSIGN(grown, catch_up(shelf->upto, [&](uint64_t& upto) -> Result<size_t> {
                  std::vector<Record> rows;
                  SOMA_TRY(database_.read([&](store::Connection& connection) -> Result<> {
                    SOMA_ASSIGN(rows,
                                tables::records_between(connection, memory, upto, INT64_MAX, kReadAtOnce));
                    return {};
                  }));
                  for (const Record& row : rows) shelf->index.take(row);
                  if (!rows.empty()) upto = rows.back().change;
                  return rows.size();
                }));
    if (grown) shelf->bytes = shelf->index.bytes();
    // What metadata refuses is only known when a record is read: then all that match are candidates.
    hits = shelf->index.search(question, filter, filter.metadata.empty() ? limit : shelf->index.size());
  }
  if (grown) make_room();
  std::vector<FoundRecord> out;
  SOMA_TRY(database_.read([&](store::Connection& connection) -> Result<> {
    for (const RecordHit& hit : hits) {
      if (out.size() == limit) return {};
      SOMA_ASSIGN(std::optional<Record> record, tables::read_record(connection, memory, hit.id));
      if (record && matches(record->metadata, filter.metadata))
        out.push_back({std::move(*record), hit.score});
    }
    return {};
  }));
  return out;
}

Result<std::vector<FoundTurn>> Indexes::turns(const std::string& memory, const std::string& actor,
                                              std::string_view session, std::string_view question,
                                              size_t limit, os::Time now) {
  const auto shelf = this->shelf(turns_, Key{memory, actor});
  std::vector<search::Hit> hits;
  bool grown = false;
  {
    const std::lock_guard lock(shelf->mutex);
    SOMA_ASSIGN(grown, catch_up(shelf->upto, [&](uint64_t& upto) -> Result<size_t> {
                  std::vector<Event> rows;
                  SOMA_TRY(database_.read([&](store::Connection& connection) -> Result<> {
                    SOMA_ASSIGN(rows, tables::read_events_of_actor(connection, memory, actor, upto,
                                                                   kReadAtOnce, now));
                    return {};
                  }));
                  take(shelf->index, rows);
                  if (!rows.empty()) upto = rows.back().change;
                  return rows.size();
                }));
    if (grown) shelf->bytes = shelf->index.index.bytes();
    const auto of_session = [&](uint64_t number) { return shelf->index.sessions.at(number) == session; };
    const std::function<bool(uint64_t)> all;
    hits = shelf->index.index.search(question, limit, session.empty() ? all : of_session);
  }
  if (grown) make_room();
  std::vector<FoundTurn> out;
  SOMA_TRY(database_.read([&](store::Connection& connection) -> Result<> {
    for (const search::Hit& hit : hits) {
      SOMA_ASSIGN(const std::optional<Event> event,
                  tables::event_of_change(connection, hit.document / kTurnNumbers, now));
      if (!event) continue;
      Turn turn = std::move(turns_of(*event).at(hit.document % kTurnNumbers));
      out.push_back({event->id, event->session_id, index_of(turn.source), turn.role, std::move(turn.text),
                     turn.at, hit.relevance});
    }
    return {};
  }));
  return out;
}

void Indexes::remove_record(const std::string& memory, std::string_view id) {
  std::shared_ptr<Shelf<RecordIndex>> shelf;
  {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(memory);
    if (found == records_.end()) return;
    shelf = found->second;
  }
  const std::lock_guard lock(shelf->mutex);
  shelf->index.remove(id);
}

void Indexes::drop_records(const std::string& memory) {
  const std::lock_guard lock(mutex_);
  records_.erase(memory);
}

void Indexes::drop_turns(const std::string& memory, const std::string& actor) {
  const std::lock_guard lock(mutex_);
  std::erase_if(turns_, [&](const auto& entry) {
    return entry.first.first == memory && (actor.empty() || entry.first.second == actor);
  });
}

// The least used indexes go, until what is left is small enough; the one just used stays.
void Indexes::make_room() {
  const std::lock_guard lock(mutex_);
  const auto total = [&] {
    size_t bytes = 0;
    for (const auto& [key, shelf] : records_) bytes += shelf->bytes;
    for (const auto& [key, shelf] : turns_) bytes += shelf->bytes;
    return bytes;
  };
  const auto used = [](const auto& left, const auto& right) {
    return left.second->used < right.second->used;
  };
  while (total() > max_bytes_ && records_.size() + turns_.size() > 1) {
    const auto record = std::ranges::min_element(records_, used);
    const auto turn = std::ranges::min_element(turns_, used);
    if (turn == turns_.end() || (record != records_.end() && record->second->used < turn->second->used))
      records_.erase(record);
    else
      turns_.erase(turn);
  }
}

}  // namespace soma::memory
