#include "services/memory/recall/record_index.h"

#include <algorithm>
#include <tuple>

#include "services/memory/texts.h"

namespace soma::memory {
namespace {

// Newer knowledge goes before what it supersedes, unless the question says much more of the older.
constexpr double kSupersededWeight = 0.5;
constexpr size_t kEntryBytes = 200;  // of an entry and its places in the maps, about

// The words of JSON are its values, not its names.
std::string words_of(const std::string& text) {
  if (!text.starts_with('{')) return text;
  const auto parsed = json::parse(text);
  if (!parsed) return text;
  std::string out;
  append_texts(out, *parsed, kMaxRecordTextBytes);
  return out;
}

}  // namespace

bool is_in_path(std::string_view name_space, std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return name_space.starts_with(path) && (name_space.size() == path.size() || name_space[path.size()] == '/');
}

void RecordIndex::take(const Record& record) {
  remove(record.id);
  const uint64_t document = next_document_++;
  const auto name_space = name_spaces_.try_emplace(record.name_space, 0).first;
  ++name_space->second;
  entries_[document] = {record.id, record.strategy_id, &name_space->first, !record.superseded_by.empty()};
  documents_[record.id] = document;
  words_.add(document, words_of(record.text));
}

void RecordIndex::remove(std::string_view id) {
  const auto found = documents_.find(id);
  if (found == documents_.end()) return;
  words_.remove(found->second);
  const auto entry = entries_.find(found->second);
  const auto name_space = name_spaces_.find(*entry->second.name_space);
  if (--name_space->second == 0) name_spaces_.erase(name_space);
  entries_.erase(entry);
  documents_.erase(found);
}

size_t RecordIndex::bytes() const {
  return words_.bytes() + entries_.size() * kEntryBytes;
}

std::vector<RecordHit> RecordIndex::search(std::string_view question, const RecordFilter& filter,
                                           size_t limit) const {
  // Names of namespaces are compared once each, not once for each record.
  std::vector<const std::string*> places;
  for (const auto& [name, records] : name_spaces_)
    if (filter.name_space.empty() ? is_in_path(name, filter.path) : name == filter.name_space)
      places.push_back(&name);
  std::ranges::sort(places);
  const auto accept = [&](uint64_t document) {
    const Entry& entry = entries_.find(document)->second;
    return std::ranges::binary_search(places, entry.name_space) &&
           (filter.strategy_id.empty() || entry.strategy == filter.strategy_id);
  };
  // Twice as many: those that are superseded may fall behind others.
  std::vector<search::Hit> hits = words_.search(question, 2 * limit, accept);
  for (search::Hit& hit : hits)
    if (entries_.find(hit.document)->second.superseded) {
      hit.score *= kSupersededWeight;
      hit.relevance *= kSupersededWeight;
    }
  std::ranges::sort(hits, [](const search::Hit& left, const search::Hit& right) {
    return std::tie(right.score, left.document) < std::tie(left.score, right.document);
  });
  if (hits.size() > limit) hits.resize(limit);
  std::vector<RecordHit> out;
  for (const search::Hit& hit : hits) out.push_back({entries_.find(hit.document)->second.id, hit.relevance});
  return out;
}

}  // namespace soma::memory
