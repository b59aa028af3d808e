// Each limit ends what exceeds it, and is named.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "core/sandbox/box_test_support.h"
#include "core/sandbox/disk_gauge.h"
#include "core/sandbox/usage.h"

namespace soma::sandbox {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kMiB = 1u << 20;

class LimitsTest : public BoxTest {
 protected:
  void SetUp() override {
    BoxTest::SetUp();
    policy_.limits.time = 60s;
  }
};

TEST_F(LimitsTest, Time) {
  Command command = shell("echo before; sleep 600");
  command.limits.time = 4500ms;  // in which a busy machine comes to the echo
  Ran ran = run(command);
  EXPECT_TRUE(ran.outcome.timed_out);
  EXPECT_EQ(ran.out, "before\n");
  EXPECT_EQ(ran.outcome.exit_code, 128 + 9);
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("time (4.5 s)"));
}

TEST_F(LimitsTest, TimeCannotBeSatOutByIgnoringSignals) {
  Command command = shell("trap '' TERM INT HUP; while :; do sleep 1; done");
  command.limits.time = 200ms;
  EXPECT_TRUE(run(command).outcome.timed_out);
}

TEST_F(LimitsTest, OutputIsCutAndCountedAndTheCommandGoesOnToItsEnd) {
  Command command = shell("head -c 3145728 /dev/zero; exit 3");
  command.limits.output_bytes = kMiB;
  Ran ran = run(command);
  EXPECT_EQ(ran.bytes, kMiB);
  EXPECT_EQ(ran.outcome.exit_code, 3);
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("output (1 MiB; 2,097,152 bytes dropped)"));
}

TEST_F(LimitsTest, AGigabyteOfOutputDoesNotGrowTheServer) {
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  Ran ran = run("yes | head -c 1000000000");
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(ran.outcome.exit_code, 0);
  EXPECT_EQ(ran.bytes, kMiB);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 * 1024) << "KiB";
}

TEST_F(LimitsTest, MemoryOfOneProcess) {
  if (!std::filesystem::exists("/usr/bin/python3")) GTEST_SKIP() << "no python3 to take memory with";
  policy_.limits.memory_bytes = 64 * kMiB;
  Ran ran = run({.arguments = {"/usr/bin/python3", "-c",
                               "import time\nkept = []\nfor i in range(4000):\n"
                               "    kept.append(b'x' * (1 << 20)); time.sleep(0.001)\nprint('survived')"}});
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("memory (64 MiB)"));
  EXPECT_EQ(ran.out, "");
}

TEST_F(LimitsTest, MemoryIsCountedOverAllProcesses) {
  if (!std::filesystem::exists("/usr/bin/python3")) GTEST_SKIP() << "no python3 to take memory with";
  policy_.limits.memory_bytes = 128 * kMiB;
  Ran ran =
      run("for i in 1 2 3 4 5 6; do /usr/bin/python3 -c 'import time; x = b\"x\" * (40 << 20); "
          "time.sleep(20)' & done; wait");
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("memory (128 MiB)"));
}

TEST_F(LimitsTest, MemoryHeldByFilesInTmpCounts) {
  policy_.limits.memory_bytes = 32 * kMiB;
  Ran ran = run("head -c 30000000 /dev/zero > /tmp/a; head -c 30000000 /dev/zero > /dev/shm/b; sleep 20");
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("memory (32 MiB)"));
}

TEST_F(LimitsTest, AForkBombDiesQuicklyAndTheNextCommandRuns) {
  policy_.limits.processes = 64;
  auto task = [&]() -> net::Task<> {
    net::Executor executor = co_await net::this_executor();
    std::unique_ptr<Sandbox> sandbox = make(executor);
    Ran bomb = co_await exec(*sandbox, shell("bomb() { bomb | bomb & }; bomb; sleep 600"));
    EXPECT_THAT(bomb.outcome.exceeded, ElementsAre("processes (64)")) << "not by its time";
    Ran after = co_await exec(*sandbox, shell("echo well"));
    EXPECT_EQ(after.out, "well\n");
  };
  net::run(task());
}

TEST_F(LimitsTest, ThreadsCountAsProcesses) {
  if (!std::filesystem::exists("/usr/bin/python3")) GTEST_SKIP() << "no python3 to make threads with";
  policy_.limits.processes = 32;
  Ran ran =
      run({.arguments = {
               "/usr/bin/python3", "-c",
               "import threading, time\nfor i in range(60):\n"
               "    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()\ntime.sleep(20)"}});
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("processes (32)"));
}

TEST_F(LimitsTest, DiskByOneFile) {
  policy_.limits.disk_bytes = 8 * kMiB;
  policy_.limits.memory_bytes = 8 * kMiB;
  Ran ran = run("exec head -c 100000000 /dev/zero > /workspace/big");
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("disk (8 MiB)"));
  EXPECT_LE(std::filesystem::file_size(workspace() + "/big"), 8 * kMiB);
}

TEST_F(LimitsTest, DiskByManyFiles) {
  policy_.limits.disk_bytes = 16 * kMiB;
  Ran ran = run("for i in 1 2 3 4 5 6 7 8; do head -c 4000000 /dev/urandom > file$i; done; sync; sleep 30");
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("disk (16 MiB)"));
}

TEST_F(LimitsTest, AMountOfTheSessionCountsForItsDisk) {
  TemporaryDirectory own;
  policy_.limits.disk_bytes = 8 * kMiB;
  policy_.mounts.push_back(
      {.host = own.path(), .inside = "/mnt/own", .writable = true, .belongs = Mount::Belongs::kSession});
  Ran ran = run("for i in 1 2 3 4; do head -c 3000000 /dev/urandom > /mnt/own/file$i; done; sync; sleep 30");
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("disk (8 MiB)"));
}

// A large file at once: what others write and remove on the same disk meanwhile is little beside it.
TEST_F(LimitsTest, WritingInFoldersOfOthersLeavesAReserveFree) {
  TemporaryDirectory others;
  const Mount mount{
      .host = others.path(), .inside = "/mnt/all", .writable = true, .belongs = Mount::Belongs::kSessions};
  policy_.mounts.push_back(mount);
  policy_.limits.disk_bytes = 8 * kMiB;
  EXPECT_TRUE(run("fallocate -l 40000000 /mnt/all/file").outcome.exceeded.empty())
      << "it does not count for the session's own";
  policy_.limits.reserved_bytes = std::filesystem::space(others.path()).free;
  Ran ran = run("fallocate -l 500000000 /mnt/all/more; sleep 60");
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre(HasSubstr("must stay free")));
}

TEST_F(LimitsTest, AFullWorkspaceCanStillBeCleanedUp) {
  write_file("big", std::string(4 * kMiB, 'x'));
  policy_.limits.disk_bytes = 2 * kMiB;
  Ran ran = run("rm big && echo cleaned");
  EXPECT_EQ(ran.out, "cleaned\n");
  EXPECT_TRUE(ran.outcome.exceeded.empty());
}

TEST_F(LimitsTest, TheLimitsHoldForACommandWithoutABox) {
  policy_.kind = Kind::kNone;
  policy_.limits.processes = 32;
  Ran ran = run("i=0; while [ $i -lt 60 ]; do sleep 20 & i=$((i+1)); done; wait");
  EXPECT_THAT(ran.outcome.exceeded, ElementsAre("processes (32)"));
}

TEST_F(LimitsTest, CoreFilesAndEndlessDescriptorsAreOff) {
  Ran ran = run("ulimit -c; ulimit -n");
  EXPECT_THAT(ran.out, HasSubstr("0\n"));
  EXPECT_LE(std::stoi(ran.out.substr(2)), 4096);
}

// On a busy machine the first look came before bubblewrap had left the host's root, and the host's processes
// were taken for the box's.
TEST(UsageTest, ABoxThatIsStillBeingBuiltUsesNothing) {
  Usage usage = measure_usage({.box_init = getpid()}, 1000, 1000);
  EXPECT_EQ(usage.processes, 0u);
  EXPECT_EQ(usage.memory_bytes, 0u);
}

TEST(DiskGaugeTest, CountsFilesDirectoriesAndNothingBehindLinks) {
  TemporaryDirectory directory, elsewhere;
  std::ofstream(elsewhere.path() + "/big") << std::string(4 * kMiB, 'x');
  std::filesystem::create_directories(directory.path() + "/a/b");
  std::ofstream(directory.path() + "/a/b/file") << std::string(kMiB, 'x');
  std::filesystem::create_directory_symlink(elsewhere.path(), directory.path() + "/link");
  DiskUsage usage = measure_directory(directory.path(), UINT64_MAX, SIZE_MAX);
  EXPECT_TRUE(usage.complete);
  EXPECT_GE(usage.bytes, kMiB);
  EXPECT_LT(usage.bytes, 2 * kMiB);
}

TEST(DiskGaugeTest, StopsAtItsBounds) {
  TemporaryDirectory directory;
  for (int i = 0; i < 20; ++i) std::ofstream(directory.path() + "/" + std::to_string(i)) << "x";
  EXPECT_FALSE(measure_directory(directory.path(), UINT64_MAX, 10).complete);
  EXPECT_FALSE(measure_directory(directory.path(), 10, SIZE_MAX).complete);
  std::string deep = directory.path();
  for (size_t i = 0; i <= kMaxDirectoryDepth; ++i) std::filesystem::create_directory(deep += "/d");
  EXPECT_EQ(measure_directory(directory.path(), UINT64_MAX, SIZE_MAX).bytes, UINT64_MAX);
}

}  // namespace
}  // namespace soma::sandbox
