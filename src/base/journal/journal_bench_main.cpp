// How many durable appends a second the journal takes, beside what the disk can sync: `journal_bench
// [directory]`, JSON on stdout.
//
// Rounds of all measurements are interleaved, and medians given, so that a disk whose mood changes is the
// same for all. The bare disk is measured with one thread that writes as much as one append's body and calls
// fdatasync, again and again: once growing the file, once overwriting it in place.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <latch>
#include <map>
#include <mutex>

#include "base/journal/journal.h"

namespace soma::journal {
namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kBodyBytes = 1'024;
constexpr int kRounds = 5;
constexpr std::chrono::milliseconds kRoundLength(1'000);
constexpr int kAppenders[] = {1, 16, 128};
constexpr size_t kOverwrittenBytes = 1u << 20;

struct Figures {
  double per_second = 0;
  double p50_ms = 0, p99_ms = 0;
};

Figures figures_of(std::vector<double>& latencies_ms, double seconds) {
  std::ranges::sort(latencies_ms);
  const auto at = [&](double share) {
    return latencies_ms[static_cast<size_t>(share * static_cast<double>(latencies_ms.size() - 1))];
  };
  return {static_cast<double>(latencies_ms.size()) / seconds, at(0.5), at(0.99)};
}

double ms_since(Steady::time_point start) {
  return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

Figures measure_disk(const std::string& path, bool overwrite) {
  const auto files = os::make_posix_file_system();
  auto file = files->open(path, os::OpenMode::kCreate);
  if (!file) return {};
  const std::string body(kBodyBytes, 'x');
  const auto bytes = std::as_bytes(std::span(body));
  if (overwrite) {
    const std::string all(kOverwrittenBytes, '.');
    if (!(*file)->write_at(0, std::as_bytes(std::span(all))) || !(*file)->sync()) return {};
  }
  std::vector<double> latencies;
  const auto start = Steady::now();
  for (uint64_t offset = 0; Steady::now() - start < kRoundLength; offset += kBodyBytes) {
    const auto before = Steady::now();
    if (!(*file)->write_at(overwrite ? offset % kOverwrittenBytes : offset, bytes) || !(*file)->sync())
      return {};
    latencies.push_back(ms_since(before));
  }
  const double seconds = ms_since(start) / 1000;
  if (!files->remove(path)) return {};
  return figures_of(latencies, seconds);
}

net::Task<> append_until(Journal& journal, std::string run, Steady::time_point end,
                         std::vector<double>& latencies) {
  journal::Run made{.id = run, .kind = "bench", .status = "running"};
  const auto created = co_await journal.create(std::move(made), {});
  uint64_t seq = 0;
  const std::string body = "\"" + std::string(kBodyBytes - 2, 'x') + "\"";
  while (created && Steady::now() < end) {
    std::vector<NewEvent> events{{"step", body}};
    const auto before = Steady::now();
    const auto appended = co_await journal.append(run, seq, std::move(events));
    if (!appended) co_return;
    seq = *appended;
    latencies.push_back(ms_since(before));
  }
}

Figures measure_journal(Journal& journal, net::LoopPool& loops, int appenders, int round) {
  std::vector<std::vector<double>> latencies(static_cast<size_t>(appenders));
  std::latch done(appenders);
  const auto start = Steady::now();
  for (int index = 0; index < appenders; ++index) {
    std::string run = fmt::format("bench-{}-{}-{}", appenders, round, index);
    auto append = [](Journal& journal, std::string run, Steady::time_point end,
                     std::vector<double>& latencies, std::latch& done) -> net::Task<> {
      co_await append_until(journal, std::move(run), end, latencies);
      done.count_down();
    };
    const auto& executor = loops.executor(static_cast<size_t>(index) % loops.size());
    net::spawn(
        executor,
        append(journal, std::move(run), start + kRoundLength, latencies[static_cast<size_t>(index)], done),
        "bench");
  }
  done.wait();
  const double seconds = ms_since(start) / 1000;
  std::vector<double> all;
  for (auto& own : latencies) all.insert(all.end(), own.begin(), own.end());
  return figures_of(all, seconds);
}

Figures median(std::vector<Figures> rounds) {
  const auto middle = [&](double Figures::* field) {
    std::ranges::sort(rounds, {}, field);
    return rounds[rounds.size() / 2].*field;
  };
  return {middle(&Figures::per_second), middle(&Figures::p50_ms), middle(&Figures::p99_ms)};
}

json::Value line(std::string_view what, int appenders, const std::vector<Figures>& rounds) {
  const Figures figures = median(rounds);
  return json::object({{"what", what},
                       {"concurrent", appenders},
                       {"bytes", kBodyBytes},
                       {"perSecond", figures.per_second},
                       {"p50Ms", figures.p50_ms},
                       {"p99Ms", figures.p99_ms}});
}

int bench(const std::string& parent) {
  const std::string directory = parent + "/soma-journal-bench";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  const auto clock = os::make_system_clock();
  auto journal = open_sqlite_journal({.path = directory + "/journal.db"}, *clock);
  if (!journal) {
    fmt::print(stderr, "{}\n", journal.error().to_string());
    return 1;
  }
  net::LoopPool loops(1);
  loops.start();
  std::vector<Figures> growing, overwriting;
  std::map<int, std::vector<Figures>> appends;
  for (int round = 0; round < kRounds; ++round) {
    growing.push_back(measure_disk(directory + "/disk", false));
    overwriting.push_back(measure_disk(directory + "/disk", true));
    for (const int appenders : kAppenders)
      appends[appenders].push_back(measure_journal(**journal, loops, appenders, round));
  }
  json::Value lines = json::array({line("disk: write and fdatasync, growing file", 1, growing),
                                   line("disk: write and fdatasync, in place", 1, overwriting)});
  for (const int appenders : kAppenders)
    lines.push_back(line("journal: append", appenders, appends[appenders]));
  fmt::print("{}\n", json::write_pretty(json::object({{"rounds", kRounds}, {"results", std::move(lines)}})));
  loops.stop();
  journal->reset();
  std::filesystem::remove_all(directory);
  return 0;
}

}  // namespace
}  // namespace soma::journal

int main(int count, char** arguments) {
  return soma::journal::bench(count > 1 ? arguments[1] : std::filesystem::temp_directory_path().string());
}
