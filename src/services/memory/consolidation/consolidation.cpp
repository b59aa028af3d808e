#include "services/memory/consolidation/consolidation.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/memory/memory.h"
#include "services/memory/turns.h"

namespace soma::memory {

using os::Code;
using os::Result;

namespace {

constexpr size_t kMaxAbout = 100;  // records of one subject that a strategy is shown

// A failure to read ends the step, though the strategy's contract has no errors: it is kept until the end.
class TableRecords final : public KnownRecords {
 public:
  TableRecords(store::Database& database, const FindRecords& find, const Plan& plan)
      : database_(database), find_(find), plan_(plan) {}

  std::vector<Known> like(Place place, std::string_view text, size_t limit) const override {
    return known(find_({.name_space = name_space(place), .strategy_id = plan_.work.strategy}, text, limit));
  }
  std::vector<Known> about(Place place, std::string_view subject) const override {
    std::vector<Record> found;
    const Result<> read = database_.read([&](store::Connection& connection) -> Result<> {
      SOMA_ASSIGN(found, tables::records_about(connection, plan_.work.key.memory, plan_.work.strategy,
                                               name_space(place), subject, kMaxAbout));
      return {};
    });
    if (!read) return known(std::unexpected(read.error()));
    return known(std::move(found));
  }
  const std::optional<os::Error>& failure() const { return failure_; }

 private:
  const std::string& name_space(Place place) const {
    return place == Place::kReflections ? plan_.reflections : plan_.name_space;
  }
  std::vector<Known> known(Result<std::vector<Record>> found) const {
    std::vector<Known> out;
    if (!found) {
      failure_ = found.error();
      return out;
    }
    for (Record& record : *found)
      out.push_back(
          {std::move(record.id), std::move(record.text), std::move(record.subject), record.updated});
    return out;
  }

  store::Database& database_;
  const FindRecords& find_;
  const Plan& plan_;
  mutable std::optional<os::Error> failure_;
};

Conversation conversation_of(const std::vector<Event>& events, const tables::Work& work) {
  Conversation out{.actor_id = work.key.actor, .session_id = work.key.session, .turns = {}};
  out.at_rest = work.wanted == work.seen;
  for (const Event& event : events) {
    if (event.change > work.wanted) break;  // it came after this step began
    for (Turn& turn : turns_of(event)) out.turns.push_back(std::move(turn));
    if (event.change <= work.seen) out.first_new = out.turns.size();
  }
  if (out.turns.size() <= kMaxConversationTurns) return out;
  const size_t over = out.turns.size() - kMaxConversationTurns;
  out.turns.erase(out.turns.begin(), out.turns.begin() + static_cast<std::ptrdiff_t>(over));
  out.first_new -= std::min(over, out.first_new);
  return out;
}

Result<> check(const Plan& plan) {
  const auto broken = [&](const Change& change) {
    return change.text.empty() || change.text.size() > kMaxRecordTextBytes || !os::is_valid_utf8(change.text);
  };
  if (plan.changes.size() > kMaxChanges || plan.notes.size() > kMaxNotesBytes ||
      std::ranges::any_of(plan.changes, broken))
    return os::fail(Code::kInternal,
                    fmt::format("strategy {} breaks its contract: {} changes, {} bytes of notes",
                                plan.work.strategy, plan.changes.size(), plan.notes.size()));
  return {};
}

void add_sources(Record& record, const std::vector<std::string>& sources) {
  for (const std::string& each : sources) {
    if (record.sources.size() == kMaxSources) return;
    if (std::ranges::find(record.sources, each) == record.sources.end()) record.sources.push_back(each);
  }
}

Result<> add(store::Connection& connection, const Plan& plan, const Change& change, os::IdSource& ids,
             os::Time now) {
  Record record{.id = "mem-" + ids.uuid(),
                .strategy_id = plan.work.strategy,
                .name_space = change.place == Place::kReflections ? plan.reflections : plan.name_space,
                .text = change.text,
                .metadata = {},
                .subject = change.subject,
                .sources = {},
                .supersedes = change.supersedes,
                .superseded_by = {},
                .created = now,
                .updated = now};
  add_sources(record, change.sources);
  if (!change.supersedes.empty()) {
    SOMA_ASSIGN(std::optional<Record> older,
                tables::read_record(connection, plan.work.key.memory, change.supersedes));
    if (older) {
      older->superseded_by = record.id;
      SOMA_ASSIGN(older->change, tables::next_change(connection));
      SOMA_TRY(tables::rewrite_record(connection, *older));
    } else {
      record.supersedes.clear();
    }
  }
  SOMA_ASSIGN(record.change, tables::next_change(connection));
  return tables::insert_record(connection, plan.work.key.memory, record);
}

Result<> rewrite(store::Connection& connection, const Plan& plan, const Change& change, os::Time now) {
  SOMA_ASSIGN(std::optional<Record> record,
              tables::read_record(connection, plan.work.key.memory, change.record_id));
  if (!record) return {};  // it was deleted meanwhile, and stays so
  record->text = change.text;
  record->subject = change.subject;
  record->updated = now;
  add_sources(*record, change.sources);
  SOMA_ASSIGN(record->change, tables::next_change(connection));
  return tables::rewrite_record(connection, *record);
}

}  // namespace

Result<Plan> plan(store::Database& database, const FindRecords& find, const StrategyDefinition& strategy,
                  const tables::Work& work, os::Time now) {
  Plan out{.work = work,
           .name_space =
               fill_template(strategy.spec.namespace_template, work.key.actor, work.key.session, strategy.id),
           .reflections = fill_template(strategy.spec.reflection_template, work.key.actor, work.key.session,
                                        strategy.id),
           .changes = {},
           .notes = {},
           .old_notes = {}};
  std::vector<Event> events;
  SOMA_TRY(database.read([&](store::Connection& connection) -> Result<> {
    SOMA_ASSIGN(events, tables::read_conversation(connection, work.key, kMaxConversationTurns, now));
    SOMA_ASSIGN(out.old_notes,
                tables::read_notes(connection, work.key.memory, work.strategy, work.key.actor));
    return {};
  }));
  SOMA_ASSIGN(json::Value notes, json::parse(out.old_notes));
  const TableRecords known(database, find, out);
  const Conversation conversation = conversation_of(events, work);
  Consolidated made = memory::strategy(strategy.spec.type).consolidate(conversation, known, notes);
  if (known.failure()) return std::unexpected(*known.failure());
  out.changes = std::move(made.changes);
  out.wants_rest = made.wants_rest && !conversation.at_rest;
  out.notes = json::write(notes);
  SOMA_TRY(check(out));
  return out;
}

Result<> apply(store::Connection& connection, const Plan& plan, os::IdSource& ids, os::Time now) {
  const auto rest_at = plan.wants_rest ? std::optional(now + kIdle) : std::nullopt;
  SOMA_ASSIGN(const bool still_wanted, tables::finish_work(connection, plan.work, rest_at));
  if (!still_wanted) return {};
  for (const Change& change : plan.changes)
    SOMA_TRY(change.record_id.empty() ? add(connection, plan, change, ids, now)
                                      : rewrite(connection, plan, change, now));
  if (plan.notes == plan.old_notes) return {};
  return tables::write_notes(connection, plan.work.key.memory, plan.work.strategy, plan.work.key.actor,
                             plan.notes);
}

}  // namespace soma::memory
