#include "services/workflow/connectors/task_world.h"

#include <fmt/format.h>

#include "services/workflow/api/operations.h"
#include "services/workflow/connectors/builtin.h"
#include "services/workflow/connectors/task_mocks.h"
#include "services/workflow/workflow.h"

namespace soma::workflow {

struct TaskWorld::State {
  ConnectorSettings settings;
  ObjectFolder objects;
  StatesBackend states;
  Connectors connectors;
  std::unique_ptr<LogSink> log;
};

TaskWorld::TaskWorld(std::unique_ptr<State> state) : state_(std::move(state)) {}
TaskWorld::~TaskWorld() = default;

os::Result<std::unique_ptr<TaskWorld>> TaskWorld::open(TaskWorldOptions options, TaskWorldDependencies with) {
  auto state =
      std::make_unique<State>(State{.settings = {},
                                    .objects = ObjectFolder(options.data_directory + "/objects"),
                                    .states = {},
                                    .connectors = {},
                                    .log = make_file_log_sink(with.files, options.data_directory + "/logs")});
  SOMA_ASSIGN(state->settings, read_connector_settings(options.data_directory));
  if (!options.mocks.empty()) {
    SOMA_ASSIGN(const std::string text, os::read_file(options.mocks));
    SOMA_ASSIGN(std::unique_ptr<Mocks> mocks, parse_task_mocks(text, options.mocks));
    state->connectors.set_mocks(std::move(mocks));
  }
  add_builtin_connectors(state->connectors,
                         {with.clock, with.ids, with.launcher, with.outbound, state->settings, state->objects,
                          state->states, std::move(with.read_secret)});
  return std::unique_ptr<TaskWorld>(new TaskWorld(std::move(state)));
}

Connectors& TaskWorld::connectors() {
  return state_->connectors;
}

const ObjectFolder& TaskWorld::objects() const {
  return state_->objects;
}

LogSink& TaskWorld::log() {
  return *state_->log;
}

void TaskWorld::connect(Service& service) {
  StatesBackend& states = state_->states;
  states.executions = &service.executions();
  states.resolve = [&service](std::string_view arn, std::string_view execution_name) {
    return service.machines().resolve(arn, execution_name);
  };
  // A coroutine: the operation's name must live as long as the call.
  states.call = [&service](std::string operation, json::Value parameters,
                           net::Cancellation gone) -> net::Task<Answered<json::Value>> {
    api::Answer answer = api::call(service, operation, std::move(parameters), std::move(gone));
    co_return co_await std::move(answer);
  };
}

}  // namespace soma::workflow
