#include "services/workflow/workflow.h"

#include <utility>

namespace soma::workflow {

using os::Result;

Service::Service(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

Service::~Service() {
  stop();
}

Result<std::unique_ptr<Service>> Service::open(Dependencies dependencies) {
  std::unique_ptr<Service> service(new Service(std::move(dependencies)));
  const Dependencies& own = service->dependencies_;
  SOMA_ASSIGN(service->machines_, Machines::open({own.clock, own.ids, own.journal, own.log_group_exists}));
  SOMA_ASSIGN(service->activities_, Activities::open(own.journal));
  ExecutionDependencies executions{.clock = own.clock,
                                   .ids = own.ids,
                                   .loops = own.loops,
                                   .journal = own.journal,
                                   .connectors = own.connectors};
  executions.log = own.log;
  executions.revision_of = [self = service.get()](std::string_view machine_arn,
                                                  std::string_view revision_id) {
    return self->revision_of(machine_arn, revision_id);
  };
  service->map_runs_ = std::make_unique<MapRuns>(
      MapRunWorld{own.clock, own.ids, own.journal, own.objects, executions.revision_of});
  executions.map_runner = service->map_runs_.get();
  executions.activity_exists = [activities = service->activities_.get()](std::string_view arn) {
    return activities->get(arn).has_value();
  };
  service->rollouts_ =
      std::make_unique<Rollouts>(RolloutDependencies{own.clock, own.loops, own.journal, *service->machines_});
  executions.on_end = service->rollouts_->watcher();
  service->executions_ = std::make_unique<Executions>(std::move(executions));
  service->map_runs_->connect(*service->executions_);
  return service;
}

void Service::start() {
  rollouts_->start();
  executions_->start();
  map_runs_->start(dependencies_.loops);
  for (const MachinePtr& machine : machines_->list())
    if (machine->deleting)
      net::spawn(dependencies_.loops.executor_for(machine->arn), resume_deletion(*this, machine),
                 "workflow.delete");
}

void Service::stop() {
  if (rollouts_) rollouts_->stop();
  if (executions_) executions_->stop();
  if (map_runs_) map_runs_->stop();
}

net::Task<Answered<>> Service::delete_machine(std::string arn) {
  SOMA_CO_ASSIGN(const MachinePtr machine, co_await machines_->begin_deletion(std::move(arn)));
  if (!machine) co_return Answered<>{};
  SOMA_CO_TRY(co_await end_executions(machine->arn));
  co_return co_await machines_->finish_deletion(machine->name);
}

net::Task<Answered<>> Service::end_executions(std::string machine_arn) {
  ExecutionFilter filter;
  filter.machine_arn = machine_arn;
  filter.status = engine::Status::kRunning;
  do {
    const auto page = executions_->list(filter);
    if (!page) co_return std::unexpected(internal_failure(page.error()));
    for (const ExecutionView& execution : page->executions) {
      const auto stopped = co_await executions_->stop_execution(execution.arn, std::nullopt, std::nullopt);
      // It may have ended by itself meanwhile.
      if (!stopped && stopped.error().code != os::Code::kFailedPrecondition &&
          stopped.error().code != os::Code::kNotFound)
        co_return std::unexpected(internal_failure(stopped.error()));
    }
    filter.page_token = page->next_token;
  } while (!filter.page_token.empty());
  co_return Answered<>{};
}

net::Task<> Service::resume_deletion(Service& service, MachinePtr machine) {
  const Answered<> done = co_await service.delete_machine(machine->arn);
  if (!done)
    os::log(os::Level::kError, "workflow.delete.failed",
            {{"machine", machine->arn}, {"error", done.error().message}});
}

RevisionPtr Service::revision_of(std::string_view machine_arn, std::string_view revision_id) {
  const auto machine = parse_machine_arn(machine_arn);
  if (!machine) return nullptr;
  RevisionPtr whole = machines_->revision_of(machine_arn, revision_id);
  if (machine->label.empty()) return whole;
  return child_machines_.revision(whole, machine->name, machine->label);
}

Service::Statistics Service::statistics() const {
  return {.machines = machines_->size(), .resident_executions = executions_->statistics().resident};
}

}  // namespace soma::workflow
