// A session's interactive shells. Its run says that they were opened, attached to and left, never what was
// typed.
#include <fmt/format.h>

#include "services/harness/session/session.h"

namespace soma::harness {

using os::Code;
using os::Result;

net::Task<Result<std::unique_ptr<ShellConnection>>> Session::open_shell(DefinitionPtr definition,
                                                                        ShellRequest request,
                                                                        net::Executor client) {
  const auto self = shared_from_this();
  const Entry entry(*this, co_await entry_.take());
  SOMA_CO_TRY(load());
  SOMA_CO_TRY(check_caller(request.caller));
  std::shared_ptr<Shell> shell = shells_.find(request.shell_id);
  const bool reconnected = shell != nullptr;
  const bool takes_over = shell && shell->feed()->attached();
  if (shells_.attached() >= kMaxShells && !takes_over)
    co_return os::fail(
        Code::kLimitExceeded,
        fmt::format("{} clients are at shells of session {} (kMaxShells)", kMaxShells, key_.session_id),
        "leave one of them, or take one over by its shellId");
  if (shell) {
    SOMA_CO_TRY(shell->resize(request.size));
  } else {
    SOMA_CO_ASSIGN(shell, co_await start_shell(std::move(definition), request));
  }
  ShellConnection::Place place{key_.session_id, executor_, [self, shell] { self->shell_left(shell); }};
  auto view = shell->feed()->attach(client);
  auto connection = std::make_unique<ShellConnection>(std::move(place), shell, std::move(view), reconnected);
  writer_->add(event::kShellAttached, json::object({{"shellId", shell->id()}, {"reconnected", reconnected}}));
  set_idle_wake();
  SOMA_CO_TRY(co_await writer_->flush());
  co_return connection;
}

net::Task<Result<std::shared_ptr<Shell>>> Session::start_shell(DefinitionPtr definition,
                                                               ShellRequest request) {
  shells_.make_room();
  if (!running_) SOMA_CO_TRY(ready_bench(definition->config));
  sandbox::Sandbox* sandbox = bench_->sandbox();
  if (!sandbox) co_return os::fail(Code::kFailedPrecondition, bench_->sandbox_error());
  std::vector<std::pair<std::string_view, json::Value>> started;
  started.emplace_back(event::kShellStarted, json::object({{"shellId", request.shell_id}}));
  const std::string_view status = running_            ? kStatusRunning
                                  : history_->running ? kStatusWaiting
                                                      : kStatusIdle;
  ++execs_;  // the bench stays
  Result<std::shared_ptr<Shell>> shell = os::fail(Code::kInternal, "the shell was not started");
  Origin origin{request.caller.user, std::nullopt};
  if (const auto written = co_await write_start(std::move(started), status, "", std::move(origin)); written) {
    shell =
        co_await Shell::start(request.shell_id, *sandbox, executor_, request.size, dependencies_.clock.now());
  } else {
    shell = std::unexpected(written.error());
  }
  --execs_;
  if (!shell) co_return std::unexpected(shell.error());
  shells_.add(*shell);
  net::spawn(executor_, serve_shell(*shell), "harness.shell");
  co_return *shell;
}

net::Task<> Session::serve_shell(std::shared_ptr<Shell> shell) {
  const auto self = shared_from_this();
  co_await Shell::run(shell);
  shells_.remove(shell);
  const auto lived =
      std::chrono::duration_cast<std::chrono::milliseconds>(dependencies_.clock.now() - shell->started())
          .count();
  json::Value body = json::object(
      {{"shellId", shell->id()}, {"exitCode", shell->process().exit_code()}, {"latencyMs", lived}});
  if (const auto& limits = shell->process().exceeded(); !limits.empty()) {
    json::Value exceeded = json::Array{};
    for (const std::string& limit : limits) exceeded.push_back(limit);
    body.set("exceeded", std::move(exceeded));
  }
  co_await note_shell(event::kShellFinished, std::move(body));
  became_idle();
}

void Session::shell_left(const std::shared_ptr<Shell>& shell) {
  if (!shells_.leave(shell)) return;  // it has ended, and that was noted
  net::spawn(executor_, note_detached(shell->id()), "harness.shell.left");
}

net::Task<> Session::note_detached(std::string shell_id) {
  const auto self = shared_from_this();
  json::Value body = json::object({{"shellId", std::move(shell_id)}});
  co_await note_shell(event::kShellDetached, std::move(body));
  became_idle();
}

// What the run is told of a shell is worth no failure of anything else.
net::Task<> Session::note_shell(std::string_view type, json::Value body) {
  Result<> noted = load();
  if (noted) {
    writer_->add(type, body);
    set_idle_wake();
    noted = co_await writer_->flush();
  }
  if (!noted)
    os::log(os::Level::kWarning, "harness.shell.note.failed",
            {{"run", key_.run()}, {"type", type}, {"error", noted.error().to_string()}});
}

// The session's timer, when no invocation has it.
void Session::set_idle_wake() {
  if (running_ || history_->running || history_->ended) return;
  journal::AppendOptions options;
  options.wake_at = expires_at_ = next_wake();
  writer_->set_options(std::move(options));
}

net::Task<> Session::end_shells(ShellEnd why) {
  shells_.end_all(why);
  auto waiter = std::make_shared<net::Notifier>(executor_);
  waiters_.push_back(waiter);
  while (!shells_.empty()) co_await waiter->wait();
  std::erase(waiters_, waiter);
}

}  // namespace soma::harness
