// One session while it is in memory: its history, its writer, its workbench, and the invocation that runs. An
// actor: all of it on the session's own loop; a session is pinned to a loop by its run's id.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "services/harness/loop/invocation.h"
#include "services/harness/session/events.h"
#include "services/harness/shell/shell_connection.h"

namespace soma::harness {

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `on_idle` is called on the session's loop each time nothing runs in it any more.
  Session(const Dependencies& dependencies, net::Executor executor, SessionKey key,
          std::function<void(Session&)> on_idle);
  ~Session();

  net::Task<os::Result<Invocation>> invoke(DefinitionPtr definition, Config config, InvokeRequest request);
  // Goes on with an invocation that the journal says is running.
  net::Task<os::Result<>> resume();
  net::Task<os::Result<>> cancel();
  // Durable on return; what it lets run goes on. Errors as Service::answer_approval's.
  net::Task<os::Result<Approval>> answer(std::string approval_id, ApprovalAnswer answer);
  // Ends the environment, and first what runs in it.
  net::Task<os::Result<>> end();
  // Ends the environment when its time is over, and approvals that nobody answered; does nothing while
  // something runs.
  net::Task<os::Result<>> expire();
  net::Task<os::Result<sandbox::Outcome>> exec(DefinitionPtr definition, ExecRequest request,
                                               ExecEvents events, net::Cancellation cancellation);
  // `client` is the loop on which the connection is used.
  net::Task<os::Result<std::unique_ptr<ShellConnection>>> open_shell(DefinitionPtr definition,
                                                                     ShellRequest request,
                                                                     net::Executor client);
  // Stops what runs without ending it; returns when it stands still.
  net::Task<> shut_down();

  bool busy() const {
    return entry_.taken() || running_ || execs_ > 0 || shells_.attached() > 0 ||
           (hooks_ && hooks_->background() > 0);
  }
  bool holds_state() const { return !shells_.empty() || (bench_ && bench_->holds_state()); }
  const SessionKey& key() const { return key_; }
  const net::Executor& executor() const { return executor_; }

 private:
  // What the run says for good of a session that is made.
  struct Origin {
    std::optional<auth::Identity> user{};
    std::optional<Lineage> lineage{};
  };
  struct Running {
    std::string id;
    net::Cancellation cancellation;
  };

  // One at a time begins or ends something here: both need the journal, and the others wait that long.
  // Whoever leaves last tells that the session is at rest.
  class Entry {
   public:
    Entry(Session& session, net::Turn::Holder holder) : session_(session), holder_(std::move(holder)) {}
    ~Entry() { leave(); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    void leave();

   private:
    Session& session_;
    std::optional<net::Turn::Holder> holder_;
  };

  os::Result<> load();
  // kPermissionDenied when it is another's.
  os::Result<> check_caller(const Caller& caller) const;
  net::Task<os::Result<>> write_end(std::string reason);
  // kConflict while a command runs on a workbench that is of another configuration.
  os::Result<> check_bench_is_free(const Config& config) const;
  os::Result<> ready_bench(const Config& config);
  // The session's copy of the configuration's skills; made anew when its environment begins.
  net::Task<os::Result<std::vector<Skill>>> ready_skills(const Config& config);
  net::Task<os::Result<>> write_start(std::vector<std::pair<std::string_view, json::Value>> events,
                                      std::string_view status, std::string_view title, Origin origin);
  os::Result<std::unique_ptr<model::Provider>> ready_provider(const Config& config);
  void launch(std::unique_ptr<model::Provider> provider);
  // Goes on with history_->running, which nothing runs in memory.
  net::Task<> proceed();
  void write_waiting();
  void write_finished(const InvocationEnd& ended);
  net::Task<os::Result<>> end_where_the_journal_stands(os::Error why);
  os::Result<> check_client_answers(const InvokeRequest& request) const;
  // Answers every pending approval that is due (all when `due` says nothing).
  bool close_approvals(Answer answer, std::optional<os::Time> due, std::string_view why);
  void record(std::string_view type, const json::Value& body);
  net::Task<os::Result<>> stop_waiting();
  net::Task<os::Result<>> expire_waiting(os::Time now);
  net::Task<os::Result<>> go_on_after_answer();
  net::Task<os::Error> answered_before(std::string approval_id);
  os::Time waiting_wake() const;
  net::Task<> run_to_end(std::unique_ptr<model::Provider> provider);
  net::Task<> finish(os::Result<InvocationEnd> ended);
  net::Task<os::Result<std::shared_ptr<Shell>>> start_shell(DefinitionPtr definition, ShellRequest request);
  // Until the shell has ended.
  net::Task<> serve_shell(std::shared_ptr<Shell> shell);
  void shell_left(const std::shared_ptr<Shell>& shell);
  net::Task<> note_detached(std::string shell_id);
  net::Task<> note_shell(std::string_view type, json::Value body);
  net::Task<> end_shells(ShellEnd why);
  void set_idle_wake();
  os::Time next_wake() const;
  void became_idle();
  net::Task<> wait_until_not_running();
  net::Task<> settle();

  const Dependencies& dependencies_;
  net::Executor executor_;
  SessionKey key_;
  std::function<void(Session&)> on_idle_;
  bool exists_ = false;  // in the journal
  std::optional<SessionHistory> history_;
  std::unique_ptr<RunWriter> writer_;
  std::unique_ptr<Workbench> bench_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<HookRunner> hooks_;
  std::optional<Running> running_;
  int64_t idle_timeout_seconds_ = kDefaultIdleTimeoutSeconds;
  int64_t max_lifetime_seconds_ = kDefaultMaxLifetimeSeconds;
  os::Time expires_at_{};  // unknown until something ran here: the journal's timer decides
  net::Turn entry_;
  int execs_ = 0;
  Shells shells_;
  std::vector<std::shared_ptr<net::Notifier>> waiters_;
};

}  // namespace soma::harness
