// The world that tasks reach, put together as a server needs it: settings, mocks, folder of objects, logs,
// and the connectors over them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "services/workflow/connector.h"
#include "services/workflow/executions/log_sink.h"
#include "services/workflow/object_folder.h"

namespace soma::workflow {

class Service;

struct TaskWorldOptions {
  std::string data_directory;  // workflow.json, objects/ and logs/ are in it
  std::string mocks{};         // path of a file in the format of Step Functions Local (SFN_MOCK_CONFIG)
};
struct TaskWorldDependencies {
  os::Clock& clock;
  os::IdSource& ids;
  os::ProcessLauncher& launcher;
  os::FileSystem& files;
  const net::OutboundPolicy& outbound;
  // The value of "env:NAME" or "secret:NAME".
  std::function<os::Result<std::string>(const std::string& reference)> read_secret;
};

// Outlives the service that uses it.
class TaskWorld {
 public:
  // Errors: what is wrong with workflow.json or the mocks, and where.
  static os::Result<std::unique_ptr<TaskWorld>> open(TaskWorldOptions options,
                                                     TaskWorldDependencies dependencies);
  ~TaskWorld();

  Connectors& connectors();
  const ObjectFolder& objects() const;
  LogSink& log();
  // Executions may start executions from now on. Before the service starts.
  void connect(Service& service);

 private:
  struct State;
  explicit TaskWorld(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace soma::workflow
