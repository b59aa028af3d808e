// How many state transitions a second are durable: executions of Pass states alone, started by many callers
// at once, on a journal of the real disk.
//
//   build/release/workflow_bench [states=10] [executions=20000] [callers=128] [directory=/tmp]
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <filesystem>

#include "services/workflow/executions/executions.h"

namespace soma::workflow {
namespace {

struct Bench {
  size_t states = 10, executions = 20'000, callers = 128;
  std::string directory = "/tmp";
};

std::string definition_of(size_t states) {
  std::string text = R"({"StartAt": "S0", "States": {)";
  for (size_t state = 0; state < states; ++state) {
    const bool last = state + 1 == states;
    text += fmt::format(R"({}"S{}": {{"Type": "Pass", {}}})", state == 0 ? "" : ", ", state,
                        last ? R"("End": true)" : fmt::format(R"("Next": "S{}")", state + 1));
  }
  return text + "}}";
}

net::Task<> call(Executions& executions, const Target& target, const Bench& bench, std::atomic<size_t>& next,
                 std::atomic<size_t>& failed, std::atomic<size_t>& left, net::Notifier& over) {
  while (next++ < bench.executions) {
    StartRequest request;
    request.target = target;
    request.input = R"({"order": 17, "items": ["a", "b"]})";
    const auto started = co_await executions.start_execution(std::move(request));
    if (!started) ++failed;
  }
  if (--left == 0) over.notify();
}

int run(const Bench& bench) {
  const auto clock = os::make_system_clock();
  const auto ids = os::make_random_ids(*clock);
  const std::string path = fmt::format("{}/workflow-bench-{}.db", bench.directory, ids->token(8));
  auto journal = journal::open_sqlite_journal({.path = path}, *clock);
  const Parsed parsed = parse_definition(definition_of(bench.states), MachineType::kStandard);
  if (!journal || !parsed.definition) return 1;
  Revision revision{.id = "r"};
  revision.definition = parsed.definition;
  Machine machine{.name = "bench", .arn = machine_arn("bench")};
  machine.current = std::make_shared<const Revision>(std::move(revision));
  const Target target{.machine = std::make_shared<const Machine>(machine), .revision = machine.current};
  net::LoopPool loops(2);
  const Connectors connectors;
  Executions executions({.clock = *clock,
                         .ids = *ids,
                         .loops = loops,
                         .journal = **journal,
                         .connectors = connectors,
                         .revision_of = [&](std::string_view, std::string_view) { return machine.current; }});
  loops.start();
  std::atomic<size_t> next = 0, failed = 0, left = bench.callers;
  const auto begun = std::chrono::steady_clock::now();
  net::run(std::function<net::Task<>()>([&]() -> net::Task<> {
    const net::Executor executor = co_await net::this_executor();
    net::Notifier over(executor);
    for (size_t caller = 0; caller < bench.callers; ++caller)
      net::spawn(loops.executor(caller % loops.size()),
                 call(executions, target, bench, next, failed, left, over), "bench");
    co_await over.wait();
  }));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const double each = static_cast<double>(bench.executions) / seconds;
  fmt::print("{} executions of {} states, {} callers: {:.0f} executions/s, {:.0f} transitions/s, {} failed\n",
             bench.executions, bench.states, bench.callers, each, each * static_cast<double>(bench.states),
             failed.load());
  executions.stop();
  loops.stop();
  journal->reset();
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + suffix);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace soma::workflow

int main(int count, char** arguments) {
  soma::workflow::Bench bench;
  if (count > 1) bench.states = std::stoul(arguments[1]);
  if (count > 2) bench.executions = std::stoul(arguments[2]);
  if (count > 3) bench.callers = std::stoul(arguments[3]);
  if (count > 4) bench.directory = arguments[4];
  return soma::workflow::run(bench);
}
