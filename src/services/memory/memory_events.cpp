// Events: what was said.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "services/memory/definitions.h"
#include "services/memory/service_state.h"
#include "services/memory/tables/stored_json.h"

namespace soma::memory {

using os::Code;
using os::Result;
using store::Connection;

namespace {

constexpr size_t kMaxBranchDepth = 32;  // branches of branches
constexpr size_t kMaxTokenBytes = 500;

os::Duration days(int64_t count) {
  return std::chrono::days(count);
}

Result<> check_payload(const Payload& payload) {
  if (payload.kind == Payload::Kind::kMessage) {
    if (!payload.text.empty() && payload.text.size() <= kMaxTextBytes) return {};
    return os::fail(Code::kInvalidArgument,
                    fmt::format("payload.conversational.content.text has {} bytes; it must have 1 to {} "
                                "(kMaxTextBytes)",
                                payload.text.size(), kMaxTextBytes));
  }
  const size_t bytes = json::write(payload.data).size();
  if (bytes <= kMaxDocumentBytes) return {};
  return os::fail(Code::kInvalidArgument,
                  fmt::format("a blob or document of the payload has {} bytes; at most {} "
                              "(kMaxDocumentBytes)",
                              bytes, kMaxDocumentBytes));
}

Result<> check_branch(const std::optional<Branch>& branch) {
  static const RE2 pattern("[a-zA-Z0-9][a-zA-Z0-9-_]*");
  if (!branch) return {};
  if (branch->name.size() > kMaxBranchNameBytes || !RE2::FullMatch(branch->name, pattern))
    return os::fail(Code::kInvalidArgument,
                    fmt::format("branch.name is '{}'", os::utf8_prefix(os::to_valid_utf8(branch->name), 100)),
                    "a letter or digit, then letters, digits, - and _; 100 at most");
  return {};
}

Result<> check(const NewEvent& event) {
  SOMA_TRY(check_actor_id(event.actor_id));
  SOMA_TRY(check_session_id(event.session_id));
  if (event.payload.size() > kMaxPayloads)
    return os::fail(Code::kInvalidArgument, fmt::format("payload has {} elements; at most {} (kMaxPayloads)",
                                                        event.payload.size(), kMaxPayloads));
  for (const Payload& payload : event.payload) SOMA_TRY(check_payload(payload));
  if (event.at < os::Time{} || event.at >= os::from_unix_ms(253'402'300'800'000))
    return os::fail(Code::kInvalidArgument, "eventTimestamp must be between the years 1970 and 9999");
  if (event.client_token.size() > kMaxTokenBytes)
    return os::fail(Code::kInvalidArgument, "clientToken has more than 500 bytes");
  for (const MetadataEntry& entry : event.metadata)
    if (!std::holds_alternative<std::string>(entry.value))
      return os::fail(Code::kInvalidArgument, fmt::format("metadata.{} is no text", entry.key),
                      "an event's metadata has texts only");
  return check_branch(event.branch);
}

// A branch begins at an event that is there; a name always means the same branch.
Result<> check_root(Connection& connection, const tables::SessionKey& key, const Branch& branch,
                    os::Time now) {
  SOMA_ASSIGN(const std::optional<Event> first, tables::first_of_branch(connection, key, branch.name));
  if (first) {
    if (branch.root_event_id.empty() || first->branch->root_event_id == branch.root_event_id) return {};
    return os::fail(Code::kInvalidArgument,
                    fmt::format("branch {} goes on from event {}, not {}", branch.name,
                                first->branch->root_event_id, branch.root_event_id),
                    "a new branch needs a new name");
  }
  if (branch.root_event_id.empty()) return {};
  SOMA_ASSIGN(const std::optional<Event> root,
              tables::read_event(connection, key, branch.root_event_id, now));
  if (root) return {};
  return os::fail(Code::kInvalidArgument, fmt::format("branch.rootEventId: session {} has no event {}",
                                                      key.session, branch.root_event_id));
}

bool is_read(const Event& event) {
  return event.remember && std::ranges::any_of(event.payload, [](const Payload& payload) {
           return payload.kind != Payload::Kind::kBlob;
         });
}

Result<Event> insert(Connection& connection, const Memory& memory, const NewEvent& wanted, os::IdSource& ids,
                     os::Time now) {
  const tables::SessionKey key{memory.id, wanted.actor_id, wanted.session_id};
  if (!wanted.client_token.empty()) {
    SOMA_ASSIGN(std::optional<Event> earlier,
                tables::event_of_token(connection, memory.id, wanted.client_token, now));
    if (earlier) return std::move(*earlier);
  }
  if (wanted.branch) SOMA_TRY(check_root(connection, key, *wanted.branch, now));
  SOMA_ASSIGN(const uint64_t change, tables::next_change(connection));
  Event event{.id = fmt::format("{:019}#{:08x}", os::unix_ms(wanted.at), change),
              .actor_id = wanted.actor_id,
              .session_id = wanted.session_id,
              .at = wanted.at,
              .expires = now + days(memory.event_expiry_days),
              .payload = wanted.payload,
              .branch = wanted.branch,
              .metadata = wanted.metadata,
              .remember = wanted.remember,
              .change = change};
  SOMA_TRY(tables::insert_event(connection, key, event, wanted.client_token));
  if (is_read(event))
    for (const StrategyDefinition& strategy : memory.strategies)
      SOMA_TRY(tables::want_work(connection, key, strategy.id, ids.uuid(), change));
  return event;
}

// The branch and, where asked for, what it goes on from, each up to the event where the next one begins.
Result<std::vector<tables::BranchPart>> parts_of(Connection& connection, const tables::SessionKey& key,
                                                 const EventFilter& filter, os::Time now) {
  std::vector<tables::BranchPart> parts;
  std::string name = filter.branch, upto;
  while (parts.size() < kMaxBranchDepth) {
    parts.push_back({name, upto});
    if (name.empty() || !filter.parent_branches) break;
    SOMA_ASSIGN(const std::optional<Event> first, tables::first_of_branch(connection, key, name));
    if (!first || first->branch->root_event_id.empty()) break;
    upto = first->branch->root_event_id;
    SOMA_ASSIGN(const std::optional<Event> root, tables::read_event(connection, key, upto, now));
    name = root && root->branch ? root->branch->name : "";
  }
  return parts;
}

Result<> check_event_id(std::string_view id) {
  static const RE2 pattern("[0-9]+#[a-fA-F0-9]+");
  if (RE2::FullMatch(id, pattern)) return {};
  return os::fail(Code::kInvalidArgument,
                  fmt::format("eventId is '{}'", os::utf8_prefix(os::to_valid_utf8(id), 100)),
                  "digits, #, and hexadecimal digits: as CreateEvent answered it");
}

// "team/ada" has its records below those of "team": who forgets the one must not forget the other.
Result<> check_alone(Connection& connection, const Memory& memory, const std::string& actor) {
  const std::string below = actor + "/";
  SOMA_ASSIGN(const std::vector<std::string> next, tables::read_actors(connection, memory.id, below, 1));
  if (next.empty() || !next.front().starts_with(below)) return {};
  return os::fail(Code::kInvalidArgument,
                  fmt::format("actor {} shares its namespaces with {}", actor, next.front()),
                  "forget that one first");
}

std::unexpected<os::Error> no_event(std::string_view session, std::string_view id) {
  return os::fail(Code::kNotFound, fmt::format("session {} has no event {}", session, id));
}

}  // namespace

net::Task<Result<Event>> Service::create_event(NewEvent event) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr memory, state->find(event.memory_id));
  if (event.session_id.empty()) event.session_id = state->with.ids.uuid();
  SOMA_CO_TRY(check(event));
  std::function<Result<Event>(Connection&)> work =
      [state = state.get(), memory, event = std::move(event)](Connection& connection) -> Result<Event> {
    // The definition that counts is the one of this transaction: the memory may have gone by now, or have
    // other strategies.
    SOMA_ASSIGN(const std::optional<Memory> current, tables::read_memory(connection, memory->id));
    if (!current) return no_memory(memory->id);
    return insert(connection, *current, event, state->with.ids, state->with.clock.now());
  };
  Result<Event> made = co_await state->write(std::move(work));
  if (made) state->news.tell();
  co_return made;
}

Result<Event> Service::event(std::string_view memory, std::string_view actor, std::string_view session,
                             std::string_view id) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  SOMA_TRY(check_event_id(id));
  const tables::SessionKey key{found->id, std::string(actor), std::string(session)};
  const os::Time now = state_->with.clock.now();
  SOMA_ASSIGN(std::optional<Event> event, state_->read<std::optional<Event>>([&](Connection& connection) {
    return tables::read_event(connection, key, id, now);
  }));
  if (!event) return no_event(session, id);
  return std::move(*event);
}

net::Task<Result<>> Service::delete_event(std::string memory, std::string actor, std::string session,
                                          std::string id) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  SOMA_CO_TRY(check_event_id(id));
  const tables::SessionKey key{found->id, actor, session};
  std::function<Result<bool>(Connection&)> work = [key, id](Connection& connection) {
    return tables::delete_event(connection, key, id);
  };
  SOMA_CO_ASSIGN(const bool was_there, co_await state->write(std::move(work)));
  if (!was_there) co_return no_event(session, id);
  state->indexes.drop_turns(found->id, actor);
  state->scrub();
  co_return Result<>{};
}

Result<Page<Event>> Service::events(std::string_view memory, std::string_view actor, std::string_view session,
                                    const EventFilter& filter, size_t limit, std::string_view token) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  SOMA_TRY(check_actor_id(actor));
  SOMA_TRY(check_session_id(session));
  if (!token.empty()) SOMA_TRY(check_event_id(token));
  const tables::SessionKey key{found->id, std::string(actor), std::string(session)};
  const os::Time now = state_->with.clock.now();
  return state_->read<Page<Event>>([&](Connection& connection) -> Result<Page<Event>> {
    std::vector<tables::BranchPart> parts;
    if (!filter.branch.empty()) {
      SOMA_ASSIGN(parts, parts_of(connection, key, filter, now));
    }
    Page<Event> page;
    std::string before(token);
    // One more than asked for tells whether there is another page.
    while (page.items.size() <= limit) {
      const size_t wanted = limit + 1 - page.items.size();
      SOMA_ASSIGN(std::vector<Event> events,
                  tables::read_events(connection, key, before, parts, wanted, now));
      const bool last = events.size() < wanted;
      if (!events.empty()) before = events.back().id;
      for (Event& event : events)
        if (matches(event.metadata, filter.metadata)) page.items.push_back(std::move(event));
      if (last) return page;
    }
    page.items.resize(limit);
    page.next_token = page.items.back().id;
    return page;
  });
}

Result<Page<SessionSummary>> Service::sessions(std::string_view memory, std::string_view actor, size_t limit,
                                               std::string_view token, bool with_events) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  SOMA_TRY(check_actor_id(actor));
  Page<SessionSummary> page;
  SOMA_ASSIGN(page.items, state_->read<std::vector<SessionSummary>>([&](Connection& connection) {
    return tables::read_sessions(connection, found->id, std::string(actor), token, limit + 1, with_events);
  }));
  if (page.items.size() <= limit) return page;
  page.items.resize(limit);
  page.next_token = page.items.back().session_id;
  return page;
}

Result<Page<std::string>> Service::actors(std::string_view memory, size_t limit,
                                          std::string_view token) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  Page<std::string> page;
  SOMA_ASSIGN(page.items, state_->read<std::vector<std::string>>([&](Connection& connection) {
    return tables::read_actors(connection, found->id, token, limit + 1);
  }));
  if (page.items.size() <= limit) return page;
  page.items.resize(limit);
  page.next_token = page.items.back();
  return page;
}

net::Task<Result<std::vector<FoundTurn>>> Service::recall(std::string memory, std::string actor,
                                                          std::string session, std::string question,
                                                          size_t limit) const {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  SOMA_CO_TRY(check_actor_id(actor));
  SOMA_CO_TRY(check_question(question));
  const os::Time now = state->with.clock.now();
  std::function<Result<std::vector<FoundTurn>>()> search =
      [state = state.get(), id = found->id, actor = std::move(actor), session = std::move(session),
       question = std::move(question), limit = std::min(limit, kMaxTopK),
       now] { return state->indexes.turns(id, actor, session, question, limit, now); };
  co_return co_await state->on_worker(std::move(search));
}

net::Task<Result<Service::Forgotten>> Service::forget(std::string memory, std::string actor) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  SOMA_CO_TRY(check_actor_id(actor));
  std::function<Result<tables::ForgottenRows>(Connection&)> work =
      [found, actor](Connection& connection) -> Result<tables::ForgottenRows> {
    SOMA_TRY(check_alone(connection, *found, actor));
    SOMA_ASSIGN(const std::vector<SessionSummary> sessions,
                tables::read_sessions(connection, found->id, actor, "", INT64_MAX, false));
    std::vector<std::string> ids;
    for (const SessionSummary& session : sessions) ids.push_back(session.session_id);
    return tables::forget_actor(connection, found->id, actor, name_spaces_of_actor(*found, actor, ids));
  };
  SOMA_CO_ASSIGN(const tables::ForgottenRows rows, co_await state->write(std::move(work)));
  state->indexes.drop_turns(found->id, actor);
  state->indexes.drop_records(found->id);
  state->scrub();
  state->news.tell();
  co_return Forgotten{rows.events, rows.records};
}

}  // namespace soma::memory
