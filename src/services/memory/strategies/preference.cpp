// Preference memory: what a user likes, avoids, always does, and wants of the assistant.
//
// preference_findings.h reads what the user says and what his tool calls show; here it meets what is known.
// The same again is merged into its record when it brings something new, else skipped. The opposite of a
// known record, or another value for the same thing, is added and supersedes it. A habit rewrites its record
// as its counts grow.
#include "services/memory/strategies/preference.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include "base/json/json.h"
#include "services/memory/strategies/categories.h"
#include "services/memory/strategies/language/words.h"
#include "services/memory/strategies/preference_findings.h"
#include "services/memory/strategies/slots.h"

namespace soma::memory {
namespace {

constexpr size_t kSimilarRecords = 5;
constexpr size_t kMaxMergedCategories = 6;

struct Record {
  std::string context, preference;
  std::vector<std::string> categories;
};

std::string text_of(const Record& record) {
  json::Array categories(record.categories.begin(), record.categories.end());
  return json::write(json::object({{"context", record.context},
                                   {"preference", record.preference},
                                   {"categories", json::Value(std::move(categories))}}));
}

// Null for a record that somebody else wrote in another shape.
std::optional<Record> parse(const Known& known) {
  const auto value = json::parse(known.text);
  if (!value || !value->get("preference").is_string()) return std::nullopt;
  Record record{std::string(value->get("context").string_or("")), value->get("preference").as_string(), {}};
  for (size_t i = 0; i < value->get("categories").size(); ++i)
    record.categories.emplace_back(value->get("categories").at(i).string_or(""));
  return record;
}

std::string attitude_of(std::string_view subject) {
  return std::string(subject.substr(0, subject.find('|')));
}

class Consolidation {
 public:
  explicit Consolidation(const KnownRecords& known) : known_(known) {}

  void take(PreferenceFinding finding) {
    Record record{std::move(finding.context), std::move(finding.preference), {}};
    record.categories = categories_of(record.preference + " " + record.context);
    for (Change& change : changes_)
      if (change.subject == finding.subject) {
        change.sources.insert(change.sources.end(), finding.sources.begin(), finding.sources.end());
        if (change.subject.starts_with("habit|") || change.subject.starts_with("favourite "))
          change.text = text_of(record);
        return;
      }
    Change change{.text = text_of(record), .subject = finding.subject, .sources = std::move(finding.sources)};
    if (settle(change, record, finding)) changes_.push_back(std::move(change));
  }

  std::vector<Change> changes() { return std::move(changes_); }

 private:
  // Whether the change is to be made; fills in what it rewrites or supersedes.
  bool settle(Change& change, const Record& record, const PreferenceFinding& finding) const {
    const std::optional<Known> same = same_as(record, finding);
    const std::optional<Known> opposite = newest_of(finding.opposites);
    if (opposite && (!same || same->id == opposite->id || same->updated < opposite->updated)) {
      change.supersedes = opposite->id;
      return true;
    }
    if (!same) return true;
    const std::optional<Record> known = parse(*same);
    if (known && finding.subject.starts_with("favourite ") && !is_same_favourite(*known, record)) {
      change.supersedes = same->id;
      return true;
    }
    if (known && finding.subject.starts_with("habit|") && value_of_habit(*known) != value_of_habit(record)) {
      change.supersedes = same->id;
      return true;
    }
    return rewrites(change, record, *same, known);
  }

  std::optional<Known> newest_of(const std::vector<std::string>& subjects) const {
    std::optional<Known> newest;
    for (const std::string& subject : subjects)
      for (Known& known : known_.about(Place::kRecords, subject))
        if (!newest || newest->updated <= known.updated) newest = std::move(known);
    return newest;
  }

  std::optional<Known> same_as(const Record& record, const PreferenceFinding& finding) const {
    if (auto found = newest_of({finding.subject})) return found;
    if (finding.subject.starts_with("habit|")) return std::nullopt;
    for (const Known& similar : known_.like(Place::kRecords, record.preference, kSimilarRecords)) {
      const std::optional<Record> known = parse(similar);
      if (known && attitude_of(similar.subject) == attitude_of(finding.subject) &&
          language::says_the_same(known->preference, record.preference))
        return similar;
    }
    return std::nullopt;
  }

  static bool is_same_favourite(const Record& known, const Record& record) {
    const auto left = slot_of("The user's " + known.preference),
               right = slot_of("The user's " + record.preference);
    return left && right && same_value(left->value, right->value);
  }

  // "Usually chooses indirect as …": up to the argument's name, which is the same for one subject.
  static std::string value_of_habit(const Record& record) {
    return record.preference.substr(0, record.preference.find(" as "));
  }

  static bool rewrites(Change& change, const Record& record, const Known& same,
                       const std::optional<Record>& known) {
    change.record_id = same.id;
    change.subject = same.subject;
    if (!known) return true;
    Record merged = *known;
    const bool habit = same.subject.starts_with("habit|");
    const bool says_more =
        language::content_words(record.preference).size() > language::content_words(known->preference).size();
    if (habit || says_more) merged.preference = record.preference, merged.context = record.context;
    for (const std::string& category : record.categories)
      if (std::ranges::find(merged.categories, category) == merged.categories.end() &&
          category != "general" && merged.categories.size() < kMaxMergedCategories)
        merged.categories.push_back(category);
    change.text = text_of(merged);
    return change.text != text_of(*known);
  }

  const KnownRecords& known_;
  std::vector<Change> changes_;
};

class Preference final : public Strategy {
 public:
  Consolidated consolidate(const Conversation& conversation, const KnownRecords& known,
                           json::Value& notes) const override {
    Consolidation consolidation(known);
    for (PreferenceFinding& finding : preferences_said(conversation)) consolidation.take(std::move(finding));
    for (PreferenceFinding& finding : preferences_shown(conversation, notes))
      consolidation.take(std::move(finding));
    return {.changes = consolidation.changes()};
  }
};

}  // namespace

const Strategy& preference_strategy() {
  static const Preference strategy;
  return strategy;
}

}  // namespace soma::memory
