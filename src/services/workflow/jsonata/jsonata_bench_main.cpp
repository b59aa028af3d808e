// How many evaluations a second one thread makes of each expression of a file: `jsonata_bench FILE
// [seconds]`, JSON lines on stdout, the median of rounds.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/os/os.h"
#include "services/workflow/jsonata/jsonata.h"

namespace soma::workflow::jsonata {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kRounds = 5;
constexpr int kEvaluationsPerLook = 16;  // at the clock

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

os::Result<double> per_second(const Expression& expression, const Arguments& arguments,
                              const Surroundings& surroundings, double seconds) {
  const auto start = Steady::now();
  size_t count = 0;
  do {
    for (int turn = 0; turn < kEvaluationsPerLook; ++turn) {
      SOMA_TRY(expression.evaluate(arguments, surroundings));
    }
    count += kEvaluationsPerLook;
  } while (seconds_since(start) < seconds);
  return static_cast<double>(count) / seconds_since(start);
}

os::Result<> bench(const std::string& path, double seconds) {
  std::ifstream file(path, std::ios::binary);
  SOMA_ASSIGN(const json::Value cases,
              json::parse(std::string(std::istreambuf_iterator<char>(file), {}), {.source = path}));
  std::vector<Binding> bindings;
  for (const auto& [name, value] : cases.get("order").as_object()) bindings.push_back({name, &value});
  const auto clock = os::make_system_clock();
  const auto ids = os::make_random_ids(*clock);
  const Surroundings surroundings{.now = clock->now(), .ids = *ids};
  for (const json::Value& one : cases.get("expressions").as_array()) {
    SOMA_ASSIGN(const Expression expression, Expression::compile(one.get("text").string_or("")));
    std::vector<double> rounds;
    for (int round = 0; round < kRounds; ++round) {
      SOMA_ASSIGN(const double figure,
                  per_second(expression, {.bindings = bindings}, surroundings, seconds / kRounds));
      rounds.push_back(figure);
    }
    std::ranges::sort(rounds);
    fmt::print("{}\n",
               json::write(json::object({{"what", one.get("what")}, {"perSecond", rounds[kRounds / 2]}})));
  }
  return {};
}

}  // namespace
}  // namespace soma::workflow::jsonata

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print(stderr, "usage: jsonata_bench FILE [seconds for each expression]\n");
    return 2;
  }
  const auto done = soma::workflow::jsonata::bench(arguments[1], count > 2 ? std::atof(arguments[2]) : 1);
  if (done) return 0;
  fmt::print(stderr, "{}\n", done.error().to_string());
  return 1;
}
