// Any bytes as a record: read as history and put into an execution, they are refused or taken, no more.
#include <cstdint>
#include <string_view>

#include "services/workflow/engine/engine.h"

using namespace soma;
using namespace soma::workflow;

namespace {

constexpr std::string_view kDefinition =
    R"({"StartAt":"P","States":{"P":{"Type":"Parallel","Next":"M","Branches":[
  {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:f","End":true}}},
  {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"End":true}}}]},
  "M":{"Type":"Map","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"Next":"C"},
  "C":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Next":"F"}],"Default":"S"},
  "F":{"Type":"Fail"},"S":{"Type":"Succeed"}}})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view record(reinterpret_cast<const char*>(data), size);
  static const DefinitionPtr definition = parse_definition(kDefinition, MachineType::kStandard).definition;
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  if (auto events = engine::history_of(record)) {
    for (const engine::HistoryEvent& event : *events) (void)to_api(event, true);
  }
  engine::Execution execution(definition, {}, *ids);
  if (execution.restore(record)) (void)execution.wake();
  return 0;
}
