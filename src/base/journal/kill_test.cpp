// A real process, really killed: nothing that it was told is durable may be missing.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <random>
#include <thread>

#include "base/journal/journal_test_kit.h"

namespace soma::journal {
namespace {

constexpr const char* kPathVariable = "SOMA_TEST_JOURNAL";
constexpr int kRounds = 30;
constexpr int kRuns = 4;
constexpr uint64_t kPipelined = 8;  // appends on their way at once in each run
constexpr uint64_t kMaxAcknowledged = 400;

std::string run_id(int number) {
  return fmt::format("run-{}", number);
}

// Different for each event, from a few bytes to some pages.
std::string body_of(int run, uint64_t seq) {
  return fmt::format(R"({{"run":{},"seq":{},"text":"{}"}})", run, seq,
                     std::string(seq * 7919 % 20'000, static_cast<char>('a' + seq % 26)));
}

// Appends to one run for ever, a few in flight, and prints each acknowledgement.
void append_for_ever(Journal& journal, int number) {
  const std::string run = run_id(number);
  if (!journal.get(run)) {
    const os::Result<uint64_t> created =
        net::run(journal.create({.id = run, .kind = "test", .status = "new"}, {}));
    if (!created) return;
  }
  uint64_t last = journal.get(run)->last_seq;
  std::mutex mutex;
  std::condition_variable acknowledged;
  uint64_t in_flight = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex);
      acknowledged.wait(lock, [&] { return in_flight < kPipelined; });
      ++in_flight;
    }
    std::vector<NewEvent> events{{"n", body_of(number, last + 1)}};
    journal.append_async(run, last, std::move(events), {}, [&, number](os::Result<uint64_t> result) {
      if (!result) ::_exit(3);
      const std::string line = fmt::format("ack {} {}\n", number, *result);
      if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(4);
      std::lock_guard lock(mutex);
      --in_flight;
      acknowledged.notify_one();
    });
    ++last;
  }
}

// Not a test: the process that the test below kills.
TEST(JournalKill, DISABLED_Child) {
  const char* path = ::getenv(kPathVariable);  // NOLINT(concurrency-mt-unsafe)
  ASSERT_NE(path, nullptr);
  const auto clock = os::make_system_clock();
  auto journal = open_sqlite_journal({.path = path}, *clock);
  ASSERT_TRUE(journal) << journal.error().to_string();
  std::vector<std::thread> threads;
  for (int number = 0; number < kRuns; ++number)
    threads.emplace_back([&, number] { append_for_ever(**journal, number); });
  for (auto& thread : threads) thread.join();
}

class Acknowledgements {
 public:
  void add(std::string_view bytes) {
    text_ += bytes;
    for (size_t end; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1))
      add_line(text_.substr(0, end));
  }
  uint64_t count() const { return count_; }
  const std::map<int, uint64_t>& last() const { return last_; }

 private:
  void add_line(const std::string& line) {
    if (!line.starts_with("ack ")) return;
    const size_t space = line.find(' ', 4);
    ++count_;
    last_[std::stoi(line.substr(4, space - 4))] = std::stoull(line.substr(space + 1));
  }
  std::string text_;
  uint64_t count_ = 0;
  std::map<int, uint64_t> last_;
};

// Reads acknowledgements until there are `enough`, kills the child, then reads what it had still written.
void run_and_kill(const std::string& path, uint64_t enough, Acknowledgements& acknowledgements) {
  os::ProcessSpec spec;
  spec.arguments = {"/proc/self/exe", "--gtest_filter=JournalKill.DISABLED_Child",
                    "--gtest_also_run_disabled_tests"};
  spec.arguments[0] = std::filesystem::read_symlink("/proc/self/exe").string();
  spec.environment = {fmt::format("{}={}", kPathVariable, path)};
  auto launched = os::make_process_launcher()->launch(spec);
  ASSERT_TRUE(launched) << launched.error().to_string();
  os::Process& child = **launched;
  const uint64_t before = acknowledgements.count();
  char buffer[4096];
  for (bool killed = false;;) {
    const ssize_t got = ::read(child.stdout_fd().get(), buffer, sizeof buffer);
    if (got <= 0) break;
    acknowledgements.add({buffer, static_cast<size_t>(got)});
    if (!killed && acknowledgements.count() - before >= enough) {
      child.kill_group(SIGKILL);
      killed = true;
    }
  }
  EXPECT_EQ(child.wait().signal, SIGKILL);
}

TEST(JournalKill, NothingAcknowledgedIsLostOver30Kills) {
  JournalOnDisk disk;
  const std::string path = disk.path() + ".killed";
  std::mt19937 random(2026);
  Acknowledgements acknowledgements;
  for (int round = 0; round < kRounds; ++round) {
    run_and_kill(path, 1 + random() % kMaxAcknowledged, acknowledgements);
    auto journal = open_sqlite_journal({.path = path}, disk.clock());
    ASSERT_TRUE(journal) << journal.error().to_string();
    for (const auto& [number, acknowledged] : acknowledgements.last()) {
      const uint64_t last = (*journal)->get(run_id(number))->last_seq;
      EXPECT_GE(last, acknowledged);
    }
  }
  auto journal = open_sqlite_journal({.path = path}, disk.clock());
  ASSERT_TRUE(journal);
  for (const auto& [number, acknowledged] : acknowledgements.last()) {
    uint64_t seq = 0;
    for (;;) {
      const auto events = (*journal)->read(run_id(number), seq + 1, kMaxReadEvents);
      if (events->empty()) break;
      for (const Event& event : *events) {
        ASSERT_EQ(event.seq, ++seq);
        ASSERT_EQ(event.body, body_of(number, seq));
      }
    }
    EXPECT_GE(seq, acknowledged);
  }
  RecordProperty("acknowledged", static_cast<int>(acknowledgements.count()));
}

}  // namespace
}  // namespace soma::journal
