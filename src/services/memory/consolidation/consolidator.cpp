// Who consolidates: one coroutine, one step at a time, for as long as soma runs. The list of what waits is a
// table, so a restart goes on where the last process stood.
#include <fmt/format.h>

#include <algorithm>

#include "services/memory/consolidation/consolidation.h"
#include "services/memory/service_state.h"
#include "services/memory/turns.h"

namespace soma::memory {

using os::Result;
using store::Connection;

namespace {

constexpr os::Duration kSweepEvery = std::chrono::hours(1);
constexpr size_t kSweepAtOnce = 1'000;                             // events
constexpr os::Duration kTryAgainAfter = std::chrono::seconds(10);  // what could not be read or written
constexpr size_t kMaxFailureBytes = 1'000;

// What a step waits for.
struct Waiting {
  std::optional<tables::Work> work;
  std::optional<os::Time> next_rest;
};

Result<Waiting> look(Connection& connection, os::Time now) {
  Waiting out;
  SOMA_ASSIGN(out.work, tables::next_work(connection, now, kMaxAttempts));
  if (out.work) return out;
  SOMA_ASSIGN(out.next_rest, tables::next_rest(connection, kMaxAttempts));
  return out;
}

// On a worker thread: reading and a strategy's rules may take milliseconds. What a strategy throws is a bug
// that stops this step alone.
net::Task<Result<Plan>> make_plan(std::shared_ptr<Service::State> state, StrategyDefinition strategy,
                                  tables::Work work) {
  std::function<Result<Plan>()> step = [state = state.get(), strategy = std::move(strategy),
                                        work = std::move(work)]() -> Result<Plan> {
    const FindRecords find = [&](const RecordFilter& filter, std::string_view text,
                                 size_t limit) -> Result<std::vector<Record>> {
      SOMA_ASSIGN(std::vector<FoundRecord> found,
                  state->indexes.records(work.key.memory, filter, text, limit));
      std::vector<Record> out;
      for (FoundRecord& each : found) out.push_back(std::move(each.record));
      return out;
    };
    try {
      return plan(*state->database, find, strategy, work, state->with.clock.now());
    } catch (const std::exception& error) {
      return os::fail(os::Code::kInternal, fmt::format("the strategy failed: {}", error.what()));
    }
  };
  co_return co_await state->on_worker(std::move(step));
}

// The strategy of a piece of work, unless it or its memory has gone.
std::optional<StrategyDefinition> strategy_of(const Service::State& state, const tables::Work& work) {
  const auto memory = state.find(work.key.memory);
  if (!memory) return std::nullopt;
  const StrategyDefinition* found = (*memory)->strategy(work.strategy);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

net::Task<Result<>> step(std::shared_ptr<Service::State> state, tables::Work work) {
  const std::optional<StrategyDefinition> strategy = strategy_of(*state, work);
  if (!strategy) {
    std::function<Result<bool>(Connection&)> drop = [work](Connection& connection) -> Result<bool> {
      SOMA_TRY(tables::drop_work(connection, work));
      return true;
    };
    const Result<bool> dropped = co_await state->write(std::move(drop));
    if (!dropped) co_return std::unexpected(dropped.error());
    co_return Result<>{};
  }
  Result<Plan> made = co_await make_plan(state, *strategy, work);
  if (state->stopping) co_return Result<>{};  // the work waits for the next start
  std::function<Result<bool>(Connection&)> keep;
  if (made) {
    keep = [state = state.get(), plan = std::move(*made)](Connection& connection) -> Result<bool> {
      SOMA_TRY(apply(connection, plan, state->with.ids, state->with.clock.now()));
      return true;
    };
  } else {
    const std::string why(os::utf8_prefix(made.error().to_string(), kMaxFailureBytes));
    os::log(os::Level::kError, "memory.consolidation.failed",
            {{"memory", work.key.memory}, {"strategy", work.strategy}, {"job", work.job}, {"error", why}});
    keep = [work, why](Connection& connection) -> Result<bool> {
      SOMA_TRY(tables::fail_work(connection, work, why));
      return true;
    };
  }
  const Result<bool> kept = co_await state->write(std::move(keep));
  if (!kept) co_return std::unexpected(kept.error());
  co_return Result<>{};
}

}  // namespace

// Through the writer's queue, which ends with the service: a worker thread would outlive the clock.
net::Task<Result<bool>> Service::State::sweep() {
  std::function<Result<uint64_t>(Connection&)> work = [this](Connection& connection) {
    return tables::delete_expired(connection, with.clock.now(), kSweepAtOnce);
  };
  SOMA_CO_ASSIGN(const uint64_t gone, co_await write(std::move(work)));
  if (gone > 0) scrub();
  co_return gone == kSweepAtOnce;
}

net::Task<> Service::State::consolidate_for_ever() {
  const std::shared_ptr<State> state = shared_from_this();
  os::Time sweep_at = with.clock.now();
  while (!stopping) {
    const uint64_t heard = news.heard();
    const os::Time now = with.clock.now();
    if (now >= sweep_at) {
      const Result<bool> swept = co_await sweep();
      sweep_at = swept && *swept ? now : now + kSweepEvery;
      if (!swept) os::log(os::Level::kError, "memory.sweep.failed", {{"error", swept.error().to_string()}});
    }
    const Result<Waiting> waiting =
        read<Waiting>([now](Connection& connection) { return look(connection, now); });
    Result<> done = waiting ? Result<>{} : Result<>(std::unexpected(waiting.error()));
    if (waiting && waiting->work) {
      done = co_await step(state, *waiting->work);
      if (done) {
        news.tell();
        continue;
      }
    }
    if (!done)
      os::log(os::Level::kError, "memory.consolidation.stuck", {{"error", done.error().to_string()}});
    os::Time until = sweep_at;
    if (waiting && waiting->next_rest) until = std::min(until, *waiting->next_rest);
    // A full disk has room again some time; a store that stopped stays so.
    if (!done && !database->stopped()) until = std::min(until, with.clock.now() + kTryAgainAfter);
    co_await news.wait(with.clock, heard, until);
  }
}

Result<Page<FailedJob>> Service::failed_jobs(std::string_view memory, const FailedJob& like, size_t limit,
                                             std::string_view token) const {
  SOMA_ASSIGN(const State::MemoryPtr found, state_->find(memory));
  const auto fits = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  return state_->read<Page<FailedJob>>([&](Connection& connection) -> Result<Page<FailedJob>> {
    Page<FailedJob> page;
    std::string after(token);
    for (;;) {
      SOMA_ASSIGN(const std::vector<tables::Work> works,
                  tables::read_failed(connection, found->id, after, limit, kMaxAttempts));
      for (const tables::Work& work : works) {
        after = work.job;
        if (!fits(like.strategy_id, work.strategy) || !fits(like.actor_id, work.key.actor) ||
            !fits(like.session_id, work.key.session))
          continue;
        if (page.items.size() == limit) {
          page.next_token = page.items.back().id;
          return page;
        }
        SOMA_ASSIGN(const std::vector<Event> events,
                    tables::read_conversation(connection, work.key, kMaxPage, state_->with.clock.now()));
        FailedJob job{work.job, work.strategy, work.key.actor, work.key.session, work.failure, {}};
        for (const Event& event : events)
          for (size_t index = 0; event.change > work.seen && index < event.payload.size(); ++index)
            job.sources.push_back(source_of(event.id, index));
        page.items.push_back(std::move(job));
      }
      if (works.size() < limit) return page;
    }
  });
}

net::Task<Result<>> Service::start_job(std::string memory, std::string job) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  std::function<Result<bool>(Connection&)> work = [id = found->id, job](Connection& connection) {
    return tables::restart_work(connection, id, job, kMaxAttempts);
  };
  SOMA_CO_ASSIGN(const bool started, co_await state->write(std::move(work)));
  if (!started) co_return os::fail(os::Code::kNotFound, fmt::format("there is no failed job {}", job));
  state->news.tell();
  co_return Result<>{};
}

net::Task<Result<>> Service::settle(std::string memory) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const State::MemoryPtr found, state->find(memory));
  std::function<Result<uint64_t>(Connection&)> count = [id = found->id](Connection& connection) {
    return tables::count_waiting(connection, id, kMaxAttempts);
  };
  for (;;) {
    const uint64_t heard = state->news.heard();
    SOMA_CO_ASSIGN(const uint64_t waiting, state->read(count));
    if (waiting == 0) co_return Result<>{};
    if (state->stopping) co_return os::fail(os::Code::kCancelled, "soma is stopping");
    if (auto stopped = state->database->stopped()) co_return std::unexpected(std::move(*stopped));
    co_await state->news.wait(state->with.clock, heard, state->with.clock.now() + kSweepEvery);
    SOMA_CO_TRY(state->find(found->id));
  }
}

}  // namespace soma::memory
