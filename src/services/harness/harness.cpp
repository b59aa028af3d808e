#include "services/harness/harness.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <unordered_map>

#include "base/net/on_loop.h"
#include "core/auth/client_tokens.h"
#include "services/harness/access/admission.h"
#include "services/harness/definitions.h"
#include "services/harness/loop/sub_agent.h"
#include "services/harness/memory/remembering.h"
#include "services/harness/session/session.h"
#include "services/harness/session/session_index.h"
#include "services/harness/session/workbench.h"
#include "services/harness/shell/shell_frames.h"
#include "services/harness/skills/session_skills.h"
#include "services/harness/skills/skills.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

// Sessions at rest that keep their history in memory, so that a conversation's next turn need not read it.
// Older ones are let go.
constexpr size_t kMaxResidentIdleSessions = 512;

Result<> check_messages(const std::vector<model::Message>& messages) {
  if (messages.empty())
    return os::fail(Code::kInvalidArgument, "messages is empty",
                    R"(send [{"role":"user","content":[{"text":"…"}]}])");
  if (messages.size() > kMaxMessages)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("messages has {} entries; the limit is {} (kMaxMessages)", messages.size(),
                                kMaxMessages));
  if (messages.back().role != model::Role::kUser)
    return os::fail(Code::kInvalidArgument, "the last message must be of role user");
  for (size_t index = 0; index < messages.size(); ++index)
    if (messages[index].content.empty())
      return os::fail(Code::kInvalidArgument, fmt::format("messages/{}/content is empty", index));
  return {};
}

}  // namespace

std::shared_ptr<const model::PriceTable> builtin_prices() {
  return always(model::PriceTable::builtin())();
}

std::function<std::shared_ptr<const model::PriceTable>()> always(const model::PriceTable& prices) {
  return [&prices] { return std::shared_ptr<const model::PriceTable>(std::shared_ptr<void>(), &prices); };
}

Result<> check_session_id(std::string_view session_id) {
  if (session_id.size() < kMinSessionIdBytes || session_id.size() > kMaxSessionIdBytes)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("the session id has {} characters; it must have {} to {}", session_id.size(),
                                kMinSessionIdBytes, kMaxSessionIdBytes),
                    "leave it out to get one, or use a UUID");
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (!std::ranges::all_of(session_id, allowed) || session_id.front() == '-' || session_id.front() == '_')
    return os::fail(Code::kInvalidArgument,
                    "the session id may hold letters, digits, - and _, and begins with a letter or digit");
  return {};
}

struct Service::State final : SubAgents, std::enable_shared_from_this<Service::State> {
  explicit State(Dependencies d) : dependencies(std::move(d)) {
    dependencies.sub_agents = this;
    dependencies.tokens = std::make_shared<auth::TokenCache>();
    if (!dependencies.read_secret)
      dependencies.read_secret = [](const std::string& reference) -> Result<std::string> {
        return os::fail(Code::kUnauthenticated,
                        fmt::format("there is no secret store to read {} from", reference));
      };
  }

  Dependencies dependencies;
  std::unique_ptr<Definitions> definitions;
  auth::Verifier verifier{dependencies.loops, dependencies.clock};
  mutable std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Session>> sessions;  // resident, by run
  std::list<std::string> idle;                                         // runs at rest, oldest first
  bool stopping = false;

  // The session in memory, made when it is not there. Its history is read when it is used.
  Result<std::shared_ptr<Session>> resident(const SessionKey& key) {
    const std::string run = key.run();
    const std::lock_guard lock(mutex);
    if (stopping) return os::fail(Code::kUnavailable, "soma is shutting down", "try again when it is back");
    auto& slot = sessions[run];
    if (!slot) {
      const std::weak_ptr<State> weak = weak_from_this();
      slot = std::make_shared<Session>(dependencies, dependencies.loops.executor_for(run), key,
                                       [weak](Session& session) {
                                         if (const auto state = weak.lock()) state->at_rest(session);
                                       });
    }
    return slot;
  }

  void at_rest(Session& session) {
    const std::lock_guard lock(mutex);
    const std::string run = session.key().run();
    idle.remove(run);
    idle.push_back(run);
    // One walk from the oldest: what is at work again, or keeps a process or a page, stays.
    size_t over = idle.size() > kMaxResidentIdleSessions ? idle.size() - kMaxResidentIdleSessions : 0;
    for (auto entry = idle.begin(); over > 0 && entry != idle.end();) {
      const auto found = sessions.find(*entry);
      // Only sessions of the calling loop may be looked at; the others are let go when their own loop comes
      // by.
      const bool mine = found != sessions.end() && found->second->executor() == session.executor();
      if (found != sessions.end() && (!mine || found->second->busy() || found->second->holds_state())) {
        ++entry;
        continue;
      }
      if (found != sessions.end()) sessions.erase(found);
      entry = idle.erase(entry);
      --over;
    }
  }

  Result<SessionKey> key(std::string_view harness, std::string_view session_id) const {
    SOMA_TRY(check_session_id(session_id));
    SOMA_ASSIGN(const DefinitionPtr definition, definitions->get(harness, ""));
    return SessionKey{definition->id, definition->config.name, std::string(session_id)};
  }

  net::Task<Result<std::shared_ptr<Session>>> existing(const std::string& harness,
                                                       const std::string& session_id) {
    SOMA_CO_ASSIGN(const SessionKey session_key, key(harness, session_id));
    SOMA_CO_TRY(dependencies.journal.get(session_key.run()));
    co_return resident(session_key);
  }

  void wake(const std::string& run_id) {
    const auto run = dependencies.journal.get(run_id);
    if (!run || (run->status != kStatusIdle && run->status != kStatusWaiting)) return;
    auto session = resident(key_of(*run));
    if (!session) return;
    net::spawn((*session)->executor(), expire(*session), "harness.expire");
  }

  // What is wrong with a skill of this machine is told to whoever writes it down, not to a session later.
  net::Task<Result<>> check_skills(std::vector<SkillSource> skills) const {
    if (skills.empty() || dependencies.stand_in) co_return Result<>{};
    auto look = [skills = std::move(skills)] { return check_path_skills(skills); };
    SOMA_CO_TRY(co_await net::offload(std::move(look)));
    co_return Result<>{};
  }

  // A memory that is named must be there.
  Result<> check_memory(const Config& config) const {
    if (!config.memory || config.memory->managed || dependencies.memories == nullptr) return {};
    SOMA_TRY(dependencies.memories->get(config.memory->memory));
    return {};
  }

  // The harness's own memory is there from the start, so that it can be looked at. Failing that, the first
  // invocation makes it.
  net::Task<> make_managed_memory(const Definition& definition) const {
    if (!definition.config.memory || !definition.config.memory->managed || dependencies.memories == nullptr)
      co_return;
    std::string name = definition.config.name, arn = definition.arn();
    const MemoryUse use = *definition.config.memory;
    const Result<memory::Memory> made =
        co_await memory_of(*dependencies.memories, use, std::move(name), std::move(arn));
    if (!made)
      os::log(os::Level::kWarning, "harness.memory.failed",
              {{"harness", definition.id}, {"error", made.error().to_string()}});
  }

  net::Task<Result<Invocation>> invoke(InvokeRequest request) {
    SOMA_CO_ASSIGN(const DefinitionPtr definition, definitions->get(request.harness, request.qualifier));
    SOMA_CO_TRY(check_messages(request.messages));
    Config config = definition->config;
    if (!request.overrides.is_null() && !request.overrides.empty()) {
      SOMA_CO_ASSIGN(config, apply_patch(definition->config, request.overrides, PatchKind::kInvocation));
    }
    if (config.memory) {
      SOMA_CO_ASSIGN(request.actor_id, actor_of(request, config));
    }
    if (request.timeout_seconds)
      config.timeout_seconds = std::min(config.timeout_seconds, *request.timeout_seconds);
    if (request.max_cost_pico)
      config.max_cost_pico =
          std::min(config.max_cost_pico.value_or(*request.max_cost_pico), *request.max_cost_pico);
    if (request.session_id.empty()) request.session_id = dependencies.ids.uuid();
    SOMA_CO_ASSIGN(const SessionKey session_key, key(definition->id, request.session_id));
    SOMA_CO_ASSIGN(const std::shared_ptr<Session> session, resident(session_key));
    net::Task<Result<Invocation>> work = session->invoke(definition, std::move(config), std::move(request));
    co_return co_await net::on_loop(session->executor(), std::move(work));
  }

  // The authorizer that counts for this version; see Service::admit.
  Result<std::optional<Authorizer>> authorizer(std::string_view harness, std::string_view qualifier) const {
    SOMA_ASSIGN(const DefinitionPtr definition, definitions->get(harness, qualifier));
    if (definition->config.authorizer || !is_version_number(qualifier)) return definition->config.authorizer;
    SOMA_ASSIGN(const DefinitionPtr newest, definitions->get(harness, ""));
    return newest->config.authorizer;
  }

  Result<SubAgentPlace> place(const SubAgentCall& call) const override {
    SOMA_ASSIGN(const DefinitionPtr definition, definitions->get(call.harness, ""));
    const SessionKey session_key{definition->id, definition->config.name, sub_agent_session_id(call)};
    return SubAgentPlace{session_key.harness_id, session_key.harness_name, session_key.session_id,
                         session_key.run()};
  }

  net::Task<Result<SubAgentEnd>> ask(SubAgentCall call, SubAgentPlace place, SubAgentNews news,
                                     net::Cancellation cancellation) override {
    if (call.depth > kMaxSubAgentDepth)
      co_return os::fail(Code::kLimitExceeded,
                         fmt::format("sub-agents are {} deep already (kMaxSubAgentDepth)", kMaxSubAgentDepth),
                         "do this part without another agent");
    InvokeRequest request;
    request.harness = place.harness_id;
    request.session_id = place.session_id;
    request.client_token = place.session_id;
    request.messages.push_back({model::Role::kUser, {model::Text{std::move(call.prompt)}}});
    request.lineage = Lineage{call.parent_run, call.root_run, call.tool_use_id, call.depth};
    request.timeout_seconds = call.timeout_seconds;
    request.max_cost_pico = call.budget_pico;
    request.caller.user = std::move(call.user);
    SOMA_CO_ASSIGN(const Invocation invocation, co_await invoke(std::move(request)));
    const net::Executor executor = co_await net::this_executor();
    const auto cancel_too = cancellation.on_request([this, executor, place, &cancellation] {
      if (cancellation.reason() != kStopShutdown)
        net::spawn(executor, stop_sub_agent(place), "harness.subagent.stop");
    });
    SubAgentPlace where = place;
    std::string tool_use_id = std::move(call.tool_use_id);
    co_return co_await sub_agent_end(dependencies.journal, executor, invocation, std::move(where),
                                     std::move(tool_use_id), std::move(news), cancellation);
  }

  net::Task<> stop_sub_agent(SubAgentPlace place) {
    const auto session = resident({place.harness_id, place.harness_name, place.session_id});
    if (!session) co_return;
    net::Task<Result<>> work = (*session)->cancel();
    const Result<> cancelled = co_await net::on_loop((*session)->executor(), std::move(work));
    if (!cancelled && cancelled.error().code != Code::kFailedPrecondition)
      os::log(os::Level::kWarning, "harness.subagent.cancel.failed",
              {{"run", place.run}, {"error", cancelled.error().to_string()}});
  }

  static net::Task<> expire(std::shared_ptr<Session> session) {
    const Result<> ended = co_await session->expire();
    if (!ended)
      os::log(os::Level::kWarning, "harness.expire.failed",
              {{"run", session->key().run()}, {"error", ended.error().to_string()}});
  }

  static net::Task<> resume(std::shared_ptr<Session> session) {
    const Result<> resumed = co_await session->resume();
    if (!resumed)
      os::log(os::Level::kError, "harness.resume.failed",
              {{"run", session->key().run()}, {"error", resumed.error().to_string()}});
  }
};

Service::Service(std::shared_ptr<State> state) : state_(std::move(state)) {}
Service::~Service() {
  stop();
}

Result<std::unique_ptr<Service>> Service::open(Dependencies dependencies) {
  auto state = std::make_shared<State>(std::move(dependencies));
  SOMA_ASSIGN(state->definitions, Definitions::open(state->dependencies.journal, state->dependencies.ids,
                                                    state->dependencies.clock));
  state->dependencies.journal.on_wake(std::string(kSessionKind),
                                      [weak = std::weak_ptr<State>(state)](const std::string& run) {
                                        if (const auto alive = weak.lock()) alive->wake(run);
                                      });
  return std::unique_ptr<Service>(new Service(std::move(state)));
}

void Service::start() {
  // The journal's lock says that no other soma works on these sessions.
  remove_unfinished_checkouts(git_cache(state_->dependencies.data_directory));
  if (const size_t ended = sandbox::end_orphans(box_owner(state_->dependencies.data_directory)); ended > 0)
    os::log(os::Level::kWarning, "harness.orphans.ended", {{"processes", fmt::format("{}", ended)}});
  journal::ListFilter filter;
  filter.kind = kSessionKind;
  filter.statuses = {std::string(kStatusRunning)};
  filter.limit = journal::kMaxReadEvents;
  do {
    const auto page = state_->dependencies.journal.list(filter);
    if (!page) {
      os::log(os::Level::kError, "harness.resume.failed", {{"error", page.error().to_string()}});
      return;
    }
    for (const journal::Run& run : page->runs) {
      auto session = state_->resident(key_of(run));
      if (session) net::spawn((*session)->executor(), State::resume(*session), "harness.resume");
    }
    filter.page_token = page->next_token;
  } while (!filter.page_token.empty());
}

void Service::stop() {
  std::vector<std::shared_ptr<Session>> all;
  {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->stopping, true)) return;
    for (const auto& [run, session] : state_->sessions) all.push_back(session);
  }
  struct Gate {
    std::mutex mutex;
    std::condition_variable zero;
    size_t open;
  };
  auto gate = std::make_shared<Gate>();
  gate->open = all.size();
  for (const auto& session : all) {
    net::spawn(
        session->executor(),
        [](std::shared_ptr<Session> s, std::shared_ptr<Gate> g) -> net::Task<> {
          co_await s->shut_down();
          const std::lock_guard lock(g->mutex);
          if (--g->open == 0) g->zero.notify_all();
        }(session, gate),
        "harness.shutdown");
  }
  std::unique_lock lock(gate->mutex);
  gate->zero.wait_for(lock, std::chrono::seconds(10), [&] { return gate->open == 0; });
}

net::Task<Result<DefinitionPtr>> Service::create(Config config, std::string client_token) {
  SOMA_CO_TRY(co_await state_->check_skills(config.skills));
  SOMA_CO_TRY(state_->check_memory(config));
  SOMA_CO_ASSIGN(DefinitionPtr made,
                 co_await state_->definitions->create(std::move(config), std::move(client_token)));
  co_await state_->make_managed_memory(*made);
  co_return made;
}
net::Task<Result<DefinitionPtr>> Service::update(std::string key, json::Value patch) {
  if (patch.has("skills") || patch.has("memory")) {
    SOMA_CO_ASSIGN(const DefinitionPtr current, state_->definitions->get(key, ""));
    SOMA_CO_ASSIGN(const Config wanted, apply_patch(current->config, patch, PatchKind::kUpdate));
    SOMA_CO_TRY(co_await state_->check_skills(wanted.skills));
    SOMA_CO_TRY(state_->check_memory(wanted));
  }
  SOMA_CO_ASSIGN(DefinitionPtr updated,
                 co_await state_->definitions->update(std::move(key), std::move(patch)));
  co_await state_->make_managed_memory(*updated);
  co_return updated;
}
net::Task<Result<DefinitionPtr>> Service::remove(std::string key, bool keep_memory) {
  SOMA_CO_ASSIGN(DefinitionPtr removed, co_await state_->definitions->remove(std::move(key)));
  if (memory::Service* memories = state_->dependencies.memories; memories != nullptr && !keep_memory) {
    std::string arn = removed->arn();
    SOMA_CO_TRY(co_await remove_managed_memory(*memories, std::move(arn)));
  }
  co_return removed;
}
std::string Service::managed_memory(const Definition& definition) const {
  if (state_->dependencies.memories == nullptr) return "";
  const auto own = state_->dependencies.memories->managed_by(definition.arn());
  return own ? own->arn() : "";
}
Result<DefinitionPtr> Service::get(std::string_view key, std::string_view qualifier) const {
  return state_->definitions->get(key, qualifier);
}
std::vector<DefinitionPtr> Service::list() const {
  return state_->definitions->list();
}
Result<std::vector<DefinitionPtr>> Service::versions(std::string_view key) const {
  return state_->definitions->versions(key);
}

net::Task<Result<Endpoint>> Service::change_endpoint(std::string key, EndpointOperation operation,
                                                     EndpointRequest request) {
  return state_->definitions->change_endpoint(std::move(key), operation, std::move(request));
}
Result<Endpoint> Service::endpoint(std::string_view key, std::string_view name) const {
  return state_->definitions->endpoint(key, name);
}
Result<std::vector<Endpoint>> Service::endpoints(std::string_view key) const {
  return state_->definitions->endpoints(key);
}

net::Task<Result<Invocation>> Service::invoke(InvokeRequest request) {
  return state_->invoke(std::move(request));
}

net::Task<Result<Caller>> Service::admit(std::string harness, std::string qualifier,
                                         Credentials credentials) {
  SOMA_CO_ASSIGN(std::optional<Authorizer> authorizer, state_->authorizer(harness, qualifier));
  if (!authorizer) co_return Caller{};
  SOMA_CO_ASSIGN(auth::Identity user,
                 co_await admit_token(state_->verifier, std::move(*authorizer), std::move(credentials)));
  co_return Caller{.user = std::move(user)};
}

Result<> Service::check_owner_of(std::string_view harness, std::string_view session_id,
                                 const Caller& caller) const {
  SOMA_ASSIGN(const SessionKey key, state_->key(harness, session_id));
  SOMA_ASSIGN(const journal::Run run, state_->dependencies.journal.get(key.run()));
  return check_owner(caller, user_of(run), key.session_id);
}

Result<std::vector<SessionApproval>> Service::approvals() const {
  return read_approvals(state_->dependencies.journal);
}

net::Task<Result<SessionApproval>> Service::answer_approval(std::string harness, std::string session_id,
                                                            std::string approval_id, ApprovalAnswer answer) {
  if (answer.answer != Answer::kApprove && answer.answer != Answer::kDeny)
    co_return os::fail(Code::kInvalidArgument, "the decision must be approve or deny");
  SOMA_CO_ASSIGN(const std::shared_ptr<Session> session, co_await state_->existing(harness, session_id));
  net::Task<Result<Approval>> work = session->answer(std::move(approval_id), std::move(answer));
  SOMA_CO_ASSIGN(Approval answered, co_await net::on_loop(session->executor(), std::move(work)));
  SOMA_CO_ASSIGN(const journal::Run run, state_->dependencies.journal.get(session->key().run()));
  co_return SessionApproval{summary_of(run), "", std::move(answered)};
}

Result<SessionTree> Service::tree(std::string_view harness, std::string_view session_id) const {
  SOMA_ASSIGN(const SessionKey key, state_->key(harness, session_id));
  return read_tree(state_->dependencies.journal, key.run());
}

net::Task<Result<>> Service::cancel(std::string harness, std::string session_id) {
  SOMA_CO_ASSIGN(const std::shared_ptr<Session> session, co_await state_->existing(harness, session_id));
  net::Task<Result<>> work = session->cancel();
  co_return co_await net::on_loop(session->executor(), std::move(work));
}

net::Task<Result<>> Service::end_session(std::string harness, std::string session_id) {
  SOMA_CO_ASSIGN(const std::shared_ptr<Session> session, co_await state_->existing(harness, session_id));
  net::Task<Result<>> work = session->end();
  co_return co_await net::on_loop(session->executor(), std::move(work));
}

Result<SessionPage> Service::sessions(std::string_view harness, size_t limit,
                                      std::string_view page_token) const {
  journal::ListFilter filter;
  filter.kind = kSessionKind;
  filter.limit = limit;
  filter.page_token = page_token;
  if (!harness.empty()) {
    SOMA_ASSIGN(const DefinitionPtr definition, state_->definitions->get(harness, ""));
    filter.labels = {{"harnessId", definition->id}};
  }
  SOMA_ASSIGN(const journal::RunPage page, state_->dependencies.journal.list(filter));
  SessionPage out;
  for (const journal::Run& run : page.runs) out.sessions.push_back(summary_of(run));
  out.next_token = page.next_token;
  return out;
}

Result<SessionView> Service::session(std::string_view harness, std::string_view session_id) const {
  SOMA_ASSIGN(const SessionKey key, state_->key(harness, session_id));
  SOMA_ASSIGN(const journal::Run run, state_->dependencies.journal.get(key.run()));
  SOMA_ASSIGN(SessionHistory history, read_history(state_->dependencies.journal, key.run(), true));
  return SessionView{summary_of(run), std::move(history.messages)};
}

Result<std::string> Service::session_file(std::string_view harness, std::string_view session_id,
                                          std::string_view path) const {
  SOMA_ASSIGN(const SessionKey key, state_->key(harness, session_id));
  SOMA_TRY(state_->dependencies.journal.get(key.run()));
  return sandbox::resolve_inside(
      workspace_directory(state_->dependencies.data_directory, key.harness_id, key.session_id), path, true);
}

net::Task<Result<sandbox::Outcome>> Service::exec(ExecRequest request, ExecEvents events,
                                                  net::Cancellation cancellation) {
  if (request.command.empty()) co_return os::fail(Code::kInvalidArgument, "command is empty");
  if (request.timeout_seconds < 1 || request.timeout_seconds > 3600)
    co_return os::fail(Code::kInvalidArgument,
                       fmt::format("timeout is {} s; it must be 1 to 3600", request.timeout_seconds));
  if (request.session_id.empty()) request.session_id = state_->dependencies.ids.uuid();
  SOMA_CO_ASSIGN(const DefinitionPtr definition,
                 state_->definitions->get(request.harness, request.qualifier));
  SOMA_CO_ASSIGN(const SessionKey key, state_->key(request.harness, request.session_id));
  SOMA_CO_ASSIGN(const std::shared_ptr<Session> session, state_->resident(key));
  net::Task<Result<sandbox::Outcome>> work =
      session->exec(definition, std::move(request), std::move(events), cancellation);
  co_return co_await net::on_loop(session->executor(), std::move(work));
}

net::Task<Result<std::unique_ptr<ShellConnection>>> Service::open_shell(ShellRequest request) {
  if (request.session_id.empty()) request.session_id = state_->dependencies.ids.uuid();
  if (request.shell_id.empty()) request.shell_id = state_->dependencies.ids.uuid();
  SOMA_CO_TRY(check_shell_id(request.shell_id));
  SOMA_CO_ASSIGN(const DefinitionPtr definition,
                 state_->definitions->get(request.harness, request.qualifier));
  SOMA_CO_ASSIGN(const SessionKey key, state_->key(request.harness, request.session_id));
  SOMA_CO_ASSIGN(const std::shared_ptr<Session> session, state_->resident(key));
  const net::Executor client = co_await net::this_executor();
  net::Task<Result<std::unique_ptr<ShellConnection>>> work =
      session->open_shell(definition, std::move(request), client);
  co_return co_await net::on_loop(session->executor(), std::move(work));
}

Service::Statistics Service::statistics() const {
  const std::lock_guard lock(state_->mutex);
  return {.definitions = state_->definitions->size(),
          .active_sessions = state_->sessions.size() - std::min(state_->sessions.size(), state_->idle.size()),
          .resident_sessions = state_->sessions.size()};
}

}  // namespace soma::harness
