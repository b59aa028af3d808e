#include "services/harness/timed_session/timed_sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "base/aws/aws.h"
#include "base/net/on_loop.h"
#include "services/harness/loop/run_writer.h"

namespace soma::harness {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr std::string_view kReady = "ready", kTerminated = "terminated";
constexpr std::string_view kNameLabel = "name", kTimeoutLabel = "sessionTimeoutSeconds";
constexpr size_t kIdLength = 26, kMaxIdLength = 40;  // the API takes [0-9a-zA-Z]{1,40}
constexpr size_t kMaxNotedName = 100;                // bytes of a call's name in the run
constexpr std::chrono::seconds kStopPatience{10};

Result<> check(const StartTimedSession& request, const TimedSessionKind& kind) {
  if (request.timeout_seconds < 1 || request.timeout_seconds > kind.max_seconds)
    return os::fail(Code::kInvalidArgument, fmt::format("sessionTimeoutSeconds is {}; it must be 1 to {}",
                                                        request.timeout_seconds, kind.max_seconds));
  if (request.name.size() > kMaxTimedSessionName)
    return os::fail(Code::kInvalidArgument, fmt::format("name has {} bytes; the limit is {}",
                                                        request.name.size(), kMaxTimedSessionName));
  return {};
}

// Used on its loop.
class Open final : public OpenSession {
 public:
  Open(std::shared_ptr<TimedSession> session, const TimedSessionKind& kind, journal::Journal& journal,
       std::string run, uint64_t seq)
      : session_(std::move(session)),
        events_(kind.events),
        writer_(journal, session_->executor(), std::move(run), seq) {}

  const std::shared_ptr<TimedSession>& session() const override { return session_; }
  void note(std::string_view type, const Value& body) override {
    writer_.add(fmt::format("{}.{}", events_, type), body);
    writer_.send_soon();
  }
  net::Task<Result<>> end(std::string reason) {
    co_await session_->end();
    writer_.add(fmt::format("{}.ended", events_), json::object({{"reason", std::move(reason)}}));
    journal::AppendOptions options;
    options.status = std::string(kTerminated);
    writer_.set_options(std::move(options));
    co_return co_await writer_.flush();
  }

  os::Clock::TimerId timer = 0;

 private:
  std::shared_ptr<TimedSession> session_;
  std::string_view events_;
  RunWriter writer_;
};

net::Task<Result<>> end_open(std::shared_ptr<Open> open, std::string reason) {
  co_return co_await open->end(std::move(reason));
}

net::Task<Result<Value>> run_and_note(std::shared_ptr<OpenSession> open, os::Clock& clock, std::string name,
                                      TimedSessions::Work work) {
  const os::Time began = clock.now();
  net::Task<Result<Value>> task = work(*open->session());
  Result<Value> result = co_await std::move(task);
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began).count();
  Value body = json::object({{"name", std::string(os::utf8_prefix(os::to_valid_utf8(name), kMaxNotedName))},
                             {"isError", !result || result->get("isError").bool_or(false)},
                             {"latencyMs", elapsed}});
  if (!result) body.set("error", result.error().to_string());
  open->note("called", body);
  co_return result;
}

}  // namespace

std::string_view TimedSessionInfo::label(std::string_view wanted) const {
  const auto found = std::ranges::find(labels, wanted, &journal::Label::name);
  return found == labels.end() ? std::string_view() : std::string_view(found->value);
}

struct TimedSessions::State : std::enable_shared_from_this<TimedSessions::State> {
  State(const Dependencies& d, const TimedSessionKind& k)
      : dependencies(d), kind(k), directory(fmt::format("{}/{}", d.data_directory, k.prefix)) {}

  Dependencies dependencies;
  TimedSessionKind kind;
  std::string directory;
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Open>> open;  // by session id
  size_t coming = 0;                                            // that are being made
  bool stopping = false;

  std::string run_of(std::string_view session_id) const {
    return fmt::format("{}/{}", kind.prefix, session_id);
  }

  TimedSessionInfo info_of(const journal::Run& run) const {
    TimedSessionInfo info{.session_id = run.id.substr(kind.prefix.size() + 1),
                          .name = std::string(run.label(kNameLabel)),
                          .ready = run.status == kReady,
                          .created = run.created,
                          .updated = run.updated,
                          .labels = run.labels};
    const std::string_view timeout = run.label(kTimeoutLabel);
    std::from_chars(timeout.data(), timeout.data() + timeout.size(), info.timeout_seconds);
    return info;
  }

  std::shared_ptr<Open> take(const std::string& session_id) {
    const std::lock_guard lock(mutex);
    const auto found = open.find(session_id);
    if (found == open.end()) return nullptr;
    auto taken = std::move(found->second);
    open.erase(found);
    return taken;
  }

  os::Error stops() const {
    return {Code::kUnavailable, "soma is shutting down", "try again when it is back"};
  }

  // A place among those that are open; given back by leave_room().
  Result<> take_room() {
    const std::lock_guard lock(mutex);
    if (stopping) return std::unexpected(stops());
    if (open.size() + coming >= kind.max_open)
      return os::fail(Code::kLimitExceeded,
                      fmt::format("{} sessions are open ({})", open.size() + coming, kind.max_open_name),
                      "stop one of them");
    ++coming;
    return {};
  }
  void leave_room() {
    const std::lock_guard lock(mutex);
    --coming;
  }

  net::Task<Result<>> close(std::shared_ptr<Open> taken, std::string reason) {
    dependencies.clock.cancel(taken->timer);
    const net::Executor executor = taken->session()->executor();
    net::Task<Result<>> work = end_open(std::move(taken), std::move(reason));
    co_return co_await net::on_loop(executor, std::move(work));
  }

  static net::Task<> expire(std::shared_ptr<State> self, std::string session_id) {
    auto taken = self->take(session_id);
    if (!taken) co_return;
    const Result<> closed = co_await self->close(std::move(taken), "timeout");
    if (!closed)
      os::log(os::Level::kWarning, "session.close.failed",
              {{"session", self->run_of(session_id)}, {"error", closed.error().to_string()}});
  }

  // Its run is there; now the session itself.
  net::Task<Result<>> bring_up(std::string session_id, uint64_t seq, os::Time ends_at, Make make) {
    const auto self = shared_from_this();
    const std::string run = run_of(session_id);
    const net::Executor executor = dependencies.loops.executor_for(run);
    Place place{session_id, executor, directory + "/" + session_id, ends_at};
    net::Task<Result<std::shared_ptr<TimedSession>>> making = make(std::move(place));
    SOMA_CO_ASSIGN(auto session, co_await net::on_loop(executor, std::move(making)));
    auto made = std::make_shared<Open>(session, kind, dependencies.journal, run, seq);
    bool late = false;
    {
      const std::lock_guard lock(mutex);
      late = stopping;
      if (!late) {
        open.emplace(session_id, made);
        made->timer = dependencies.clock.call_at(ends_at, [weak = weak_from_this(), executor, session_id] {
          if (const auto state = weak.lock())
            net::spawn(executor, expire(state, session_id), "session.expire");
        });
      }
    }
    if (!late) co_return Result<>();
    net::Task<> ending = session->end();
    co_await net::on_loop(executor, std::move(ending));
    co_return std::unexpected(stops());
  }

  net::Task<> give_up(std::string session_id, uint64_t seq, std::string why) {
    const auto self = shared_from_this();
    std::vector<journal::NewEvent> events{
        {fmt::format("{}.ended", kind.events), json::write(json::object({{"reason", std::move(why)}}))}};
    journal::AppendOptions options;
    options.status = std::string(kTerminated);
    static_cast<void>(
        co_await dependencies.journal.append(run_of(session_id), seq, std::move(events), std::move(options)));
  }

  // The run of a session that begins, and its first event.
  net::Task<Result<uint64_t>> create_run(std::string session_id, const StartTimedSession& request) {
    journal::Run run;
    run.id = run_of(session_id);
    run.kind = kind.kind;
    run.status = kReady;
    run.labels = {{std::string(kTimeoutLabel), std::to_string(request.timeout_seconds)}};
    Value body = json::object({{"sessionTimeoutSeconds", request.timeout_seconds}});
    if (!request.name.empty()) {
      run.labels.push_back({std::string(kNameLabel), request.name});
      body.set("name", request.name);
    }
    for (const auto& [name, value] : request.details.as_object()) {
      body.set(name, value);
      if (value.is_string()) run.labels.push_back({std::string(name), value.as_string()});
    }
    std::vector<journal::NewEvent> events{{fmt::format("{}.started", kind.events), json::write(body)}};
    co_return co_await dependencies.journal.create(std::move(run), std::move(events));
  }
};

TimedSessions::TimedSessions(const Dependencies& dependencies, const TimedSessionKind& kind)
    : state_(std::make_shared<State>(dependencies, kind)) {}
TimedSessions::~TimedSessions() = default;

void TimedSessions::start() {
  std::error_code error;
  std::filesystem::remove_all(state_->directory, error);
  if (error)
    os::log(os::Level::kWarning, "session.files.left",
            {{"directory", state_->directory}, {"error", error.message()}});
  journal::ListFilter filter;
  filter.kind = state_->kind.kind;
  filter.statuses = {std::string(kReady)};
  filter.limit = journal::kMaxReadEvents;
  const auto page = state_->dependencies.journal.list(filter);
  for (const journal::Run& run : page ? page->runs : std::vector<journal::Run>{}) {
    const std::string session_id = state_->info_of(run).session_id;
    net::spawn(state_->dependencies.loops.executor_for(run.id),
               state_->give_up(session_id, run.last_seq, "soma was restarted"), "session.leftover");
  }
  if (!page)
    os::log(os::Level::kError, "session.start.failed",
            {{"kind", state_->kind.kind}, {"error", page.error().to_string()}});
}

void TimedSessions::stop() {
  std::unordered_map<std::string, std::shared_ptr<Open>> all;
  {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->stopping, true)) return;
    all.swap(state_->open);
  }
  struct Gate {
    std::mutex mutex;
    std::condition_variable zero;
    size_t open = 0;
  };
  auto gate = std::make_shared<Gate>();
  gate->open = all.size();
  for (auto& [id, open] : all)
    net::spawn(
        open->session()->executor(),
        [](std::shared_ptr<State> state, std::shared_ptr<Open> taken,
           std::shared_ptr<Gate> g) -> net::Task<> {
          static_cast<void>(co_await state->close(std::move(taken), "soma stops"));
          const std::lock_guard lock(g->mutex);
          if (--g->open == 0) g->zero.notify_all();
        }(state_, open, gate),
        "session.stop");
  std::unique_lock lock(gate->mutex);
  gate->zero.wait_for(lock, kStopPatience, [&] { return gate->open == 0; });
}

net::Task<Result<TimedSessionInfo>> TimedSessions::open(StartTimedSession request, Make make) {
  const auto state = state_;
  SOMA_CO_TRY(check(request, state->kind));
  // The token names the session: a repeated request finds it.
  const std::string session_id = request.client_token.empty()
                                     ? state->dependencies.ids.token(kIdLength)
                                     : aws::sha256_hex(request.client_token).substr(0, kMaxIdLength);
  const std::string run = state->run_of(session_id);
  if (const auto there = state->dependencies.journal.get(run)) co_return state->info_of(*there);
  SOMA_CO_TRY(state->take_room());
  struct Room {
    State& state;
    ~Room() { state.leave_room(); }
  } const room{*state};
  const os::Time ends_at = state->dependencies.clock.now() + std::chrono::seconds(request.timeout_seconds);
  const auto seq = co_await state->create_run(session_id, request);
  if (!seq && seq.error().code != Code::kAlreadyExists) co_return std::unexpected(seq.error());
  if (seq) {
    const Result<> up = co_await state->bring_up(session_id, *seq, ends_at, std::move(make));
    if (!up) {
      co_await state->give_up(session_id, *seq, up.error().to_string());
      co_return std::unexpected(up.error());
    }
  }
  SOMA_CO_ASSIGN(const journal::Run made, state->dependencies.journal.get(run));
  co_return state->info_of(made);
}

Result<TimedSessionInfo> TimedSessions::get(std::string_view session_id) const {
  const auto run = state_->dependencies.journal.get(state_->run_of(session_id));
  if (!run && run.error().code == Code::kNotFound)
    return os::fail(Code::kNotFound, fmt::format("there is no {} '{}'", state_->kind.words,
                                                 os::utf8_prefix(session_id, kMaxIdLength)));
  if (!run) return std::unexpected(run.error());
  return state_->info_of(*run);
}

Result<TimedSessionPage> TimedSessions::list(std::optional<bool> ready, size_t limit,
                                             std::string_view page_token) const {
  journal::ListFilter filter;
  filter.kind = state_->kind.kind;
  if (ready) filter.statuses = {std::string(*ready ? kReady : kTerminated)};
  filter.limit = limit;
  filter.page_token = page_token;
  SOMA_ASSIGN(const journal::RunPage page, state_->dependencies.journal.list(filter));
  TimedSessionPage found;
  for (const journal::Run& run : page.runs) found.sessions.push_back(state_->info_of(run));
  found.next_token = page.next_token;
  return found;
}

net::Task<Result<TimedSessionInfo>> TimedSessions::close(std::string session_id, std::string reason) {
  const auto state = state_;
  if (auto taken = state->take(session_id))
    SOMA_CO_TRY(co_await state->close(std::move(taken), std::move(reason)));
  co_return get(session_id);
}

Result<std::shared_ptr<OpenSession>> TimedSessions::find(const std::string& session_id) const {
  {
    const std::lock_guard lock(state_->mutex);
    if (const auto found = state_->open.find(session_id); found != state_->open.end()) return found->second;
  }
  SOMA_TRY(get(session_id));
  return os::fail(Code::kNotFound, fmt::format("{} {} has ended", state_->kind.words, session_id),
                  "start another one");
}

net::Task<Result<Value>> TimedSessions::call(std::string session_id, std::string name, Work work) {
  const auto state = state_;
  SOMA_CO_ASSIGN(const std::shared_ptr<OpenSession> found, find(session_id));
  os::Clock& clock = state->dependencies.clock;
  std::function<net::Task<Result<Value>>()> noted = [found, &clock, name = std::move(name),
                                                     work = std::move(work)] {
    return run_and_note(found, clock, name, work);
  };
  net::Task<Result<Value>> task = found->session()->call(std::move(noted));
  co_return co_await net::on_loop(found->session()->executor(), std::move(task));
}

}  // namespace soma::harness
