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
#include <utility>
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

std::string subject_of(std::string_view fact) {
  const std::optional<Slot> slot = slot_of(fact);
  return slot ? slot->key : hashed_subject(fact);
}

class Consolidation {
 public:
  explicit Consolidation(const KnownRecords& known) : known_(known) {}

  void take(Fact fact) {
    std::string corrected_id = find_corrected(fact);
    const std::optional<Slot> slot = slot_of(fact.text);
    std::string subject = slot ? slot->key : hashed_subject(fact.text);
    std::vector<std::string> content = language::content_words(fact.text);
    if (is_repeated(fact, subject, slot.has_value(), content)) return;
    if (fact.repeats_known && is_known(fact.text, content)) return;
    if (!fact.answer.empty() && is_known(fact.answer, language::content_words(fact.answer))) return;
    Change change{
        .text = std::move(fact.text), .subject = std::move(subject), .sources = std::move(fact.sources)};
    if (!corrected_id.empty()) {
      if (is_recorded(change)) return;
      change.supersedes = std::move(corrected_id);
    } else if (!(slot ? settle_slot(change, slot->value) : settle_similar(change))) {
      return;
    }
    changes_.push_back(std::move(change));
    contents_.push_back(std::move(content));
  }

  std::vector<Change> changes() { return std::move(changes_); }

 private:
  // The id of the record that the fact corrects, empty when there is none. A correction of what the
  // conversation does not tell becomes that record, put right.
  std::string find_corrected(Fact& fact) const {
    if (!fact.corrects.empty()) {
      const std::vector<Known> about = known_.about(Place::kRecords, subject_of(fact.corrects));
      if (!about.empty()) return about.back().id;
      for (const Known& similar : known_.like(Place::kRecords, fact.corrects, kSimilarRecords))
        if (language::says_the_same(similar.text, fact.corrects)) return similar.id;
    }
    if (fact.correction)
      for (const Known& similar : known_.like(Place::kRecords, fact.correction->wrong, kSimilarRecords))
        if (auto text = language::corrected(similar.text, *fact.correction)) {
          fact.text = std::move(*text);
          return similar.id;
        }
    return {};
  }

  // The same as another fact of this consolidation, or one that puts it right: its sources are said to say
  // so, too. What says more stays.
  bool is_repeated(const Fact& fact, const std::string& subject, bool in_slot,
                   const std::vector<std::string>& content) {
    for (size_t at = 0; at < changes_.size(); ++at) {
      Change& change = changes_[at];
      const bool same_slot = in_slot && change.subject == subject;
      const bool slots_differ = change.subject != subject && (in_slot || !change.subject.starts_with('#'));
      const bool same =
          change.text == fact.text || (!slots_differ && language::says_the_same(contents_[at], content));
      if (!same && !(same_slot && fact.puts_right)) continue;
      for (const std::string& source : fact.sources)
        if (std::ranges::find(change.sources, source) == change.sources.end())
          change.sources.push_back(source);
      if (!same || content.size() > contents_[at].size()) {
        change.text = fact.text;
        change.subject = subject;
        contents_[at] = content;
      }
      return true;
    }
    return false;
  }

  bool is_recorded(const Change& change) const {
    return std::ranges::any_of(known_.about(Place::kRecords, change.subject),
                               [&](const Known& known) { return known.text == change.text; });
  }

  bool is_known(std::string_view text, const std::vector<std::string>& content) const {
    return std::ranges::any_of(
        known_.like(Place::kRecords, text, kSimilarRecords), [&](const Known& similar) {
          return language::contains_all(language::content_words(similar.text), content);
        });
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
  std::vector<std::vector<std::string>> contents_;  // of each change: the content words of its text
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
