// Semantic memory: what was said to be so, a sentence each.
//
// facts.h picks the sentences and makes them stand alone; here they meet what is known. The same again is
// skipped, or rewritten when it says more; another value for a slot (slots.h) is added and supersedes the
// record with the old value, since the rules cannot know which one is true; everything else is added.
#include "services/memory/strategies/semantic.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include "services/memory/strategies/facts.h"
#include "services/memory/strategies/language/words.h"
#include "services/memory/strategies/slots.h"

namespace soma::memory {
namespace {

constexpr size_t kSimilarRecords = 5;  // that a new fact is compared with

// The key of a fact without a slot: FNV-1a over what it says, so that the same said again has the same key.
std::string hashed_subject(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string& word : language::content_words(text))
    for (const char c : word + " ") hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("#{:016x}", hash);
}

class Consolidation {
 public:
  explicit Consolidation(const KnownRecords& known) : known_(known) {}

  void take(Fact fact) {
    const std::optional<Slot> slot = slot_of(fact.text);
    std::string subject = slot ? slot->key : hashed_subject(fact.text);
    if (is_repeated(fact, subject)) return;
    Change change{
        .text = std::move(fact.text), .subject = std::move(subject), .sources = std::move(fact.sources)};
    if (slot ? settle_slot(change, slot->value) : settle_similar(change))
      changes_.push_back(std::move(change));
  }

  std::vector<Change> changes() { return std::move(changes_); }

 private:
  // The same as another fact of this consolidation: its sources are said to say so, too.
  bool is_repeated(const Fact& fact, const std::string& subject) {
    for (Change& change : changes_) {
      const bool same = change.text == fact.text ||
                        (change.subject == subject && language::says_the_same(change.text, fact.text));
      if (!same) continue;
      for (const std::string& source : fact.sources)
        if (std::ranges::find(change.sources, source) == change.sources.end())
          change.sources.push_back(source);
      return true;
    }
    return false;
  }

  // Whether the change is to be made. The newest record about the slot is the one that counts.
  bool settle_slot(Change& change, std::string_view value) const {
    const std::vector<Known> about = known_.about(Place::kRecords, change.subject);
    if (about.empty()) return true;
    const Known& newest = about.back();
    const std::optional<Slot> known = slot_of(newest.text);
    if (!known || !same_value(known->value, value)) {
      change.supersedes = newest.id;
      return true;
    }
    return rewrites(change, newest);
  }

  bool settle_similar(Change& change) const {
    for (const Known& same : known_.about(Place::kRecords, change.subject))
      if (same.text == change.text || language::says_the_same(same.text, change.text))
        return rewrites(change, same);
    for (const Known& similar : known_.like(Place::kRecords, change.text, kSimilarRecords))
      if (language::says_the_same(similar.text, change.text)) return rewrites(change, similar);
    return true;
  }

  // Says the same as `known`: worth a rewrite when it says more words of it.
  static bool rewrites(Change& change, const Known& known) {
    if (language::content_words(change.text).size() <= language::content_words(known.text).size())
      return false;
    change.record_id = known.id;
    return true;
  }

  const KnownRecords& known_;
  std::vector<Change> changes_;
};

class Semantic final : public Strategy {
 public:
  Consolidated consolidate(const Conversation& conversation, const KnownRecords& known,
                           json::Value& /*notes*/) const override {
    Consolidation consolidation(known);
    for (Fact& fact : facts_of(conversation)) consolidation.take(std::move(fact));
    return {.changes = consolidation.changes()};
  }
};

}  // namespace

const Strategy& semantic_strategy() {
  static const Semantic strategy;
  return strategy;
}

}  // namespace soma::memory
