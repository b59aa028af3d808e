// For tests of hooks: a webhook's server, programs as shell scripts, and one call of a hook in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/net/server_test_kit.h"
#include "base/os/os.h"
#include "base/os/scratch_directory.h"
#include "services/harness/hooks/hook_runner.h"

namespace soma::harness {

// Serves POST /hook on loopback with whatever handler the test sets, and keeps what came.
class WebhookServer {
 public:
  explicit WebhookServer(net::Handler handler) : handler_(std::move(handler)) {
    router_.add("POST", "/hook", [this](net::Request& request, net::Reply& reply) -> net::Task<> {
      {
        std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      co_await handler_(request, reply);
    });
    server_.emplace(router_);
  }

  std::string url() const { return server_->address() + "/hook"; }
  size_t count() const {
    std::lock_guard lock(mutex_);
    return requests_.size();
  }
  net::Request request(size_t index) const {
    std::lock_guard lock(mutex_);
    return requests_.at(index);
  }

 private:
  net::Handler handler_;
  mutable std::mutex mutex_;
  std::vector<net::Request> requests_;
  net::Router router_;
  std::optional<net::TestServer> server_;  // the first to go
};

inline net::Handler answers(int status, std::string body, net::Headers headers = {}) {
  return [=](net::Request&, net::Reply& reply) -> net::Task<> {
    net::Response response = net::Response::text(status, body);
    for (const auto& [name, value] : headers.entries()) response.headers.set(name, value);
    co_await reply.send(std::move(response));
  };
}

// Never answers, or begins to and never ends; returns when the client is gone.
inline net::Handler stalls(std::string beginning = "") {
  return [=](net::Request&, net::Reply& reply) -> net::Task<> {
    const net::Executor executor = co_await net::this_executor();
    net::Notifier gone(executor);
    const auto registration = reply.gone().on_request([&] { gone.notify(); });
    if (!beginning.empty()) {
      net::Headers headers;
      co_await reply.begin(200, std::move(headers));
      co_await reply.write(beginning);
    }
    co_await gone.wait();
  };
}

// True while the process runs: one that has ended and waits to be reaped does not.
inline bool is_running(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string stat;
  if (!std::getline(file, stat)) return false;
  const size_t end = stat.rfind(')');
  const char state = end + 2 < stat.size() ? stat[end + 2] : 'X';
  return state != 'Z' && state != 'X';
}

class HookTest : public ::testing::Test {
 protected:
  static Hook webhook(std::string url, FailureMode mode = FailureMode::kDeny) {
    return {.type = HookType::kBeforeToolCall,
            .name = "audit",
            .target = WebhookTarget{.url = std::move(url), .secret = {}},
            .failure_mode = mode};
  }

  // A program of /bin/sh; $1 is the scratch directory.
  Hook command(const std::string& script, FailureMode mode = FailureMode::kDeny) {
    const std::string path = scratch_ / "hook.sh";
    std::ofstream(path) << script << "\n";
    return {.type = HookType::kBeforeToolCall,
            .name = "audit",
            .target = CommandTarget{{"/bin/sh", path, scratch_.path()}},
            .failure_mode = mode};
  }

  static HookCall call_of(const Hook& hook) {
    return {.event_id = "0196aaaa-0000-7000-8000-000000000001",
            .hook = &hook,
            .context = before_tool_call_context("shell", "shell", "t1", json::object({{"command", "ls"}})),
            .session_id = "session-1",
            .harness_name = "helper",
            .harness_id = "helper-abc",
            .invocation_id = "invocation-1",
            .at = os::from_unix_ms(1'767'225'600'000)};
  }

  // On a loop of its own, with a runner: what `body` does there.
  void with_runner(const std::function<net::Task<>(std::unique_ptr<HookRunner>&)>& body) {
    const auto task = [&]() -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      net::HttpClient http(executor);
      auto runner = std::make_unique<HookRunner>(HookDependencies{
          clock_, *launcher_, http, [this](const std::string& name) { return read_secret(name); }, executor});
      co_await body(runner);
    };
    net::run(task());
  }

  // The outcome of one call. `meanwhile` runs beside it and may let time pass or cancel.
  HookOutcome outcome_of(const HookCall& call, const std::function<net::Task<>()>& meanwhile = {}) {
    HookOutcome outcome;
    with_runner([&](std::unique_ptr<HookRunner>& runner) -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      net::Notifier done(executor);
      const auto ask = [&]() -> net::Task<> {
        outcome = co_await runner->run(call, cancellation_);
        done.notify();
      };
      net::spawn(executor, ask(), "test.ask");
      if (meanwhile) co_await meanwhile();
      co_await done.wait();
    });
    return outcome;
  }
  HookOutcome outcome_of(const Hook& hook, const std::function<net::Task<>()>& meanwhile = {}) {
    return outcome_of(call_of(hook), meanwhile);
  }

  // Lets the loop turn until the condition holds; fails the test when it does not within twenty seconds.
  static net::Task<> until(std::function<bool()> condition) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > patience) {
        ADD_FAILURE() << "what the test waits for does not come";
        co_return;
      }
      co_await net::offload([] { std::this_thread::yield(); });
    }
  }

  bool written(const std::string& name) const { return !content(name).empty(); }
  std::string content(const std::string& name) const {
    std::ifstream file(scratch_ / name);
    std::string line;
    std::getline(file, line);
    return file.eof() ? "" : line;  // without its end, the line is still being written
  }

  os::Result<std::string> read_secret(const std::string& name) const {
    if (name == "env:AUDIT_KEY") return "s3cr3t";
    if (name == "secret:empty") return "";
    return os::fail(os::Code::kNotFound, "there is no " + name);
  }

  os::ScratchDirectory scratch_;
  os::VirtualClock clock_;
  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
  net::Cancellation cancellation_;
};

}  // namespace soma::harness
