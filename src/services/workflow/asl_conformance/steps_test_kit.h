// Carries out the steps of a recorded case: calls of the Step Functions API on a service of the case's own,
// in virtual time, with references to earlier answers. Test code.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal_test_kit.h"
#include "base/os/scratch_directory.h"
#include "services/workflow/connectors/builtin.h"
#include "services/workflow/executions/log_sink.h"
#include "services/workflow/workflow.h"

namespace soma::workflow::conformance {

// The account that the recordings speak of. soma's own is shown as this one.
inline constexpr std::string_view kRecordedAccount = "111111111111";
inline constexpr int kMaxWaitRounds = 1000;  // of one waiting step

// Log groups, and what is written to them.
class LogGroups final : public LogSink {
 public:
  void write(std::string_view group, std::string line) override;
  json::Value last(std::string_view group);  // the last line; null: there is none
  // CloudWatch's operations, as far as the cases use them.
  json::Value call(std::string_view action, const json::Value& parameters);
  bool exists(std::string_view arn);

 private:
  std::mutex mutex_;
  std::set<std::string> names_;
  std::map<std::string, std::vector<std::string>> lines_;
};

// Functions, with a count of those that are at work: programs in real time, which virtual time waits for.
class CountedFunctions final : public Connector {
 public:
  CountedFunctions(std::unique_ptr<Connector> functions, std::atomic<int>& at_work)
      : functions_(std::move(functions)), at_work_(at_work) {}
  bool serves(const engine::Resource& resource) const override { return functions_->serves(resource); }
  bool repeatable(const engine::ScheduleTask& task) const override { return functions_->repeatable(task); }
  net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> submitted,
                                 net::Cancellation cancellation) override;

 private:
  std::unique_ptr<Connector> functions_;
  std::atomic<int>& at_work_;
};

class Steps {
 public:
  Steps() : Steps(json::Value()) {}
  // With a world for the tasks: these functions ({arn: {"name", "behaviour", "args"}}), other executions, the
  // API, objects.
  explicit Steps(const json::Value& functions);
  ~Steps();

  // False: a step failed that should not have, or the other way round; `problem` says which.
  bool run(const json::Value& steps, std::string& problem);
  // What a step answered; a failure is {"typename", "message"} as an SDK tells it.
  const json::Value& answer(std::string_view id) const;
  const ApiError* failure(std::string_view id) const;
  // A value with its references ("${s4.events[0].id}") replaced by what they refer to.
  json::Value rendered(const json::Value& value) const;

 private:
  bool call(const json::Value& step, std::string& problem);
  json::Value call_objects(std::string_view action, const json::Value& parameters);
  bool wait(const json::Value& step, std::string& problem);
  bool wait_for_execution(const json::Value& step, std::string& problem);
  bool wait_for_logs(const json::Value& step, std::string& problem);
  void pass_time(const std::string& run);
  // Whether nothing moves but what waits for time: all that was on its way through loop and journal is there.
  bool at_rest();
  uint64_t events();  // of all runs
  json::Value rendered_text(const std::string& text) const;
  json::Value lookup(std::string_view reference) const;

  journal::JournalOnDisk disk_;
  std::unique_ptr<os::IdSource> ids_ = os::make_random_ids(disk_.clock());
  net::LoopPool loops_{1};
  os::ScratchDirectory scratch_;
  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
  net::OutboundPolicy outbound_;
  ObjectFolder objects_{scratch_ / "objects"};
  ConnectorSettings settings_;
  StatesBackend backend_;
  std::atomic<int> functions_at_work_ = 0;
  bool functions_sleep_ = false;  // longer than any case: time does not wait for them
  Connectors connectors_;
  LogGroups logs_;
  std::unique_ptr<Service> service_;
  std::map<std::string, json::Value, std::less<>> answers_;
  std::map<std::string, ApiError, std::less<>> failures_;
};

}  // namespace soma::workflow::conformance
