// The journal through thousands of power cuts.
//
// A seeded workload writes to several runs on a FaultFileSystem whose power goes off during operation k. What
// the disk kept is opened again and held against a model of what was acknowledged: every acknowledged event
// must be there, equal byte for byte; what was on its way may be there or not, but each append whole or not
// at all, and in order. Then the journal must go on. The points k are half random, half close to the ends of
// commits, where most of what can go wrong happens.
//
// SOMA_CRASH_POINTS says how many points; without it, kCrashPoints of them.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <future>
#include <map>
#include <random>
#include <set>

#include "base/journal/journal.h"
#include "base/os/fault_file_system.h"
#include "base/store/store.h"

namespace soma::journal {
namespace {

#ifdef __OPTIMIZE__
constexpr int kCrashPoints = 2'000;
#else
constexpr int kCrashPoints = 500;
#endif
constexpr int kPointsPerWorkload = 10;
constexpr int kSteps = 30;
constexpr int kRuns = 5;
constexpr int kCheckpointPages = 12;  // small, so that logs are moved and begun anew all the time
constexpr const char* kVfs = "crash";
constexpr const char* kPath = "/journal.db";

using Random = std::mt19937_64;

uint64_t below(Random& random, uint64_t limit) {
  return random() % limit;
}

// One append that was sent: its bodies, and the status and timer that it set.
struct Sent {
  std::vector<std::string> bodies;
  std::string status;
  std::optional<os::Time> wake_at;
};

// What a run must hold. `acknowledged` are certain; `doubtful` were sent when the power went off: any number
// of them, from the first on.
struct Expected {
  std::vector<Sent> acknowledged;
  std::vector<Sent> doubtful;
  bool created = false;        // its creation was acknowledged
  bool maybe_removed = false;  // its removal was on its way
  uint64_t fence = 0;
  uint64_t last_seq() const {
    uint64_t events = 0;
    for (const Sent& sent : acknowledged) events += sent.bodies.size();
    return events;
  }
};
using Model = std::map<std::string, Expected>;

// Drives one journal by a seed until the workload ends or the power goes off, and keeps the model.
class Workload {
 public:
  Workload(uint64_t seed, os::FaultFileSystem& files, Model& model)
      : random_(seed), files_(files), model_(model) {}

  void run() {
    if (!open()) return;
    for (int step = 0; step < kSteps && powered_; ++step) {
      take_step();
      commit_ends_.push_back(files_.operations());
    }
    journal_.reset();
  }
  // How many operations had been done at the end of each step.
  const std::vector<uint64_t>& commit_ends() const { return commit_ends_; }
  bool powered() const { return powered_; }

 private:
  bool open() {
    journal_.reset();
    auto opened =
        open_sqlite_journal({.path = kPath, .vfs = kVfs, .checkpoint_pages = kCheckpointPages}, clock_);
    powered_ = opened.has_value();
    if (powered_) journal_ = std::move(*opened);
    return powered_;
  }

  void take_step() {
    clock_.advance(std::chrono::milliseconds(below(random_, 1000)));
    const std::string run = fmt::format("run-{}", below(random_, kRuns));
    const uint64_t kind = below(random_, 20);
    if (!model_[run].created) return create(run);
    if (kind == 0) return remove(run);
    if (kind == 1) return lease(run);
    if (kind == 2) return append_stale(run);
    if (kind == 3) {
      open();
      return;
    }
    append_burst();
  }

  Sent make_append() {
    Sent sent;
    const uint64_t events = below(random_, 4);
    for (uint64_t index = 0; index < events; ++index) {
      const uint64_t length = below(random_, 8) == 0 ? below(random_, 60'000) : below(random_, 600);
      sent.bodies.push_back(fmt::format("\"{}:{}\"", random_(),
                                        std::string(length, static_cast<char>('a' + below(random_, 26)))));
    }
    if (events == 0 || below(random_, 3) == 0) sent.status = fmt::format("status-{}", below(random_, 1000));
    if (below(random_, 4) == 0) sent.wake_at = clock_.now() + std::chrono::seconds(below(random_, 1000));
    return sent;
  }

  static std::vector<NewEvent> events_of(const Sent& sent) {
    std::vector<NewEvent> events;
    for (const std::string& body : sent.bodies) events.push_back({"n", body});
    return events;
  }
  static AppendOptions options_of(const Sent& sent) {
    AppendOptions options;
    if (!sent.status.empty()) options.status = sent.status;
    options.wake_at = sent.wake_at;
    return options;
  }

  void create(const std::string& run) {
    Sent sent = make_append();
    sent.status = "made";
    journal::Run wanted{.id = run, .kind = "test", .status = "made", .labels = {{"seed", run}}};
    Expected& expected = model_[run] = {};
    expected.doubtful = {sent};
    if (note(net::run(journal_->create(std::move(wanted), events_of(sent), options_of(sent))))) {
      expected.created = true;
      expected.acknowledged = std::exchange(expected.doubtful, {});
    }
  }

  void remove(const std::string& run) {
    model_[run].maybe_removed = true;
    if (note(net::run(journal_->remove(run)))) model_[run] = {};
  }

  void lease(const std::string& run) {
    const auto lease = net::run(journal_->lease(run, "owner", std::chrono::seconds(1)));
    if (!note(lease)) return;
    EXPECT_GT(lease->fence, model_[run].fence);
    model_[run].fence = lease->fence;
  }

  void append_stale(const std::string& run) {
    const auto refused = net::run(journal_->append(run, model_[run].last_seq() + 1, {{"never", "0"}}));
    ASSERT_FALSE(refused);
    if (refused.error().code != os::Code::kConflict) powered_ = false;
  }

  // Several appends sent without waiting, to any runs, so that commits hold more than one.
  void append_burst() {
    struct Slot {
      std::string run;
      Sent sent;
      os::Result<uint64_t> result{};
    };
    std::vector<Slot> slots(1 + below(random_, 6));
    std::map<std::string, uint64_t> next;
    std::promise<void> all;
    std::atomic<size_t> left = slots.size();
    for (Slot& slot : slots) {
      do slot.run = fmt::format("run-{}", below(random_, kRuns));
      while (!model_[slot.run].created);
      slot.sent = make_append();
    }
    for (Slot& slot : slots) {
      uint64_t& expected_seq = next.try_emplace(slot.run, model_[slot.run].last_seq()).first->second;
      journal_->append_async(slot.run, expected_seq, events_of(slot.sent), options_of(slot.sent),
                             [&](os::Result<uint64_t> result) {
                               slot.result = std::move(result);
                               if (--left == 0) all.set_value();
                             });
      expected_seq += slot.sent.bodies.size();
    }
    all.get_future().wait();
    for (Slot& slot : slots) {
      Expected& expected = model_[slot.run];
      if (note(slot.result)) {
        EXPECT_TRUE(expected.doubtful.empty())
            << "an append was acknowledged after an earlier one of its run was refused";
        expected.acknowledged.push_back(slot.sent);
        EXPECT_EQ(*slot.result, expected.last_seq());
      } else {
        expected.doubtful.push_back(slot.sent);
      }
    }
  }

  template <class T>
  bool note(const os::Result<T>& result) {
    if (!result) powered_ = false;
    return result.has_value();
  }

  Random random_;
  os::FaultFileSystem& files_;
  Model& model_;
  os::VirtualClock clock_;
  std::unique_ptr<Journal> journal_;
  std::vector<uint64_t> commit_ends_;
  bool powered_ = true;
};

std::vector<Event> all_events(Journal& journal, const std::string& run) {
  const auto events = journal.read(run, 1, kMaxReadEvents);
  EXPECT_TRUE(events) << events.error().to_string();
  return events ? *events : std::vector<Event>{};
}

// How many of the doubtful appends are there, or nothing when the events are no whole number of them.
std::optional<size_t> count_doubtful(const Expected& expected, const std::vector<Event>& events) {
  size_t place = 0;
  for (const Sent& sent : expected.acknowledged) {
    for (const std::string& body : sent.bodies)
      if (place >= events.size() || events[place].seq != place + 1 || events[place++].body != body)
        return std::nullopt;
  }
  size_t whole = 0;
  for (const Sent& sent : expected.doubtful) {
    if (place == events.size() && !sent.bodies.empty()) break;
    for (const std::string& body : sent.bodies)
      if (place >= events.size() || events[place++].body != body) return std::nullopt;
    ++whole;
  }
  if (place != events.size()) return std::nullopt;
  return whole;
}

// The last status or timer among what is certain, or any among what is doubtful.
std::set<std::string> possible_statuses(const Expected& expected) {
  std::set<std::string> possible;
  for (const Sent& sent : expected.acknowledged)
    if (!sent.status.empty()) possible = {sent.status};
  for (const Sent& sent : expected.doubtful)
    if (!sent.status.empty()) possible.insert(sent.status);
  return possible;
}

bool surely_wants_waking(const Expected& expected) {
  return std::ranges::any_of(expected.acknowledged,
                             [](const Sent& sent) { return sent.wake_at.has_value(); });
}

void check_run(Journal& journal, const std::string& id, const Expected& expected) {
  const os::Result<journal::Run> run = journal.get(id);
  if (!run) {
    EXPECT_TRUE(!expected.created || expected.maybe_removed) << id << " is lost: " << run.error().to_string();
    return;
  }
  ASSERT_TRUE(expected.created || !expected.doubtful.empty()) << id << " is back";
  const std::vector<Event> events = all_events(journal, id);
  EXPECT_EQ(run->last_seq, events.size());
  const auto doubtful = count_doubtful(expected, events);
  EXPECT_TRUE(doubtful) << id << " holds " << events.size() << " events, acknowledged were "
                        << expected.last_seq();
  EXPECT_TRUE(possible_statuses(expected).contains(run->status)) << run->status;
  EXPECT_EQ(run->label("seed"), id);
  // It goes on.
  EXPECT_EQ(net::run(journal.append(id, run->last_seq, {{"after", "1"}})).value_or(0), run->last_seq + 1);
  const auto lease = net::run(journal.lease(id, "next", std::chrono::seconds(1)));
  EXPECT_TRUE(!lease || lease->fence > expected.fence);
}

void check_timers(Journal& journal, os::VirtualClock& clock, const Model& model) {
  std::set<std::string> woken;
  journal.on_wake("test", [&](std::string run) { woken.insert(run); });
  journal.start();
  clock.advance(std::chrono::hours(24));
  for (const auto& [run, expected] : model) {
    if (expected.created && !expected.maybe_removed && surely_wants_waking(expected))
      EXPECT_TRUE(woken.contains(run)) << run;
  }
}

void check_integrity() {
  auto database = store::Database::open(
      {.path = kPath, .migrations = {"", ""}, .vfs = kVfs, .application_id = 0x736f6d6a});
  ASSERT_TRUE(database) << database.error().to_string();
  const auto read = (*database)->read([](store::Connection& connection) -> os::Result<> {
    SOMA_ASSIGN(store::Statement statement, connection.prepare("PRAGMA integrity_check"));
    SOMA_TRY(statement.step());
    EXPECT_EQ(statement.text(0), "ok");
    return {};
  });
  EXPECT_TRUE(read);
}

void check(const Model& model) {
  os::VirtualClock clock(os::from_unix_ms(1'767'225'600'000) + std::chrono::hours(1));
  auto opened =
      open_sqlite_journal({.path = kPath, .vfs = kVfs, .checkpoint_pages = kCheckpointPages}, clock);
  ASSERT_TRUE(opened) << opened.error().to_string();
  for (const auto& [run, expected] : model) check_run(**opened, run, expected);
  check_timers(**opened, clock, model);
}

// How many operations the workload needs when nothing fails, and where its steps end.
std::vector<uint64_t> measure(uint64_t seed) {
  os::FaultFileSystem files(seed);
  EXPECT_TRUE(store::register_file_system(kVfs, files));
  Model model;
  Workload workload(seed, files, model);
  workload.run();
  EXPECT_TRUE(workload.powered());
  store::unregister_file_system(kVfs);
  return workload.commit_ends();
}

uint64_t choose_point(Random& random, const std::vector<uint64_t>& ends) {
  constexpr uint64_t kNear = 6;
  if (below(random, 2) == 0) return 1 + below(random, ends.back());
  return std::max<uint64_t>(
      1, ends[below(random, ends.size())] + kNear / 2 - std::min(below(random, kNear), ends.front()));
}

void crash_at(uint64_t workload_seed, uint64_t point, uint64_t point_seed) {
  SCOPED_TRACE(fmt::format("workload {} crashed at operation {}, seed {}", workload_seed, point, point_seed));
  os::FaultFileSystem files(point_seed);
  ASSERT_TRUE(store::register_file_system(kVfs, files));
  Model model;
  files.stop_after(point);
  Workload(workload_seed, files, model).run();
  files.crash();
  Random random(point_seed);
  if (below(random, 4) == 0) {  // and the power goes off again while it recovers
    files.stop_after(1 + below(random, 12));
    os::VirtualClock clock;
    const auto half_open = open_sqlite_journal({.path = kPath, .vfs = kVfs}, clock);
    files.crash();
  }
  check(model);
  check_integrity();
  store::unregister_file_system(kVfs);
}

int crash_points() {
  const char* wanted = ::getenv("SOMA_CRASH_POINTS");  // NOLINT(concurrency-mt-unsafe)
  return wanted == nullptr ? kCrashPoints : std::stoi(wanted);
}

TEST(JournalCrash, NothingAcknowledgedIsLostAtAnyCrashPoint) {
  os::set_log_level(os::Level::kOff);  // each crash stops a store, and says so
  Random random(20'260'131);
  const int points = crash_points();
  std::vector<uint64_t> ends;
  for (int point = 0; point < points && !HasFailure(); ++point) {
    const uint64_t workload_seed = static_cast<uint64_t>(point / kPointsPerWorkload) + 1;
    if (point % kPointsPerWorkload == 0) ends = measure(workload_seed);
    crash_at(workload_seed, choose_point(random, ends), random());
  }
  RecordProperty("crash_points", points);
  os::set_log_level(os::Level::kInfo);
}

}  // namespace
}  // namespace soma::journal
