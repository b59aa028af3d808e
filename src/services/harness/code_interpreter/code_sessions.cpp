#include "services/harness/code_interpreter/code_sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "base/aws/aws.h"
#include "base/net/on_loop.h"
#include "services/harness/code_interpreter/code_tools.h"
#include "services/harness/loop/run_writer.h"

namespace soma::harness {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr std::string_view kReady = "ready", kTerminated = "terminated";
constexpr std::string_view kStarted = "interpreter.started", kCalled = "interpreter.called",
                           kEnded = "interpreter.ended";
constexpr std::string_view kNameLabel = "name", kTimeoutLabel = "sessionTimeoutSeconds";
constexpr size_t kIdLength = 26, kMaxIdLength = 40;  // the API takes [0-9a-zA-Z]{1,40}
constexpr std::chrono::seconds kStopPatience{10};

std::string run_of(std::string_view session_id) {
  return fmt::format("code-interpreter/{}", session_id);
}

Result<> check(const StartCodeSession& request) {
  if (request.timeout_seconds < 1 || request.timeout_seconds > kMaxCodeSessionSeconds)
    return os::fail(Code::kInvalidArgument, fmt::format("sessionTimeoutSeconds is {}; it must be 1 to {}",
                                                        request.timeout_seconds, kMaxCodeSessionSeconds));
  if (request.name.size() > kMaxCodeSessionName)
    return os::fail(Code::kInvalidArgument, fmt::format("name has {} bytes; the limit is {}",
                                                        request.name.size(), kMaxCodeSessionName));
  return {};
}

CodeSessionInfo info_of(const journal::Run& run) {
  CodeSessionInfo info{.session_id = run.id.substr(run_of("").size()),
                       .name = std::string(run.label(kNameLabel)),
                       .ready = run.status == kReady,
                       .created = run.created,
                       .updated = run.updated};
  const std::string_view timeout = run.label(kTimeoutLabel);
  std::from_chars(timeout.data(), timeout.data() + timeout.size(), info.timeout_seconds);
  return info;
}

// A session that is open, and who writes its run. Used on its loop.
struct Open {
  std::shared_ptr<CodeSession> session;
  std::unique_ptr<RunWriter> writer;
  os::Clock::TimerId timer = 0;
};

// The session's run has every call, also those that failed.
net::Task<Result<Value>> run_and_note(std::shared_ptr<Open> open, os::Clock& clock, std::string name,
                                      Value arguments, CodeSession& session) {
  const os::Time began = clock.now();
  Result<Value> result = co_await run_code_tool(session, name, std::move(arguments));
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began).count();
  Value body = json::object({{"name", std::string(os::utf8_prefix(os::to_valid_utf8(name), 100))},
                             {"isError", !result || result->get("isError").bool_or(false)},
                             {"latencyMs", elapsed}});
  if (!result) body.set("error", result.error().to_string());
  open->writer->add(kCalled, body);
  open->writer->send_soon();
  co_return result;
}

net::Task<Result<>> end_session(std::shared_ptr<Open> open, std::string reason) {
  co_await open->session->end();
  open->writer->add(kEnded, json::object({{"reason", std::move(reason)}}));
  journal::AppendOptions options;
  options.status = std::string(kTerminated);
  open->writer->set_options(std::move(options));
  co_return co_await open->writer->flush();
}

}  // namespace

struct CodeSessions::State : std::enable_shared_from_this<CodeSessions::State> {
  explicit State(const Dependencies& d)
      : dependencies(d), directory(d.data_directory + "/code-interpreter") {}

  Dependencies dependencies;
  std::string directory;
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Open>> open;  // by session id
  bool stopping = false;

  std::shared_ptr<Open> find(const std::string& session_id) {
    const std::lock_guard lock(mutex);
    const auto found = open.find(session_id);
    return found == open.end() ? nullptr : found->second;
  }
  std::shared_ptr<Open> take(const std::string& session_id) {
    const std::lock_guard lock(mutex);
    const auto found = open.find(session_id);
    if (found == open.end()) return nullptr;
    auto taken = std::move(found->second);
    open.erase(found);
    return taken;
  }

  Result<> check_room() {
    const std::lock_guard lock(mutex);
    if (stopping) return os::fail(Code::kUnavailable, "soma is shutting down", "try again when it is back");
    if (open.size() < kMaxCodeSessions) return {};
    return os::fail(Code::kLimitExceeded, fmt::format("{} sessions are open (kMaxCodeSessions)", open.size()),
                    "stop one of them");
  }

  net::Task<Result<>> close(std::shared_ptr<Open> taken, std::string reason) {
    dependencies.clock.cancel(taken->timer);
    const net::Executor executor = taken->session->executor();
    net::Task<Result<>> work = end_session(std::move(taken), std::move(reason));
    co_return co_await net::on_loop(executor, std::move(work));
  }

  static net::Task<> expire(std::shared_ptr<State> self, std::string session_id) {
    auto taken = self->take(session_id);
    if (!taken) co_return;
    const Result<> closed = co_await self->close(std::move(taken), "timeout");
    if (!closed)
      os::log(os::Level::kWarning, "code_interpreter.close.failed",
              {{"session", session_id}, {"error", closed.error().to_string()}});
  }

  // Its run is there; now the session itself.
  Result<> bring_up(const std::string& session_id, uint64_t seq, os::Time ends_at) {
    const std::string run = run_of(session_id);
    const net::Executor executor = dependencies.loops.executor_for(run);
    SOMA_ASSIGN(auto session,
                CodeSession::make(dependencies, executor, directory + "/" + session_id, ends_at));
    auto made = std::make_shared<Open>(
        Open{std::move(session), std::make_unique<RunWriter>(dependencies.journal, executor, run, seq)});
    const std::lock_guard lock(mutex);
    open.emplace(session_id, made);
    made->timer = dependencies.clock.call_at(ends_at, [weak = weak_from_this(), executor, session_id] {
      if (const auto self = weak.lock())
        net::spawn(executor, expire(self, session_id), "code_interpreter.expire");
    });
    return {};
  }

  net::Task<> give_up(std::string session_id, uint64_t seq, std::string why) {
    const auto self = shared_from_this();
    std::vector<journal::NewEvent> events{
        {std::string(kEnded), json::write(json::object({{"reason", std::move(why)}}))}};
    journal::AppendOptions options;
    options.status = std::string(kTerminated);
    static_cast<void>(
        co_await dependencies.journal.append(run_of(session_id), seq, std::move(events), std::move(options)));
  }
};

CodeSessions::CodeSessions(const Dependencies& dependencies)
    : state_(std::make_shared<State>(dependencies)) {}
CodeSessions::~CodeSessions() = default;

void CodeSessions::start() {
  std::error_code error;
  std::filesystem::remove_all(state_->directory, error);
  if (error) os::log(os::Level::kWarning, "code_interpreter.files.left", {{"error", error.message()}});
  journal::ListFilter filter;
  filter.kind = kCodeSessionKind;
  filter.statuses = {std::string(kReady)};
  filter.limit = journal::kMaxReadEvents;
  const auto page = state_->dependencies.journal.list(filter);
  for (const journal::Run& run : page ? page->runs : std::vector<journal::Run>{}) {
    const std::string session_id = info_of(run).session_id;
    net::spawn(state_->dependencies.loops.executor_for(run.id),
               state_->give_up(session_id, run.last_seq, "soma was restarted"), "code_interpreter.leftover");
  }
  if (!page)
    os::log(os::Level::kError, "code_interpreter.start.failed", {{"error", page.error().to_string()}});
}

void CodeSessions::stop() {
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
        open->session->executor(),
        [](std::shared_ptr<State> state, std::shared_ptr<Open> taken,
           std::shared_ptr<Gate> g) -> net::Task<> {
          static_cast<void>(co_await state->close(std::move(taken), "soma stops"));
          const std::lock_guard lock(g->mutex);
          if (--g->open == 0) g->zero.notify_all();
        }(state_, open, gate),
        "code_interpreter.stop");
  std::unique_lock lock(gate->mutex);
  gate->zero.wait_for(lock, kStopPatience, [&] { return gate->open == 0; });
}

net::Task<Result<CodeSessionInfo>> CodeSessions::open(StartCodeSession request) {
  const auto state = state_;
  SOMA_CO_TRY(check(request));
  // The token names the session: a repeated request finds it.
  const std::string session_id = request.client_token.empty()
                                     ? state->dependencies.ids.token(kIdLength)
                                     : aws::sha256_hex(request.client_token).substr(0, kMaxIdLength);
  if (const auto there = state->dependencies.journal.get(run_of(session_id))) co_return info_of(*there);
  SOMA_CO_TRY(state->check_room());
  journal::Run run;
  run.id = run_of(session_id);
  run.kind = kCodeSessionKind;
  run.status = kReady;
  run.labels = {{std::string(kTimeoutLabel), std::to_string(request.timeout_seconds)}};
  if (!request.name.empty()) run.labels.push_back({std::string(kNameLabel), request.name});
  Value body = json::object({{"sessionTimeoutSeconds", request.timeout_seconds}});
  if (!request.name.empty()) body.set("name", request.name);
  std::vector<journal::NewEvent> events{{std::string(kStarted), json::write(body)}};
  const os::Time ends_at = state->dependencies.clock.now() + std::chrono::seconds(request.timeout_seconds);
  const auto seq = co_await state->dependencies.journal.create(std::move(run), std::move(events));
  if (!seq && seq.error().code != Code::kAlreadyExists) co_return std::unexpected(seq.error());
  if (seq) {
    if (const auto up = state->bring_up(session_id, *seq, ends_at); !up) {
      co_await state->give_up(session_id, *seq, up.error().to_string());
      co_return std::unexpected(up.error());
    }
  }
  SOMA_CO_ASSIGN(const journal::Run made, state->dependencies.journal.get(run_of(session_id)));
  co_return info_of(made);
}

Result<CodeSessionInfo> CodeSessions::get(std::string_view session_id) const {
  const auto run = state_->dependencies.journal.get(run_of(session_id));
  if (!run && run.error().code == Code::kNotFound)
    return os::fail(Code::kNotFound, fmt::format("there is no code interpreter session '{}'",
                                                 os::utf8_prefix(session_id, kMaxIdLength)));
  if (!run) return std::unexpected(run.error());
  return info_of(*run);
}

Result<CodeSessionPage> CodeSessions::list(std::optional<bool> ready, size_t limit,
                                           std::string_view page_token) const {
  journal::ListFilter filter;
  filter.kind = kCodeSessionKind;
  if (ready) filter.statuses = {std::string(*ready ? kReady : kTerminated)};
  filter.limit = limit;
  filter.page_token = page_token;
  SOMA_ASSIGN(const journal::RunPage page, state_->dependencies.journal.list(filter));
  CodeSessionPage found;
  for (const journal::Run& run : page.runs) found.sessions.push_back(info_of(run));
  found.next_token = page.next_token;
  return found;
}

net::Task<Result<CodeSessionInfo>> CodeSessions::close(std::string session_id) {
  const auto state = state_;
  if (auto taken = state->take(session_id)) SOMA_CO_TRY(co_await state->close(std::move(taken), "stopped"));
  co_return get(session_id);
}

net::Task<Result<Value>> CodeSessions::call(std::string session_id, std::string name, Value arguments) {
  const auto state = state_;
  const std::shared_ptr<Open> found = state->find(session_id);
  if (!found) {
    SOMA_CO_TRY(get(session_id));
    co_return os::fail(Code::kNotFound, fmt::format("code interpreter session {} has ended", session_id),
                       "start another one");
  }
  os::Clock& clock = state->dependencies.clock;
  std::function<net::Task<Result<Value>>(CodeSession&)> work =
      [found, &clock, name = std::move(name), arguments = std::move(arguments)](CodeSession& session) {
        return run_and_note(found, clock, name, arguments, session);
      };
  net::Task<Result<Value>> task = found->session->call(std::move(work));
  co_return co_await net::on_loop(found->session->executor(), std::move(task));
}

}  // namespace soma::harness
