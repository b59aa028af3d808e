// What a Task state can do: one connector for each kind of resource, registered by whoever builds the
// service.
//
// The engine knows resources only by name; a connector carries one out. To add one: a file in connectors/
// that implements Connector, and a line in the table where the program is put together (app/server).
// Activities are none: their workers come to soma.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net/net.h"
#include "services/workflow/engine/engine.h"

namespace soma::workflow {

// What a connector is asked, and what it may need to know of the caller.
struct ConnectorCall {
  engine::ScheduleTask task;
  std::string execution_arn, correlation_id;
  // The same for every try of the same task by a restarted soma: "<execution arn>#<task id>".
  std::string idempotency_key;
};
// A task's failure as Retry and Catch see it.
struct ConnectorFailure {
  std::string error, cause;
  engine::TaskFailed::Phase phase = engine::TaskFailed::Phase::kRun;
};
struct ConnectorResult {
  std::expected<engine::Payload, ConnectorFailure> outcome;
};

class Connector {
 public:
  virtual ~Connector() = default;
  // Whether a resource is its own.
  virtual bool serves(const engine::Resource& resource) const = 0;
  // Runs it to its end. For .sync and .waitForTaskToken patterns `submitted` is called once the far side took
  // the request; a token task ends with what this returns only when that is a failure. Runs on the
  // execution's loop; must end soon after `cancellation`.
  virtual net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> submitted,
                                         net::Cancellation cancellation) = 0;
  // After a crash the task may have run or not: true when it may be asked again with the same key (it
  // re-attaches or repeats without harm), false when its outcome is reported as unknown.
  virtual bool repeatable(const engine::Resource& resource) const = 0;
};

// The first that serves a resource is taken. Filled before the service starts, then constant.
class Connectors {
 public:
  void add(std::unique_ptr<Connector> connector);
  Connector* find(const engine::Resource& resource) const;  // null: nobody serves it

 private:
  std::vector<std::unique_ptr<Connector>> all_;
};

}  // namespace soma::workflow
