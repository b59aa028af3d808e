// Records: what is remembered.
#include <fmt/format.h>

#include <algorithm>

#include "services/memory/definitions.h"
#include "services/memory/service_state.h"

namespace soma::memory {

using json::Value;
using os::Code;
using os::Result;
using store::Connection;

namespace {

constexpr size_t kMaxRequestIdBytes = 80;

Result<> check_text(std::string_view text) {
  if (!text.empty() && text.size() <= kMaxRecordTextBytes) return {};
  return os::fail(Code::kInvalidArgument, fmt::format("content.text has {} bytes; it must have 1 to {} "
                                                      "(kMaxRecordTextBytes)",
                                                      text.size(), kMaxRecordTextBytes));
}

Result<> check_strategy(const Memory& memory, std::string_view strategy) {
  if (strategy.empty() || memory.strategy(strategy) != nullptr) return {};
  return os::fail(Code::kNotFound, fmt::format("memory {} has no strategy {}", memory.id, strategy));
}

Result<> check(const Memory& memory, const NewRecord& record) {
  if (record.request_id.empty() || record.request_id.size() > kMaxRequestIdBytes)
    return os::fail(Code::kInvalidArgument, "requestIdentifier must have 1 to 80 bytes");
  SOMA_TRY(check_text(record.text));
  SOMA_TRY(check_strategy(memory, record.strategy_id));
  return record.name_space.empty() ? Result<>{} : check_name_space(record.name_space);
}

Result<> check_filter(const RecordFilter& filter) {
  if (filter.name_space.empty() == filter.path.empty())
    return os::fail(Code::kInvalidArgument, "give a namespace or a namespacePath, and not both",
                    "namespace is exact; namespacePath has everything below it, too");
  if (filter.metadata.size() > kMaxMetadataFilters)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("there are {} metadataFilters; at most {} (kMaxMetadataFilters)",
                                filter.metadata.size(), kMaxMetadataFilters));
  return check_name_space(filter.name_space.empty() ? filter.path : filter.name_space);
}

Result<> check_batch(size_t records) {
  if (records <= kMaxBatchRecords) return {};
  return os::fail(
      Code::kInvalidArgument,
      fmt::format("the batch has {} records; at most {} (kMaxBatchRecords)", records, kMaxBatchRecords));
}

std::unexpected<os::Error> no_record(const Memory& memory, std::string_view id) {
  return os::fail(Code::kNotFound, fmt::format("memory {} has no record {}", memory.id,
                                               os::utf8_prefix(os::to_valid_utf8(id), 100)));
}

// A batch's answer, kept for a client that asks again.
std::string outcomes_text(const std::vector<BatchOutcome>& outcomes) {
  Value out = json::Array{};
  for (const BatchOutcome& each : outcomes) {
    Value one = json::object({{"record", each.record_id}, {"request", each.request_id}});
    if (each.error) {
      one.set("code", static_cast<int64_t>(each.error->code));
      one.set("message", each.error->message);
      one.set("hint", each.error->hint);
    }
    out.push_back(std::move(one));
  }
  return json::write(out);
}
Result<std::vector<BatchOutcome>> outcomes_of(std::string_view text) {
  SOMA_ASSIGN(const Value from, json::parse(text));
  std::vector<BatchOutcome> out;
  for (size_t index = 0; index < from.size(); ++index) {
    const Value& one = from.at(index);
    BatchOutcome outcome{
        std::string(one.get("record").string_or("")), std::string(one.get("request").string_or("")), {}};
    if (one.has("code"))
      outcome.error = os::Error{static_cast<Code>(one.get("code").int_or(0)),
                                std::string(one.get("message").string_or("")),
                                std::string(one.get("hint").string_or(""))};
    out.push_back(std::move(outcome));
  }
  return out;
}

Result<std::string> insert(Connection& connection, const Memory& memory, const NewRecord& wanted,
                           os::IdSource& ids) {
  SOMA_TRY(check(memory, wanted));
  Record record{.id = "mem-" + ids.uuid(),
                .strategy_id = wanted.strategy_id,
                .name_space = wanted.name_space,
                .text = wanted.text,
                .metadata = wanted.metadata,
                .sources = {},
                .supersedes = {},
                .superseded_by = {},
                .created = wanted.at,
                .updated = wanted.at};
  SOMA_ASSIGN(record.change, tables::next_change(connection));
  SOMA_TRY(tables::insert_record(connection, memory.id, record));
  return record.id;
}

Result<std::string> rewrite(Connection& connection, const Memory& memory, const RecordUpdate& update) {
  SOMA_ASSIGN(std::optional<Record> record, tables::read_record(connection, memory.id, update.id));
  if (!record) return no_record(memory, update.id);
  if (update.text) {
    SOMA_TRY(check_text(*update.text));
    record->text = *update.text;
  }
  if (update.name_space) {
    if (!update.name_space->empty()) SOMA_TRY(check_name_space(*update.name_space));
    record->name_space = *update.name_space;
  }
  if (update.strategy_id) {
    SOMA_TRY(check_strategy(memory, *update.strategy_id));
    record->strategy_id = *update.strategy_id;
  }
  if (update.metadata) record->metadata = *update.metadata;
  record->updated = update.at;
  SOMA_ASSIGN(record->change, tables::next_change(connection));
  SOMA_TRY(tables::rewrite_record(connection, *record));
  return record->id;
}

// A refusal of the element; a failure of the database is the batch's.
bool is_refusal(const os::Error& error) {
  return error.code == Code::kInvalidArgument || error.code == Code::kNotFound;
}

template <class Element, class Do>
Result<std::vector<BatchOutcome>> each_of(const std::vector<Element>& elements, Do&& act) {
  std::vector<BatchOutcome> out;
  for (const Element& element : elements) {
    BatchOutcome outcome;
    const Result<std::string> done = act(element, outcome);
    if (done)
      outcome.record_id = *done;
    else if (is_refusal(done.error()))
      outcome.error = done.error();
    else
      return std::unexpected(done.error());
    out.push_back(std::move(outcome));
  }
  return out;
}

}  // namespace

Result<Record> Service::record(std::string_view memory, std::string_view id) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  SOMA_ASSIGN(std::optional<Record> record, state_->read<std::optional<Record>>([&](Connection& connection) {
    return tables::read_record(connection, found->id, id);
  }));
  if (!record) return no_record(*found, id);
  return std::move(*record);
}

Result<Page<Record>> Service::records(std::string_view memory, const RecordFilter& filter, size_t limit,
                                      std::string_view token) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  SOMA_TRY(check_filter(filter));
  SOMA_ASSIGN(uint64_t before, net::parse_number(token, "nextToken", 0, INT64_MAX));
  return state_->read<Page<Record>>([&](Connection& connection) -> Result<Page<Record>> {
    Page<Record> page;
    while (page.items.size() <= limit) {
      const size_t wanted = limit + 1 - page.items.size();
      SOMA_ASSIGN(std::vector<Record> records,
                  tables::read_records(connection, found->id, filter, before, wanted));
      const bool last = records.size() < wanted;
      if (!records.empty()) before = records.back().change;
      for (Record& record : records)
        if (matches(record.metadata, filter.metadata)) page.items.push_back(std::move(record));
      if (last) return page;
    }
    page.items.resize(limit);
    page.next_token = std::to_string(page.items.back().change);
    return page;
  });
}

net::Task<Result<std::vector<FoundRecord>>> Service::retrieve(std::string memory, RecordFilter filter,
                                                              std::string question, size_t top_k) const {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  SOMA_CO_TRY(check_filter(filter));
  SOMA_CO_TRY(check_question(question));
  if (top_k < 1 || top_k > kMaxTopK)
    co_return os::fail(Code::kInvalidArgument,
                       fmt::format("topK is {}; it must be 1 to {}", top_k, kMaxTopK));
  std::function<Result<std::vector<FoundRecord>>()> search =
      [state = state.get(), id = found->id, filter = std::move(filter), question = std::move(question),
       top_k] { return state->indexes.records(id, filter, question, top_k); };
  co_return co_await state->on_worker(std::move(search));
}

net::Task<Result<std::vector<BatchOutcome>>> Service::create_records(std::string memory,
                                                                     std::vector<NewRecord> records,
                                                                     std::string client_token) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  SOMA_CO_TRY(check_batch(records.size()));
  std::function<Result<std::vector<BatchOutcome>>(Connection&)> work =
      [state = state.get(), found, records = std::move(records),
       client_token](Connection& connection) -> Result<std::vector<BatchOutcome>> {
    SOMA_ASSIGN(const std::optional<Memory> current, tables::read_memory(connection, found->id));
    if (!current) return no_memory(found->id);
    if (!client_token.empty()) {
      SOMA_ASSIGN(const std::optional<std::string> earlier,
                  tables::batch_of_token(connection, found->id, client_token));
      if (earlier) return outcomes_of(*earlier);
    }
    SOMA_ASSIGN(std::vector<BatchOutcome> outcomes,
                each_of(records, [&](const NewRecord& record, BatchOutcome& outcome) {
                  outcome.request_id = record.request_id;
                  return insert(connection, *current, record, state->with.ids);
                }));
    if (!client_token.empty())
      SOMA_TRY(tables::keep_batch(connection, found->id, client_token, outcomes_text(outcomes),
                                  state->with.clock.now()));
    return outcomes;
  };
  auto outcomes = co_await state->write(std::move(work));
  if (outcomes) state->news.tell();
  co_return outcomes;
}

net::Task<Result<std::vector<BatchOutcome>>> Service::update_records(std::string memory,
                                                                     std::vector<RecordUpdate> updates) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  SOMA_CO_TRY(check_batch(updates.size()));
  std::function<Result<std::vector<BatchOutcome>>(Connection&)> work =
      [found, updates = std::move(updates)](Connection& connection) {
        return each_of(updates, [&](const RecordUpdate& update, BatchOutcome& outcome) {
          outcome.record_id = update.id;
          return rewrite(connection, *found, update);
        });
      };
  auto outcomes = co_await state->write(std::move(work));
  if (outcomes) state->news.tell();
  co_return outcomes;
}

net::Task<Result<std::vector<BatchOutcome>>> Service::delete_records(std::string memory,
                                                                     std::vector<std::string> ids) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  SOMA_CO_TRY(check_batch(ids.size()));
  std::function<Result<std::vector<BatchOutcome>>(Connection&)> work =
      [found, ids = std::move(ids)](Connection& connection) {
        return each_of(ids, [&](const std::string& id, BatchOutcome& outcome) -> Result<std::string> {
          outcome.record_id = id;
          SOMA_ASSIGN(const bool was_there, tables::delete_record(connection, found->id, id));
          if (!was_there) return no_record(*found, id);
          return id;
        });
      };
  auto outcomes = co_await state->write(std::move(work));
  if (!outcomes) co_return outcomes;
  for (const BatchOutcome& outcome : *outcomes)
    if (!outcome.error) state->indexes.remove_record(found->id, outcome.record_id);
  state->scrub();
  co_return outcomes;
}

net::Task<Result<Changes>> Service::changes(std::string memory, uint64_t after, size_t limit,
                                            os::Time deadline) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  std::function<Result<Changes>(Connection&)> look = [&](Connection& connection) -> Result<Changes> {
    Changes out;
    const os::Time now = state->with.clock.now();
    SOMA_ASSIGN(out.upto, tables::last_change(connection));
    SOMA_ASSIGN(out.events, tables::events_between(connection, found->id, after, out.upto, limit, now));
    SOMA_ASSIGN(out.records, tables::records_between(connection, found->id, after, out.upto, limit));
    // Where one of the two was cut off, the other may not be ahead of it.
    if (out.events.size() == limit) out.upto = std::min(out.upto, out.events.back().change);
    if (out.records.size() == limit) out.upto = std::min(out.upto, out.records.back().change);
    std::erase_if(out.events, [&](const Event& event) { return event.change > out.upto; });
    std::erase_if(out.records, [&](const Record& record) { return record.change > out.upto; });
    return out;
  };
  for (;;) {
    const uint64_t heard = state->news.heard();
    SOMA_CO_ASSIGN(Changes out, state->read(look));
    const bool over = state->stopping || state->with.clock.now() >= deadline;
    if (!out.events.empty() || !out.records.empty() || over) co_return out;
    co_await state->news.wait(state->with.clock, heard, deadline);
    SOMA_CO_TRY(state->find(found->id));
  }
}

uint64_t Service::last_change() const {
  return state_->read<uint64_t>(tables::last_change).value_or(0);
}

}  // namespace soma::memory
