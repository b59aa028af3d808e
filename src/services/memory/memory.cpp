#include "services/memory/memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/memory/definitions.h"
#include "services/memory/service_state.h"

namespace soma::memory {

using os::Code;
using os::Result;
using store::Connection;

namespace {

constexpr int kReaders = 4;

}  // namespace

std::string_view memory_id(std::string_view memory) {
  if (!memory.starts_with("arn:")) return memory;
  const size_t slash = memory.rfind('/');
  return slash == std::string_view::npos ? memory : memory.substr(slash + 1);
}

std::unexpected<os::Error> no_memory(std::string_view memory) {
  return os::fail(Code::kNotFound,
                  fmt::format("there is no memory {}", os::utf8_prefix(os::to_valid_utf8(memory), 200)));
}

Result<> check_question(std::string_view question) {
  if (!question.empty() && question.size() <= kMaxQueryBytes) return {};
  return os::fail(Code::kInvalidArgument, fmt::format("searchQuery has {} bytes; it must have 1 to {} "
                                                      "(kMaxQueryBytes)",
                                                      question.size(), kMaxQueryBytes));
}

bool Gate::enter() {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  ++inside_;
  return true;
}

void Gate::leave() {
  const std::lock_guard lock(mutex_);
  if (--inside_ == 0) empty_.notify_all();
}

void Gate::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  empty_.wait(lock, [this] { return inside_ == 0; });
}

void News::tell() {
  const std::lock_guard lock(mutex_);
  ++told_;
  for (const auto& each : waiting_) each->notify();
}

uint64_t News::heard() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

net::Task<bool> News::wait(os::Clock& clock, uint64_t seen, os::Time deadline) {
  const net::Executor executor = co_await net::this_executor();
  auto notifier = std::make_shared<net::Notifier>(executor);
  // Taken out again when the coroutine is destroyed with its loop, too.
  struct Waiting {
    News& news;
    std::shared_ptr<net::Notifier> notifier;
    ~Waiting() {
      const std::lock_guard lock(news.mutex_);
      news.waiting_.erase(notifier);
    }
  };
  {
    const std::lock_guard lock(mutex_);
    if (told_ != seen) co_return true;
    waiting_.insert(notifier);
  }
  const Waiting waiting{*this, notifier};
  co_return co_await notifier->wait_until(clock, deadline);
}

Result<Service::State::MemoryPtr> Service::State::find(std::string_view memory) const {
  const std::lock_guard lock(mutex);
  const auto found = memories.find(std::string(memory_id(memory)));
  if (found != memories.end()) return found->second;
  return no_memory(memory);
}

Result<> Service::State::refresh(const std::string& id) {
  const std::lock_guard lock(mutex);
  SOMA_ASSIGN(std::optional<Memory> row, read<std::optional<Memory>>([&](Connection& connection) {
                return tables::read_memory(connection, id);
              }));
  if (row)
    memories[id] = std::make_shared<const Memory>(std::move(*row));
  else
    memories.erase(id);
  return {};
}

void Service::State::scrub() {
  database->scrub([](const Result<>& scrubbed) {
    if (!scrubbed)
      os::log(os::Level::kWarning, "memory.scrub.later", {{"error", scrubbed.error().to_string()}});
  });
}

Service::Service(std::shared_ptr<State> state) : state_(std::move(state)) {}
Service::~Service() {
  stop();
  // Coroutines that the loops still hold have shares of the state, and never run again: the file must not
  // wait for them.
  state_->database.reset();
}

Result<std::unique_ptr<Service>> Service::open(Dependencies dependencies) {
  SOMA_ASSIGN(std::unique_ptr<store::Database> database,
              store::Database::open({.path = dependencies.path,
                                     .migrations = tables::migrations(),
                                     .readers = kReaders,
                                     .secure_delete = true,
                                     .vfs = dependencies.vfs}));
  auto state = std::make_shared<State>(std::move(dependencies), std::move(database));
  // Who waits for what will not be written any more is told.
  state->database->on_stopped([news = &state->news](const os::Error&) { news->tell(); });
  SOMA_ASSIGN(std::vector<Memory> memories, state->read<std::vector<Memory>>(tables::read_memories));
  for (Memory& memory : memories) {
    auto kept = std::make_shared<const Memory>(std::move(memory));
    state->memories[kept->id] = std::move(kept);
  }
  return std::unique_ptr<Service>(new Service(std::move(state)));
}

void Service::start() {
  net::spawn(state_->with.loops.executor_for("memory"), state_->consolidate_for_ever(), "memory.consolidate");
}

void Service::stop() {
  state_->stopping = true;
  state_->news.tell();
  state_->gate->close();
}

net::Task<Result<Memory>> Service::create(NewMemory wanted) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(Memory made, make_memory(std::move(wanted), state->with.ids, state->with.clock.now()));
  std::function<Result<Memory>(Connection&)> work = [made](Connection& connection) -> Result<Memory> {
    SOMA_ASSIGN(const std::vector<Memory> existing, tables::read_memories(connection));
    for (const Memory& each : existing) {
      if (!made.client_token.empty() && each.client_token == made.client_token) return each;
      if (each.name == made.name)
        return os::fail(Code::kAlreadyExists,
                        fmt::format("a memory {} already exists: {}", each.name, each.id),
                        "choose another name, or use that one");
    }
    if (existing.size() >= kMaxMemories)
      return os::fail(Code::kLimitExceeded,
                      fmt::format("there are {} memories (kMaxMemories)", existing.size()), "delete one");
    SOMA_TRY(tables::write_memory(connection, made));
    return made;
  };
  SOMA_CO_ASSIGN(Memory memory, co_await state->write(std::move(work)));
  SOMA_CO_TRY(state->refresh(memory.id));
  co_return memory;
}

net::Task<Result<Memory>> Service::update(std::string memory, MemoryUpdate update) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr known, state->find(memory));
  const std::vector<std::string> removed = update.remove;
  std::function<Result<Memory>(Connection&)> work = [state = state.get(), id = known->id,
                                                     update](Connection& connection) -> Result<Memory> {
    SOMA_ASSIGN(std::optional<Memory> current, tables::read_memory(connection, id));
    if (!current) return no_memory(id);
    SOMA_ASSIGN(Memory changed,
                changed_memory(std::move(*current), update, state->with.ids, state->with.clock.now()));
    for (const std::string& strategy : update.remove)
      SOMA_TRY(tables::remove_strategy(connection, id, strategy));
    SOMA_TRY(tables::write_memory(connection, changed));
    return changed;
  };
  SOMA_CO_ASSIGN(Memory changed, co_await state->write(std::move(work)));
  SOMA_CO_TRY(state->refresh(changed.id));
  if (!removed.empty()) {
    state->indexes.drop_records(changed.id);
    state->scrub();
  }
  co_return changed;
}

net::Task<Result<Memory>> Service::remove(std::string memory) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr known, state->find(memory));
  std::function<Result<bool>(Connection&)> work = [id = known->id](Connection& connection) -> Result<bool> {
    SOMA_TRY(tables::remove_memory(connection, id));
    return true;
  };
  SOMA_CO_TRY(co_await state->write(std::move(work)));
  SOMA_CO_TRY(state->refresh(known->id));
  state->indexes.drop_records(known->id);
  state->indexes.drop_turns(known->id, "");
  state->scrub();
  state->news.tell();
  co_return *known;
}

Result<Memory> Service::get(std::string_view memory) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  return *found;
}

Result<Page<Memory>> Service::list(size_t limit, std::string_view token) const {
  std::vector<State::MemoryPtr> all;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [id, memory] : state_->memories) all.push_back(memory);
  }
  const auto older = [](const State::MemoryPtr& left, const State::MemoryPtr& right) {
    return std::tie(left->created, left->id) < std::tie(right->created, right->id);
  };
  std::ranges::sort(all, older);
  auto from = all.begin();
  if (!token.empty()) {
    from = std::ranges::find(all, token, [](const State::MemoryPtr& each) { return each->id; });
    if (from == all.end())
      return os::fail(Code::kInvalidArgument, "nextToken is no token of this list", "begin again without it");
    ++from;
  }
  Page<Memory> page;
  for (; from != all.end() && page.items.size() < limit; ++from) page.items.push_back(**from);
  if (from != all.end() && !page.items.empty()) page.next_token = page.items.back().id;
  return page;
}

std::optional<Memory> Service::managed_by(std::string_view arn) const {
  const std::lock_guard lock(state_->mutex);
  for (const auto& [id, memory] : state_->memories)
    if (memory->managed_by == arn) return *memory;
  return std::nullopt;
}

std::optional<os::Error> Service::stopped() const {
  return state_->database->stopped();
}

Result<Service::Statistics> Service::statistics() const {
  SOMA_ASSIGN(const tables::Counts counts, state_->read<tables::Counts>([](Connection& connection) {
    return tables::count_all(connection, kMaxAttempts);
  }));
  const std::lock_guard lock(state_->mutex);
  return Statistics{state_->memories.size(), counts.events, counts.records, counts.waiting};
}

Result<Service::Amount> Service::amount(std::string_view memory) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  SOMA_ASSIGN(const tables::Amount amount, state_->read<tables::Amount>([&](Connection& connection) {
    return tables::count_in(connection, found->id);
  }));
  return Amount{amount.events, amount.records, amount.last_change};
}

}  // namespace soma::memory
