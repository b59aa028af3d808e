// What comes out of a map run, put together from the results of its children in the order of the items. Cut
// short when soma stops: the next one makes it again.
#include <fmt/format.h>

#include "services/workflow/executions/execution_names.h"
#include "services/workflow/map_runs/map_run.h"

namespace soma::workflow {

using os::Result;

Result<ChildReport> MapRun::report_of(size_t index, bool with_input) const {
  ChildReport report{.arn = arn_of(index), .name = name_of(index), .machine_arn = state_.start().machine_arn};
  if (const uint64_t seq = state_.result_seq(index); seq != 0) {
    SOMA_ASSIGN(report.result, read_child_result(world_.journal, run_, seq));
    report.arn = report.result->arn;
  }
  const bool succeeded = state_.child(index) == ChildStatus::kSucceeded;
  if (!with_input && succeeded) return report;
  SOMA_ASSIGN(MapRunItem item, read_map_run_item(world_.journal, run_, state_.input_seq(index)));
  report.input = std::move(item.input);
  return report;
}

Read<std::string> MapRun::output() const {
  const auto& details = std::get<MapDetails>(state_in_definition_->details);
  const WriterConfig config = read_writer_config(details.writer ? &*details.writer : nullptr);
  if (config.exports) return export_results(config);
  ResultList list(false);
  for (size_t index = 0; index < state_.children() && !world_.executions->stopping(); ++index) {
    const Result<ChildReport> report = report_of(index, config.transformation == Transformation::kNone);
    if (!report) return std::unexpected(engine::ItemFailure{"States.Runtime", report.error().message});
    list.add(*report, config.transformation);
    if (list.bytes() < engine::kMaxPayloadBytes) continue;
    return std::unexpected(engine::ItemFailure{
        "States.DataLimitExceeded",
        fmt::format("The state/task '{}' returned a result with a size exceeding the maximum number of bytes "
                    "service limit.",
                    state_.start().state_name)});
  }
  return list.take();
}

Read<std::string> MapRun::export_results(const WriterConfig& config) const {
  ResultFiles files(world_.objects, call_.run.writer_arguments.value(), state_.start().arn, config);
  for (size_t index = 0; index < state_.children() && !world_.executions->stopping(); ++index) {
    const Result<ChildReport> report = report_of(index, config.transformation == Transformation::kNone);
    if (!report)
      return std::unexpected(engine::ItemFailure{std::string(kResultWriterFailed), report.error().message});
    SOMA_TRY(files.add(*report));
  }
  SOMA_ASSIGN(const json::Value output, files.finish());
  return json::write(output);
}

}  // namespace soma::workflow
