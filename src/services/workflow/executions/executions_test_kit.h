// For the tests of executions: machines from their definitions, a world that does what its functions' names
// say, restarts, virtual time.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/journal/journal_test_kit.h"
#include "services/workflow/executions/execution_names.h"
#include "services/workflow/executions/executions.h"

namespace soma::workflow {

inline std::string function_arn(std::string_view name) {
  return "arn:aws:lambda:us-east-1:000000000000:function:" + std::string(name);
}

// Functions by the beginning of their name:
//   echo…  gives its input back     fail…  fails with "Broken"     once…  fails the first time, then echoes
//   hold…  waits for release()      keep…  as hold
// Those with "keep" in their name may be asked again after a crash.
// Tasks of the service "test" answer their request with {"sent": true}; .sync ones submit that and then hold.
class ScriptedWorld {
 public:
  struct Call {
    std::string name, key, parameters;
  };
  void called(Call call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }
  std::vector<Call> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  size_t calls_of(std::string_view name) const {
    size_t count = 0;
    for (const Call& call : calls()) count += call.name == name ? 1 : 0;
    return count;
  }
  std::vector<std::string> cancelled() const {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }
  void was_cancelled(std::string reason) {
    const std::lock_guard lock(mutex_);
    cancelled_.push_back(std::move(reason));
  }
  // All that hold, now and later, end.
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    for (const auto& waiter : waiters_) waiter->notify();
  }
  void hold_again() {
    const std::lock_guard lock(mutex_);
    released_ = false;
  }
  bool released() const {
    const std::lock_guard lock(mutex_);
    return released_;
  }
  void watch(std::shared_ptr<net::Notifier> waiter) {
    const std::lock_guard lock(mutex_);
    waiters_.push_back(std::move(waiter));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Call> calls_;
  std::vector<std::string> cancelled_;
  bool released_ = false;
  std::vector<std::shared_ptr<net::Notifier>> waiters_;
};

class ScriptedConnector final : public Connector {
 public:
  explicit ScriptedConnector(ScriptedWorld& world) : world_(world) {}
  bool serves(const engine::Resource& resource) const override {
    return resource.kind == engine::Resource::Kind::kLambda || resource.service == "sqs";
  }
  bool repeatable(const engine::ScheduleTask& task) const override { return name_of(task).contains("keep"); }

  net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> submitted,
                                 net::Cancellation cancellation) override {
    const std::string name = name_of(call.task);
    const size_t before = world_.calls_of(name);
    world_.called({name, call.idempotency_key, call.task.parameters.text()});
    const engine::Payload sent(json::object({{"sent", true}}));
    using Pattern = engine::Resource::Pattern;
    if (call.task.resource.pattern == Pattern::kWaitForTaskToken) co_return ConnectorResult{sent};
    if (call.task.resource.pattern == Pattern::kSync) submitted(sent);
    if (name.starts_with("fail") || (name.starts_with("once") && before == 0))
      co_return ConnectorResult{std::unexpected(ConnectorFailure{"Broken", "it broke"})};
    if (name.starts_with("hold") || name.starts_with("keep")) {
      const net::Executor executor = co_await net::this_executor();
      const auto waiter = std::make_shared<net::Notifier>(executor);
      world_.watch(waiter);
      const auto stopped = cancellation.on_request([waiter] { waiter->notify(); });
      while (!world_.released() && !cancellation.requested()) co_await waiter->wait();
      if (cancellation.requested()) world_.was_cancelled(cancellation.reason());
    }
    co_return ConnectorResult{call.task.parameters};
  }

 private:
  static std::string name_of(const engine::ScheduleTask& task) {
    if (task.resource.kind != engine::Resource::Kind::kLambda) return task.resource.action;
    return task.resource.arn.substr(task.resource.arn.rfind(':') + 1);
  }
  ScriptedWorld& world_;
};

// A journal that is cut after so many writes, as by a crash: what comes later is lost.
class CutJournal final : public journal::Journal {
 public:
  explicit CutJournal(journal::Journal& under) : under_(under) {}
  void cut_after(size_t writes) { left_ = static_cast<int64_t>(writes); }
  bool was_cut() const { return left_ < 0; }

  net::Task<os::Result<uint64_t>> create(journal::Run run, std::vector<journal::NewEvent> events,
                                         journal::AppendOptions options) override {
    if (left_-- <= 0) co_return lost();
    co_return co_await under_.create(std::move(run), std::move(events), std::move(options));
  }
  net::Task<os::Result<uint64_t>> append(std::string run, uint64_t expected_seq,
                                         std::vector<journal::NewEvent> events,
                                         journal::AppendOptions options) override {
    if (left_-- <= 0) co_return lost();
    co_return co_await under_.append(std::move(run), expected_seq, std::move(events), std::move(options));
  }
  void append_async(std::string run, uint64_t expected_seq, std::vector<journal::NewEvent> events,
                    journal::AppendOptions options, std::function<void(os::Result<uint64_t>)> done) override {
    if (left_-- <= 0) return done(lost());
    under_.append_async(std::move(run), expected_seq, std::move(events), std::move(options), std::move(done));
  }
  os::Result<journal::Run> get(std::string_view run) override { return under_.get(run); }
  os::Result<std::vector<journal::Event>> read(std::string_view run, uint64_t from, size_t limit) override {
    return under_.read(run, from, limit);
  }
  os::Result<journal::RunPage> list(const journal::ListFilter& filter) override {
    return under_.list(filter);
  }
  std::unique_ptr<journal::Follower> follow(const net::Executor& executor, std::string_view run,
                                            uint64_t from) override {
    return under_.follow(executor, run, from);
  }
  net::Task<os::Result<>> remove(std::string run) override { return under_.remove(std::move(run)); }
  net::Task<os::Result<journal::Lease>> lease(std::string run, std::string owner,
                                              os::Duration length) override {
    return under_.lease(std::move(run), std::move(owner), length);
  }
  net::Task<os::Result<journal::Lease>> renew(journal::Lease lease, os::Duration length) override {
    return under_.renew(std::move(lease), length);
  }
  net::Task<os::Result<>> release(journal::Lease lease) override { return under_.release(std::move(lease)); }
  void on_wake(std::string kind, std::function<void(std::string run)> action) override {
    under_.on_wake(std::move(kind), std::move(action));
  }
  net::Task<os::Result<>> wake_at(std::string run, os::Time when) override {
    return under_.wake_at(std::move(run), when);
  }
  void start() override { under_.start(); }
  std::optional<os::Error> stopped() const override {
    return was_cut() ? std::optional(os::Error{os::Code::kFailedPrecondition, "cut", ""}) : under_.stopped();
  }

 private:
  static std::unexpected<os::Error> lost() { return os::fail(os::Code::kUnavailable, "the power went off"); }

  journal::Journal& under_;
  std::atomic<int64_t> left_{INT64_MAX};
};

class ExecutionsTest : public testing::Test {
 protected:
  ExecutionsTest() { connectors_.add(std::make_unique<ScriptedConnector>(scripted_)); }
  ~ExecutionsTest() override { end(); }

  // The service, over what the journal holds; as after a crash when it ran before.
  void open(size_t max_resident = kMaxResidentExecutions, size_t cut_after = SIZE_MAX / 2) {
    end();
    disk_.reopen();
    cut_ = std::make_unique<CutJournal>(disk_.journal());
    cut_->cut_after(cut_after);
    loops_ = std::make_unique<net::LoopPool>(2);
    ExecutionDependencies with{
        .clock = disk_.clock(),
        .ids = *ids_,
        .loops = *loops_,
        .journal = *cut_,
        .connectors = connectors_,
        .log = log_,
        .revision_of = [this](std::string_view machine, std::string_view) { return revision_of(machine); },
        .map_runner = make_map_runner(),
        .max_resident = max_resident};
    executions_ = std::make_unique<Executions>(std::move(with));
    before_start();
    loops_->start();
    executions_->start();
    after_start();
    cut_->start();
  }
  // The service is there and does nothing yet.
  virtual void before_start() {}
  virtual void after_start() {}
  virtual void after_stop() {}
  virtual MapRunner* make_map_runner() { return nullptr; }
  virtual RevisionPtr revision_of(std::string_view machine) {
    const auto found = machines_.find(std::string(machine));
    return found == machines_.end() ? nullptr : found->second->current;
  }
  void end() {
    if (executions_) {
      executions_->stop();
      after_stop();
    }
    if (loops_) loops_->stop();
    executions_.reset();
    loops_.reset();
    cut_.reset();
  }

  // States of a machine, "A" first, as JSON members: R"("A": {"Type": "Pass", "End": true})".
  Target machine(const std::string& name, const std::string& states,
                 MachineType type = MachineType::kStandard, json::Value logging = {}) {
    const Parsed parsed = parse_definition(R"({"StartAt": "A", "States": {)" + states + "}}", type);
    if (!parsed.definition) {
      ADD_FAILURE() << invalid_definition_message(parsed.diagnostics);
      return {};
    }
    Revision revision{.id = "r1"};
    revision.definition = parsed.definition;
    revision.role_arn = "arn:aws:iam::000000000000:role/test";
    revision.logging = std::move(logging);
    Machine made{.name = name, .arn = machine_arn(name), .type = type};
    made.current = std::make_shared<const Revision>(std::move(revision));
    Target target{.machine = std::make_shared<const Machine>(made), .revision = made.current};
    machines_[made.arn] = target.machine;
    return target;
  }
  // The same machine with a contract, given as its JSON.
  Target promising(Target target, std::string_view contract) {
    auto read = contract::read_contract(json::parse(contract).value());
    if (!read) {
      ADD_FAILURE() << read.error().to_string();
      return {};
    }
    Revision revision = *target.revision;
    revision.contract = std::make_shared<const contract::Contract>(std::move(*read));
    Machine made = *target.machine;
    made.current = std::make_shared<const Revision>(std::move(revision));
    target.machine = std::make_shared<const Machine>(made);
    target.revision = made.current;
    machines_[made.arn] = target.machine;
    return target;
  }
  static std::string task(std::string_view function, std::string_view more = R"("End": true)") {
    return R"({"Type": "Task", "Resource": ")" + function_arn(function) + R"(", )" + std::string(more) + "}";
  }

  os::Result<Started> start(const Target& target, std::string name, std::string input = "{}") {
    StartRequest request{.target = target, .name = std::move(name), .input = std::move(input)};
    return net::run(executions_->start_execution(std::move(request)));
  }
  // Starts it and runs until it has ended; time goes on as it must.
  ExecutionView run(const Target& target, std::string name, std::string input = "{}") {
    const auto started = start(target, std::move(name), std::move(input));
    EXPECT_TRUE(started) << started.error().to_string();
    return started ? ended(started->arn) : ExecutionView{};
  }
  ExecutionView ended(const std::string& arn) {
    const bool over = eventually([&] {
      const auto view = executions_->describe(arn);
      if (view && view->stopped) return true;
      disk_.clock().advance(std::chrono::seconds(1));
      return false;
    });
    EXPECT_TRUE(over) << arn << " does not end";
    return executions_->describe(arn).value_or(ExecutionView{});
  }
  static bool eventually(const std::function<bool()>& what) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!what()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool becomes(const std::string& machine_and_name, std::string_view status) {
    return eventually([&] { return status_of(machine_and_name) == status; });
  }
  // The same, with time that goes on: a timer that is set just now is not missed.
  bool comes_to(const std::string& machine_and_name, std::string_view status) {
    return eventually([&] {
      if (status_of(machine_and_name) == status) return true;
      disk_.clock().advance(std::chrono::seconds(1));
      return false;
    });
  }
  std::string status_of(const std::string& machine_and_name) {
    const auto run = disk_.journal().get("execution/" + machine_and_name);
    return run ? run->status : run.error().message;
  }
  // The types of its events, oldest first.
  std::vector<std::string> history(const std::string& arn) {
    std::vector<std::string> types;
    const auto page = executions_->history(arn, 1000, false, "");
    EXPECT_TRUE(page) << page.error().to_string();
    if (page)
      for (const auto& event : page->events) types.emplace_back(engine::event_type_name(event.type));
    return types;
  }
  std::string token_of(const std::string& machine_and_name) {
    const auto events = disk_.journal().read("execution/" + machine_and_name, 1, 1000);
    for (const auto& event : *events) {
      if (event.type != "step") continue;
      const auto steps = engine::history_of(event.body);
      for (const auto& step : *steps) {
        if (step.payload_member != "parameters" && step.payload_member != "input") continue;
        const std::string_view token = step.payload.value().get("token").string_or("");
        if (!token.empty()) return std::string(token);
      }
    }
    return "";
  }

  journal::JournalOnDisk disk_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(1, disk_.clock());
  ScriptedWorld scripted_;
  Connectors connectors_;
  LogSink* log_ = nullptr;
  std::map<std::string, MachinePtr> machines_;
  std::unique_ptr<CutJournal> cut_;
  std::unique_ptr<net::LoopPool> loops_;
  std::unique_ptr<Executions> executions_;
};

}  // namespace soma::workflow
