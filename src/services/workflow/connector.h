// What a Task state can do: one connector for each kind of resource, registered by whoever builds the
// service.
//
// The engine knows resources only by name; a connector carries one out. To add one: a file in connectors/
// that implements Connector, and a line in the table where the program is put together (app/server).
// Activities are none: their workers come to soma.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net/net.h"
#include "services/workflow/engine/engine.h"
#include "services/workflow/engine/inspection.h"

namespace soma::workflow {

// Why a connector's cancellation is requested. The first: nobody wants the result any more, and what the task
// started elsewhere (.sync) is to be stopped. The second: soma ends; the next one asks again or reports the
// outcome as unknown, so what runs elsewhere goes on.
inline constexpr std::string_view kTaskCancelled = "the task was cancelled",
                                  kTaskLetGo = "soma is shutting down";

// What a connector is asked, and what it may need to know of the caller.
struct ConnectorCall {
  engine::ScheduleTask task;
  std::string execution_arn, correlation_id;
  std::string machine_name, trace_header;
  // The same for every try of the same task by a restarted soma: "<execution arn>#<task id>".
  std::string idempotency_key;
  // Somebody watches the task: http:invoke shows what it sent and got. Null: no.
  std::shared_ptr<engine::Inspection> inspection{};
};
// A task's failure as Retry and Catch see it.
struct ConnectorFailure {
  std::string error, cause;
  engine::TaskFailed::Phase phase = engine::TaskFailed::Phase::kRun;
  // soma is shutting down and the connector cannot go on: nothing is recorded, the next soma asks again.
  bool let_go = false;
};
struct ConnectorResult {
  std::expected<engine::Payload, ConnectorFailure> outcome;
};

class Connector {
 public:
  virtual ~Connector() = default;
  // Whether a resource is its own.
  virtual bool serves(const engine::Resource& resource) const = 0;
  // Runs it to its end, on the execution's loop; must end soon after `cancellation`. Request and response:
  // the result. .sync: `submitted` is called with the answer of the request, and what this returns is the
  // result. .waitForTaskToken: what this returns is the answer of the request, the result comes with the
  // token.
  virtual net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> submitted,
                                         net::Cancellation cancellation) = 0;
  // After a crash the task may have run or not: true when it may be asked again with the same key (it
  // re-attaches or repeats without harm), false when its outcome is reported as unknown.
  virtual bool repeatable(const engine::ScheduleTask& task) const = 0;
};

// Answers in place of connectors and workers: which try of which state, in which test case.
struct MockQuestion {
  std::string_view machine, test_case, state;
  uint64_t retry_count = 0;
};
class Mocks {
 public:
  virtual ~Mocks() = default;
  virtual bool knows(std::string_view machine, std::string_view test_case) const = 0;
  // Nothing: the test case says nothing of this state.
  virtual std::optional<ConnectorResult> find(const MockQuestion& question) const = 0;
};

// What runs a distributed map: its items read, its children started and counted, its results written.
struct MapRunCall {
  engine::StartMapRun run;
  std::string execution_arn, correlation_id;
  std::string idempotency_key;  // as a connector's: asked again, it goes on with the same map run
};
class MapRunner {
 public:
  virtual ~MapRunner() = default;
  // As Connector::run. `begun` is called with the map run's ARN and how often it was redriven, when it exists
  // durably; once, or again when it had to begin anew.
  using Begun = std::function<void(std::string map_run_arn, uint64_t redrives)>;
  virtual net::Task<ConnectorResult> run(MapRunCall call, Begun begun, net::Cancellation cancellation) = 0;
};

// The first that serves a resource is taken. Filled before the service starts, then constant.
class Connectors {
 public:
  void add(std::unique_ptr<Connector> connector);
  void set_mocks(std::unique_ptr<Mocks> mocks);

  Connector* find(const engine::Resource& resource) const;  // null: nobody serves it
  // Nothing for an execution without a test case.
  std::optional<ConnectorResult> mocked(const MockQuestion& question) const;
  bool knows_test_case(std::string_view machine, std::string_view test_case) const;

 private:
  std::vector<std::unique_ptr<Connector>> all_;
  std::unique_ptr<Mocks> mocks_;
};

}  // namespace soma::workflow
