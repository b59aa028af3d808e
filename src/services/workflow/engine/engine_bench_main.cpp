// How many state transitions a second one core makes, records written and thrown away: `engine_bench`, a JSON
// line for each shape on stdout.
//
// A transition is one StateEntered event, as the service counts them. The median of several rounds is given.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "services/workflow/engine/engine.h"

namespace soma::workflow::engine {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kRounds = 7;
constexpr std::chrono::milliseconds kRoundLength(300);
constexpr size_t kChain = 200;

struct Shape {
  std::string_view name;
  std::string definition, input;
};

std::string pass_chain(std::string_view more) {
  std::string states;
  for (size_t i = 0; i < kChain; ++i) {
    states += fmt::format(R"("S{}":{{"Type":"Pass"{},"Next":"S{}"}},)", i, more, i + 1);
  }
  return fmt::format(R"({{"StartAt":"S0","States":{{{}"S{}":{{"Type":"Succeed"}}}}}})", states, kChain);
}

std::vector<Shape> shapes() {
  const std::string loop =
      R"asl({"StartAt":"Count","States":{"Count":{"Type":"Pass","Parameters":{"n.$":"States.MathAdd($.n, 1)"},"Next":"More"},
      "More":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericLessThan":1000,"Next":"Count"}],"Default":"Done"},
      "Done":{"Type":"Succeed"}}})asl";
  const std::string map =
      R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"P","States":{
      "P":{"Type":"Pass","Parameters":{"v.$":"$"},"End":true}}},"End":true}}})";
  std::string items = "[0";
  for (int i = 1; i < 1000; ++i) items += "," + std::to_string(i);
  return {{"pass_chain", pass_chain(""), R"({"order":{"id":"o-1","total":12.5}})"},
          {"pass_chain_result", pass_chain(R"(,"Result":{"done":true},"ResultPath":"$.step")"),
           R"({"order":{"id":"o-1","total":12.5}})"},
          {"choice_loop", loop, R"({"n":0})"},
          {"map", map, items + "]"}};
}

struct Count {
  uint64_t transitions = 0, events = 0, record_bytes = 0;
};

bool is_entered(const HistoryEvent& event) {
  return event_type_name(event.type).ends_with("StateEntered");
}

void run_once(const DefinitionPtr& definition, const Payload& input, os::VirtualClock& clock,
              os::IdSource& ids, Count& count) {
  Execution execution(definition,
                      {.execution_arn = "arn:aws:states:us-east-1:000000000000:execution:m:e",
                       .execution_name = "e",
                       .machine_arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m",
                       .machine_name = "m",
                       .role_arn = "arn:aws:iam::000000000000:role/r"},
                      ids);
  Event event = Begin{.input = input};
  for (bool more = true; more;) {
    auto step = execution.apply(event, clock.now());
    if (!step) break;
    count.events += step->history.size();
    count.record_bytes += step->record.size();
    count.transitions += static_cast<uint64_t>(std::ranges::count_if(step->history, is_entered));
    more = step->more;
    event = Advance{};
  }
}

void measure(const Shape& shape) {
  const Parsed parsed = parse_definition(shape.definition, MachineType::kStandard);
  const auto input = Payload::parse(shape.input);
  if (!parsed.definition || !input) {
    fmt::print(stderr, "engine_bench: {}: {}\n", shape.name, invalid_definition_message(parsed.diagnostics));
    return;
  }
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  std::vector<double> rates;
  Count count;
  for (int round = 0; round < kRounds; ++round) {
    const Count before = count;
    const auto start = Steady::now();
    while (Steady::now() - start < kRoundLength) run_once(parsed.definition, *input, clock, *ids, count);
    const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
    rates.push_back(static_cast<double>(count.transitions - before.transitions) / seconds);
  }
  std::ranges::sort(rates);
  fmt::print(
      "{}\n",
      json::write(json::object({{"bench", "engine"},
                                {"shape", shape.name},
                                {"transitionsPerSecond", static_cast<int64_t>(rates[rates.size() / 2])},
                                {"recordBytesPerTransition", static_cast<double>(count.record_bytes) /
                                                                 static_cast<double>(count.transitions)}})));
}

}  // namespace
}  // namespace soma::workflow::engine

int main() {
  for (const auto& shape : soma::workflow::engine::shapes()) soma::workflow::engine::measure(shape);
  return 0;
}
