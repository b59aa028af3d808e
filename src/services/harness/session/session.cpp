#include "services/harness/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "core/model/prices.h"
#include "services/harness/access/admission.h"
#include "services/harness/loop/recorder.h"
#include "services/harness/loop/spending.h"
#include "services/harness/loop/stand_in.h"
#include "services/harness/session/client_messages.h"
#include "services/harness/skills/session_skills.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

constexpr size_t kMaxTitleBytes = 80;
constexpr uint64_t kMaxExecOutputBytes = 64u << 20;

std::string title_of(const std::vector<model::Message>& messages) {
  std::string text = messages.empty() ? "" : model::text_of(messages.front());
  for (char& character : text)
    if (character == '\n' || character == '\r' || character == '\t') character = ' ';
  const std::string_view prefix = os::utf8_prefix(os::trim(text), kMaxTitleBytes);
  return prefix.size() < os::trim(text).size() ? std::string(prefix) + "…" : std::string(prefix);
}

json::Value started_body(const std::string& invocation_id, const Definition& definition, const Config& config,
                         const std::vector<Skill>& skills, const InvokeRequest& request) {
  json::Value messages = json::Array{};
  for (const model::Message& message : request.messages) messages.push_back(model::to_json(message));
  json::Value body = json::object(
      {{"invocationId", invocation_id},
       {"messages", std::move(messages)},
       {"harnessVersion", std::to_string(definition.version)},
       {"model", json::object({{"provider", config.model.provider}, {"modelId", config.model.model_id}})},
       {"config", to_json(config)}});
  if (!skills.empty()) body.set("skills", to_json(skills));
  if (config.memory) body.set("actorId", request.actor_id);
  if (!request.qualifier.empty()) body.set("qualifier", request.qualifier);
  if (!request.client_token.empty()) body.set("clientToken", request.client_token);
  return body;
}

}  // namespace

Session::Session(const Dependencies& dependencies, net::Executor executor, SessionKey key,
                 std::function<void(Session&)> on_idle)
    : dependencies_(dependencies),
      executor_(std::move(executor)),
      key_(std::move(key)),
      on_idle_(std::move(on_idle)) {}
Session::~Session() = default;

Result<> Session::load() {
  if (history_) return {};
  auto run = dependencies_.journal.get(key_.run());
  if (!run && run.error().code != Code::kNotFound) return std::unexpected(run.error());
  exists_ = run.has_value();
  if (exists_) {
    SOMA_ASSIGN(history_, read_history(dependencies_.journal, key_.run()));
  } else {
    history_.emplace();
  }
  writer_ = std::make_unique<RunWriter>(dependencies_.journal, executor_, key_.run(), history_->last_seq);
  return {};
}

Result<> Session::check_caller(const Caller& caller) const {
  return exists_ ? check_owner(caller, history_->user, key_.session_id) : Result<>{};
}

Result<> Session::check_bench_is_free(const Config& config) const {
  if (execs_ == 0 || (bench_ && bench_->fits(config))) return {};
  return os::fail(
      Code::kConflict,
      fmt::format("session {} runs a command with other tools or another sandbox", key_.session_id),
      "wait for the command, or use another session id");
}

Result<> Session::ready_bench(const Config& config) {
  idle_timeout_seconds_ = config.idle_timeout_seconds;
  max_lifetime_seconds_ = config.max_lifetime_seconds;
  if (bench_ && bench_->fits(config)) return {};
  SOMA_TRY(check_bench_is_free(config));
  bench_.reset();
  SOMA_ASSIGN(bench_, Workbench::make(dependencies_, executor_, config, key_.harness_id, key_.session_id));
  return {};
}

net::Task<Result<std::vector<Skill>>> Session::ready_skills(const Config& config) {
  if (config.skills.empty()) co_return std::vector<Skill>{};
  if (dependencies_.stand_in) co_return dependencies_.stand_in->skills();
  SOMA_CO_TRY(check_bench_is_free(config));
  SkillMachine machine{.executor = executor_,
                       .clock = dependencies_.clock,
                       .ids = dependencies_.ids,
                       .launcher = dependencies_.launcher,
                       .data_directory = dependencies_.data_directory,
                       .read_secret = dependencies_.read_secret};
  std::string folder = session_directory(dependencies_.data_directory, key_.harness_id, key_.session_id);
  std::vector<SkillSource> sources = config.skills;
  const bool anew = !history_->running && (!exists_ || history_->ended);
  co_return co_await ready_session_skills(std::move(machine), std::move(sources), std::move(folder), anew);
}

Result<std::unique_ptr<model::Provider>> Session::ready_provider(const Config& config) {
  if (!http_) http_ = std::make_unique<net::HttpClient>(executor_);
  if (!hooks_)
    hooks_ = std::make_unique<HookRunner>(HookDependencies{dependencies_.clock, dependencies_.launcher,
                                                           *http_, dependencies_.read_secret, executor_});
  const std::string workspace =
      workspace_directory(dependencies_.data_directory, key_.harness_id, key_.session_id);
  model::ProviderContext context{.clock = dependencies_.clock, .ids = dependencies_.ids, .http = http_.get()};
  context.read_secret = dependencies_.read_secret;
  context.read_file = [workspace](const std::string& file) -> Result<std::string> {
    SOMA_ASSIGN(const std::string path, sandbox::resolve_inside(workspace, file, true));
    return os::read_file(path);
  };
  if (dependencies_.stand_in) return dependencies_.stand_in->make_provider();
  return model::make_provider(config.model, std::move(context));
}

// The first events of something new in the session: they make the run when it does not exist, and reopen it
// when it had ended.
net::Task<Result<>> Session::write_start(std::vector<std::pair<std::string_view, json::Value>> events,
                                         std::string_view status, std::string_view title, Origin origin) {
  const os::Time now = dependencies_.clock.now();
  if (exists_ && history_->ended) events.insert(events.begin(), {event::kSessionReopened, json::Object{}});
  if (exists_) {
    journal::AppendOptions options;
    options.status = std::string(status);
    options.wake_at = os::Time::max();
    writer_->set_options(std::move(options));
    for (const auto& [type, body] : events) writer_->add(type, body);
    if (const Result<> flushed = co_await writer_->flush(); !flushed) {
      // A writer that failed writes nothing more: the next to come begins from the disk, with a new one.
      if (!running_) history_.reset();
      co_return std::unexpected(flushed.error());
    }
  } else {
    json::Value created = json::object(
        {{"harnessId", key_.harness_id}, {"harnessName", key_.harness_name}, {"sessionId", key_.session_id}});
    const std::optional<Lineage>& lineage = origin.lineage;
    if (lineage) created.set("parent", to_json(*lineage));
    if (origin.user)
      created.set("user", json::object({{"issuer", origin.user->issuer}, {"subject", origin.user->subject}}));
    events.insert(events.begin(), {event::kSessionCreated, std::move(created)});
    journal::Run run;
    run.id = key_.run();
    run.kind = kSessionKind;
    run.status = status;
    run.labels = {
        {"harnessId", key_.harness_id}, {"harnessName", key_.harness_name}, {"sessionId", key_.session_id}};
    if (origin.user) {
      run.labels.push_back({std::string(kUserLabel), origin.user->subject});
      run.labels.push_back({std::string(kUserIssuerLabel), origin.user->issuer});
    }
    if (!title.empty()) run.labels.push_back({"title", std::string(title)});
    if (lineage) {
      run.labels.push_back({"parentRun", lineage->parent_run});
      run.labels.push_back({"rootRun", lineage->root_run});
      run.labels.push_back({"parentToolUseId", lineage->tool_use_id});
      run.labels.push_back({"depth", std::to_string(lineage->depth)});
    }
    std::vector<journal::NewEvent> first;
    for (const auto& [type, body] : events) first.push_back({std::string(type), json::write(body)});
    SOMA_CO_ASSIGN(const uint64_t seq,
                   co_await dependencies_.journal.create(std::move(run), std::move(first)));
    writer_ = std::make_unique<RunWriter>(dependencies_.journal, executor_, key_.run(), seq);
    exists_ = true;
  }
  for (const auto& [type, body] : events) SOMA_CO_TRY(history_->apply(type, body, now, 0));
  co_return Result<>{};
}

net::Task<Result<Invocation>> Session::invoke(DefinitionPtr definition, Config config,
                                              InvokeRequest request) {
  const auto self = shared_from_this();
  const Entry entry(*this, co_await entry_.take());
  co_await settle();
  SOMA_CO_TRY(load());
  SOMA_CO_TRY(check_caller(request.caller));
  const bool same_request =
      !request.client_token.empty() && request.client_token == history_->last_client_token;
  if (same_request)
    co_return Invocation{history_->last_invocation, key_.run(), key_.session_id, history_->last_first_seq};
  if (!running_ && history_->running)
    co_return os::fail(Code::kConflict, fmt::format("session {} waits for an approval", key_.session_id),
                       "answer it (soma approvals), cancel the invocation, or use another session id");
  if (running_)
    co_return os::fail(Code::kConflict,
                       fmt::format("session {} is busy with another invocation", key_.session_id),
                       "wait for it, cancel it, or use another session id");
  SOMA_CO_TRY(check_client_answers(request));
  SOMA_CO_TRY(check_priced(config, *dependencies_.prices()));
  SOMA_CO_ASSIGN(std::unique_ptr<model::Provider> provider, ready_provider(config));
  SOMA_CO_ASSIGN(const std::vector<Skill> skills, co_await ready_skills(config));
  SOMA_CO_TRY(ready_bench(config));

  const std::string id = dependencies_.ids.prefixed("inv");
  // Somebody who follows from here sees at most an exec's events before the invocation's own.
  const uint64_t first_seq = writer_->last_seq() + 1;
  std::vector<std::pair<std::string_view, json::Value>> events;
  events.emplace_back(event::kInvocationStarted, started_body(id, *definition, config, skills, request));
  Origin origin{request.caller.user, request.lineage};
  SOMA_CO_TRY(
      co_await write_start(std::move(events), kStatusRunning, title_of(request.messages), std::move(origin)));
  history_->last_first_seq = history_->running->first_seq = first_seq;
  launch(std::move(provider));
  co_return Invocation{id, key_.run(), key_.session_id, first_seq};
}

void Session::launch(std::unique_ptr<model::Provider> provider) {
  running_.emplace(Running{history_->running->id, {}});
  net::spawn(executor_, run_to_end(std::move(provider)), "harness.invocation");
}

net::Task<Result<>> Session::resume() {
  const auto self = shared_from_this();
  const Entry entry(*this, co_await entry_.take());
  SOMA_CO_TRY(load());
  if (running_ || !history_->running || history_->running->waiting_since) co_return Result<>{};
  record(event::kInvocationResumed,
         json::object({{"invocationId", history_->running->id}, {"reason", "soma was restarted"}}));
  co_await proceed();
  co_return Result<>{};
}

net::Task<> Session::proceed() {
  const Config config = history_->running->config;
  auto provider = ready_provider(config);
  const auto skills = co_await ready_skills(config);
  auto bench = skills ? ready_bench(config) : Result<>(std::unexpected(skills.error()));
  if (provider && bench) {
    launch(std::move(*provider));
    co_return;
  }
  co_await finish(
      InvocationEnd{model::StopReason::kPartialTurn, provider ? bench.error() : provider.error()});
}

net::Task<> Session::run_to_end(std::unique_ptr<model::Provider> provider) {
  const auto self = shared_from_this();
  net::Cancellation cancellation = running_->cancellation;
  const os::Time deadline =
      std::min(history_->running->started + history_->running->waited +
                   std::chrono::seconds(history_->running->config.timeout_seconds),
               history_->environment_started + std::chrono::seconds(max_lifetime_seconds_));
  const auto timer = dependencies_.clock.call_at(deadline, [executor = executor_, cancellation] {
    boost::asio::post(executor,
                      [cancellation]() mutable { cancellation.request(std::string(kStopTimeout)); });
  });
  const std::shared_ptr<const model::PriceTable> prices = dependencies_.prices();
  InvocationContext context{dependencies_, key_,    executor_,    *history_, *writer_, *bench_,
                            *provider,     *hooks_, cancellation, deadline,  *prices};
  Result<InvocationEnd> ended = os::fail(Code::kInternal, "the loop did not end");
  try {
    ended = co_await run_invocation(context);
  } catch (const std::exception& exception) {
    os::log(os::Level::kError, "harness.invocation.bug", {{"run", key_.run()}, {"what", exception.what()}});
    ended = InvocationEnd{model::StopReason::kPartialTurn,
                          os::Error{Code::kInternal, exception.what(), "this is a bug in soma"}};
  }
  dependencies_.clock.cancel(timer);
  co_await finish(std::move(ended));
}

void Session::record(std::string_view type, const json::Value& body) {
  Recorder(*writer_, *history_, dependencies_.clock).record(type, body);
}

void Session::write_finished(const InvocationEnd& ended) {
  const RunningInvocation& running = *history_->running;
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(dependencies_.clock.now() - running.started)
          .count();
  json::Value body = json::object({{"invocationId", running.id},
                                   {"stopReason", model::stop_reason_name(ended.stop)},
                                   {"usage", model::to_json(running.usage)},
                                   {"iterations", running.iterations},
                                   {"toolCalls", running.tool_calls},
                                   {"latencyMs", elapsed}});
  if (running.spent.complete) body.set("costUsd", model::usd(running.spent.pico));
  if (running.output) body.set("output", *running.output);
  // An end with calls open and no error is a hand-over: the client is to answer those that have no result.
  const bool handed_over =
      ended.stop == model::StopReason::kToolUse && !running.tools.empty() && !ended.error;
  if (handed_over) {
    json::Value pending = json::Array{};
    for (const PendingTool& tool : running.tools)
      if (BenchTool* found = bench_->find(tool.use.name); !tool.result && found && found->inline_function())
        pending.push_back(tool.use.id);
    body.set("pending", std::move(pending));
  }
  // Clients have seen the stop with the model's message, unless results came after it.
  const bool results_came =
      std::ranges::any_of(running.tools, [](const PendingTool& tool) { return tool.result.has_value(); });
  const bool streamed = running.last_stop == ended.stop && !ended.error && !(handed_over && results_came);
  if (streamed) body.set("stopStreamed", true);
  if (ended.error)
    body.set("error", json::object({{"code", os::code_name(ended.error->code)},
                                    {"message", ended.error->message},
                                    {"hint", ended.error->hint}}));
  record(event::kInvocationFinished, body);
  journal::AppendOptions options;
  options.status = std::string(kStatusIdle);
  options.wake_at = expires_at_ = next_wake();
  options.labels = {{"inputTokens", std::to_string(history_->usage.input_tokens)},
                    {"outputTokens", std::to_string(history_->usage.output_tokens)},
                    {"cacheReadTokens", std::to_string(history_->usage.cache_read_input_tokens)},
                    {"cacheWriteTokens", std::to_string(history_->usage.cache_write_input_tokens)},
                    {"costPico", history_->spent.complete ? std::to_string(history_->spent.pico) : ""},
                    {"invocations", std::to_string(history_->invocations)},
                    {std::string(kApprovalsLabel), std::string(kApprovalsNone)}};
  writer_->set_options(std::move(options));
}

// Writes the end of the invocation, or that it waits, or leaves it to the next process.
net::Task<> Session::finish(Result<InvocationEnd> ended) {
  const auto self = shared_from_this();
  if (ended && ended->waiting) {
    write_waiting();
  } else if (ended) {
    write_finished(*ended);
  }
  Result<> flushed = co_await writer_->flush();
  if (!flushed && flushed.error().code == Code::kLimitExceeded) {
    os::Error refused = std::move(flushed.error());
    ended = InvocationEnd{model::StopReason::kPartialTurn, refused};
    flushed = co_await end_where_the_journal_stands(std::move(refused));
  }
  const os::Error* failure = !flushed ? &flushed.error() : !ended ? &ended.error() : nullptr;
  if (failure) {
    const bool shutdown = failure->code == Code::kCancelled;
    os::log(shutdown ? os::Level::kInfo : os::Level::kError, "harness.invocation.suspended",
            {{"run", key_.run()}, {"why", failure->to_string()}});
    // What memory holds may be ahead of the disk: the journal is read again before the session is used.
    history_.reset();
  }
  running_.reset();
  // An approval was answered while the wait was written.
  if (history_ && history_->running && !history_->running->waiting_since && ended && ended->waiting) {
    co_await proceed();
    for (const auto& waiter : waiters_) waiter->notify();
    co_return;
  }
  became_idle();
}

// The journal refused an event for its size: neither that nor what came after it is there. The invocation
// would be refused at the same place each time it is resumed, so it ends, with the reason.
net::Task<Result<>> Session::end_where_the_journal_stands(os::Error why) {
  history_.reset();
  SOMA_CO_TRY(load());
  if (!history_->running) co_return Result<>{};
  write_finished(InvocationEnd{model::StopReason::kPartialTurn, std::move(why)});
  co_return co_await writer_->flush();
}

Result<> Session::check_client_answers(const InvokeRequest& request) const {
  HandedOverCalls calls;
  for (const PendingTool& tool : history_->handed_over) {
    calls.all.push_back(tool.use.id);
    if (!tool.result) calls.waiting.push_back(tool.use.id);
  }
  return check_calls_and_results(request.messages, calls);
}

void Session::Entry::leave() {
  if (!holder_) return;
  holder_.reset();
  session_.became_idle();
}

void Session::became_idle() {
  for (const auto& waiter : waiters_) waiter->notify();
  if (busy()) return;
  if (bench_ && !bench_->holds_state()) bench_.reset();
  on_idle_(*this);
}

os::Time Session::next_wake() const {
  const os::Time lifetime_end = history_->environment_started + std::chrono::seconds(max_lifetime_seconds_);
  if (shells_.attached() > 0) return lifetime_end;  // somebody is at work
  return std::min(dependencies_.clock.now() + std::chrono::seconds(idle_timeout_seconds_), lifetime_end);
}

// What the loop did last, an invocation's end or that it waits, may be on its way to the disk while others
// know it already: whoever comes with the next thing is not too early for it.
net::Task<> Session::settle() {
  const auto settling = [this] {
    return running_ && (!history_ || !history_->running || history_->running->waiting_since);
  };
  auto waiter = std::make_shared<net::Notifier>(executor_);
  waiters_.push_back(waiter);
  while (settling()) co_await waiter->wait();
  std::erase(waiters_, waiter);
}

net::Task<> Session::wait_until_not_running() {
  auto waiter = std::make_shared<net::Notifier>(executor_);
  waiters_.push_back(waiter);
  while (running_) co_await waiter->wait();
  std::erase(waiters_, waiter);
}

net::Task<Result<>> Session::cancel() {
  const auto self = shared_from_this();
  const auto at_work = [this] {
    return running_ && history_ && history_->running && !history_->running->waiting_since;
  };
  if (!at_work()) {
    const Entry entry(*this, co_await entry_.take());
    co_await settle();
    SOMA_CO_TRY(load());
    if (!running_ && history_->running) co_return co_await stop_waiting();
  }
  if (!at_work())
    co_return os::fail(Code::kFailedPrecondition,
                       fmt::format("session {} runs no invocation", key_.session_id), "");
  running_->cancellation.request(std::string(kStopCaller));
  co_return Result<>{};
}

net::Task<Result<>> Session::end() {
  const auto self = shared_from_this();
  const Entry entry(*this, co_await entry_.take());
  if (running_) {
    running_->cancellation.request(std::string(kStopCaller));
    co_await wait_until_not_running();
  }
  SOMA_CO_TRY(load());
  if (history_->running) SOMA_CO_TRY(co_await stop_waiting());
  co_return co_await write_end("stopped");
}

net::Task<Result<>> Session::expire() {
  const auto self = shared_from_this();
  const Entry entry(*this, co_await entry_.take());
  co_await settle();
  const os::Time now = dependencies_.clock.now();
  if (running_ || now < expires_at_) co_return Result<>{};
  SOMA_CO_TRY(load());
  if (history_->running) co_return co_await expire_waiting(now);
  const os::Time lifetime_end = history_->environment_started + std::chrono::seconds(max_lifetime_seconds_);
  if (execs_ > 0 || (shells_.attached() > 0 && now < lifetime_end)) co_return Result<>{};
  co_return co_await write_end(now >= lifetime_end ? "max_lifetime" : "idle_timeout");
}

net::Task<Result<>> Session::write_end(std::string reason) {
  SOMA_CO_TRY(load());
  if (!exists_) co_return os::fail(Code::kNotFound, fmt::format("there is no session {}", key_.session_id));
  co_await end_shells({.why = ShellEnd::Why::kEnded, .words = "the session has ended"});
  bench_.reset();
  if (history_->ended) co_return Result<>{};
  const json::Value body = json::object({{"reason", std::move(reason)}});
  writer_->add(event::kSessionEnded, body);
  journal::AppendOptions options;
  options.status = std::string(kStatusEnded);
  options.wake_at = os::Time::max();
  writer_->set_options(std::move(options));
  SOMA_CO_TRY(co_await writer_->flush());
  co_return history_->apply(event::kSessionEnded, body, dependencies_.clock.now(), 0);
}

net::Task<> Session::shut_down() {
  const auto self = shared_from_this();
  co_await end_shells({.why = ShellEnd::Why::kStopped, .words = "soma stops"});
  if (!running_) co_return;
  running_->cancellation.request(std::string(kStopShutdown));
  co_await wait_until_not_running();
}

net::Task<Result<sandbox::Outcome>> Session::exec(DefinitionPtr definition, ExecRequest request,
                                                  ExecEvents events, net::Cancellation cancellation) {
  const auto self = shared_from_this();
  Entry entry(*this, co_await entry_.take());
  SOMA_CO_TRY(load());
  SOMA_CO_TRY(check_caller(request.caller));
  if (!running_) {
    SOMA_CO_TRY(co_await ready_skills(definition->config));
    SOMA_CO_TRY(ready_bench(definition->config));
  }
  sandbox::Sandbox* sandbox = bench_->sandbox();
  if (!sandbox) co_return os::fail(Code::kFailedPrecondition, bench_->sandbox_error());
  const os::Time began = dependencies_.clock.now();
  std::vector<std::pair<std::string_view, json::Value>> started;
  started.emplace_back(event::kExecStarted, json::object({{"command", request.command}}));
  ++execs_;
  std::string_view status = running_ ? kStatusRunning : history_->running ? kStatusWaiting : kStatusIdle;
  Origin origin{request.caller.user, std::nullopt};
  Result<> written = co_await write_start(std::move(started), status, "", std::move(origin));
  entry.leave();
  Result<sandbox::Outcome> outcome = os::fail(Code::kInternal, "the command did not run");
  if (written) {
    sandbox::Command command;
    command.arguments = {"bash", "-c", request.command};
    command.limits.time = std::chrono::seconds(request.timeout_seconds);
    command.limits.output_bytes = kMaxExecOutputBytes;
    outcome = co_await sandbox->exec(std::move(command), events.output, cancellation);
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(dependencies_.clock.now() - began).count();
    json::Value body =
        json::object({{"exitCode", outcome ? outcome->exit_code : -1}, {"latencyMs", elapsed}});
    if (!outcome) body.set("error", outcome.error().to_string());
    if (outcome && !outcome->exceeded.empty()) {
      json::Value exceeded = json::Array{};
      for (const std::string& limit : outcome->exceeded) exceeded.push_back(limit);
      body.set("exceeded", std::move(exceeded));
    }
    writer_->add(event::kExecFinished, body);
    if (!running_ && history_) {
      journal::AppendOptions options;
      options.wake_at = expires_at_ = next_wake();
      writer_->set_options(std::move(options));
    }
    written = co_await writer_->flush();
  }
  --execs_;
  became_idle();
  if (!written) co_return std::unexpected(written.error());
  co_return outcome;
}

}  // namespace soma::harness
