#include "services/workflow/executions/promises.h"

#include <fmt/format.h>

namespace soma::workflow {
namespace {

std::optional<engine::Refusal> refusal(const contract::Contract& contract, std::string_view error,
                                       std::string_view what, const std::optional<std::string>& fault) {
  if (!fault) return std::nullopt;
  const std::string cause =
      fmt::format("the {} breaks contract {} of {}: {}", what, contract.version, contract.owner, *fault);
  return engine::Refusal{std::string(error),
                         std::string(os::utf8_prefix(cause, engine::kMaxCauseCharacters))};
}

}  // namespace

engine::Promises promises_of(const Revision& revision, const ExecutionStart& start) {
  const ContractPtr& contract = revision.contract;
  if (!contract || !start.map_run_arn.empty()) return {};
  engine::Promises out;
  if (contract->input)
    out.input = [contract](const json::Value& input) {
      return refusal(*contract, contract::kInputInvalid, "input", contract->input_fault(input));
    };
  if (contract->output)
    out.output = [contract](const json::Value& output) {
      return refusal(*contract, contract::kOutputInvalid, "output", contract->output_fault(output));
    };
  out.timeout_seconds = contract->timeout_seconds;
  return out;
}

}  // namespace soma::workflow
