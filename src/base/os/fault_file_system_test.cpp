#include "base/os/fault_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

namespace soma::os {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string content(FileSystem& files, const std::string& path) {
  auto file = files.open(path, OpenMode::kRead);
  if (!file) return "<" + std::string(code_name(file.error().code)) + ">";
  std::string text(*(*file)->size(), '\0');
  EXPECT_EQ(*(*file)->read_at(0, std::as_writable_bytes(std::span(text))), text.size());
  return text;
}

std::unique_ptr<File> create(FileSystem& files, const std::string& path) {
  auto file = files.open(path, OpenMode::kCreate);
  EXPECT_TRUE(file);
  return std::move(*file);
}

// A file with durable content, as a start for what a crash may do to it.
std::unique_ptr<File> durable_file(FaultFileSystem& files, const std::string& path, std::string_view text) {
  auto file = create(files, path);
  EXPECT_TRUE(file->write_at(0, bytes_of(text)));
  EXPECT_TRUE(file->sync());
  EXPECT_TRUE(files.sync_directory("/"));
  return file;
}

TEST(FaultFileSystem, BehavesLikeAFileSystemWhileNothingFails) {
  FaultFileSystem files(1);
  auto file = create(files, "/a");
  EXPECT_TRUE(file->write_at(3, bytes_of("def")));
  EXPECT_TRUE(file->write_at(0, bytes_of("abc")));
  EXPECT_EQ(content(files, "/a"), "abcdef");
  EXPECT_TRUE(file->truncate(2));
  EXPECT_EQ(content(files, "/a"), "ab");
  EXPECT_TRUE(files.rename("/a", "/b"));
  EXPECT_FALSE(files.exists("/a"));
  EXPECT_TRUE(files.make_directories("/x/y"));
  create(files, "/x/y/z");
  EXPECT_THAT(*files.list("/x/y"), testing::ElementsAre("z"));
  EXPECT_THAT(*files.list("/"), testing::ElementsAre("b", "x"));
  EXPECT_TRUE(files.remove("/b"));
  EXPECT_EQ(files.open("/b", OpenMode::kRead).error().code, Code::kNotFound);
  EXPECT_EQ(files.open("/missing/file", OpenMode::kCreate).error().code, Code::kNotFound);
}

TEST(FaultFileSystem, SyncedContentSurvivesEveryCrash) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    FaultFileSystem files(seed);
    durable_file(files, "/a", "kept");
    files.crash();
    EXPECT_EQ(content(files, "/a"), "kept");
  }
}

TEST(FaultFileSystem, EachUnsyncedWriteIsKeptLostOrTornAtASector) {
  std::set<std::string> fates;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    FaultFileSystem files(seed);
    auto file = durable_file(files, "/a", std::string(2 * kSectorBytes, '.'));
    EXPECT_TRUE(file->write_at(0, bytes_of(std::string(2 * kSectorBytes, 'x'))));
    files.crash();
    const std::string after = content(files, "/a");
    ASSERT_EQ(after.size(), 2 * kSectorBytes);
    ASSERT_EQ(after.substr(0, kSectorBytes), std::string(kSectorBytes, after[0]));
    ASSERT_EQ(after.substr(kSectorBytes), std::string(kSectorBytes, after[kSectorBytes]));
    fates.insert({after[0], after[kSectorBytes]});
  }
  EXPECT_THAT(fates, testing::ElementsAre("..", "x.", "xx"));
}

TEST(FaultFileSystem, WritesSurviveIndependentlyOfEachOther) {
  std::set<std::string> fates;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    FaultFileSystem files(seed);
    auto file = durable_file(files, "/a", "..");
    EXPECT_TRUE(file->write_at(0, bytes_of("1")));
    EXPECT_TRUE(file->write_at(1, bytes_of("2")));
    files.crash();
    fates.insert(content(files, "/a"));
  }
  EXPECT_THAT(fates, testing::ElementsAre("..", ".2", "1.", "12"));
}

TEST(FaultFileSystem, AFileWhoseDirectoryWasNotSyncedMayVanishOrReturn) {
  std::set<bool> created, removed;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    FaultFileSystem files(seed);
    EXPECT_TRUE(create(files, "/new")->sync());
    durable_file(files, "/old", "x");
    EXPECT_TRUE(files.remove("/old"));
    create(files, "/newer");
    files.crash();
    created.insert(files.exists("/newer"));
    removed.insert(files.exists("/old"));
    EXPECT_TRUE(files.exists("/new"));  // the same directory was synced later
  }
  EXPECT_EQ(created.size(), 2u);
  EXPECT_EQ(removed.size(), 2u);
}

TEST(FaultFileSystem, TheSameSeedMeetsTheSameFate) {
  const auto fate = [](uint64_t seed) {
    FaultFileSystem files(seed);
    auto file = durable_file(files, "/a", std::string(64, '.'));
    for (uint64_t offset = 0; offset < 64; ++offset) EXPECT_TRUE(file->write_at(offset, bytes_of("x")));
    files.crash();
    return content(files, "/a");
  };
  EXPECT_EQ(fate(7), fate(7));
  EXPECT_NE(fate(7), fate(8));
}

TEST(FaultFileSystem, ThePlannedOperationFailsOnceWithItsError) {
  FaultFileSystem files(1);
  auto file = durable_file(files, "/a", "x");
  files.fail(FaultKind::kWrite, 2, ENOSPC);
  EXPECT_TRUE(file->write_at(0, bytes_of("1")));
  EXPECT_EQ(file->write_at(0, bytes_of("2")).error().code, Code::kLimitExceeded);
  EXPECT_TRUE(file->write_at(0, bytes_of("3")));
  files.fail(FaultKind::kSync, 1, EIO);
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync());
}

// The story: on Linux a sync that fails marks its pages clean, so that the next sync succeeds and saves
// nothing.
TEST(FaultFileSystem, WhatAFailedSyncDroppedNoLaterSyncSaves) {
  std::set<std::string> fates;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    FaultFileSystem files(seed);
    auto file = durable_file(files, "/a", "old");
    EXPECT_TRUE(file->write_at(0, bytes_of("new")));
    files.fail(FaultKind::kSync, 1, EIO);
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(content(files, "/a"), "new");  // still visible
    files.crash();
    fates.insert(content(files, "/a"));
  }
  EXPECT_THAT(fates, testing::ElementsAre("new", "old"));
}

TEST(FaultFileSystem, AFullDiskRefusesToGrowUntilThereIsRoom) {
  FaultFileSystem files(1);
  auto file = durable_file(files, "/a", std::string(100, 'x'));
  files.set_capacity(150);
  EXPECT_TRUE(file->write_at(0, bytes_of(std::string(100, 'y'))));  // no growth
  EXPECT_EQ(file->write_at(100, bytes_of(std::string(51, 'z'))).error().code, Code::kLimitExceeded);
  EXPECT_EQ(*file->size(), 100u);
  EXPECT_TRUE(file->write_at(100, bytes_of(std::string(50, 'z'))));
  auto other = create(files, "/b");
  EXPECT_FALSE(other->write_at(0, bytes_of("1")));
  EXPECT_TRUE(file->truncate(10));
  EXPECT_TRUE(other->write_at(0, bytes_of("1")));
}

TEST(FaultFileSystem, AfterPowerGoesOffNothingWorksUntilTheCrashIsOver) {
  FaultFileSystem files(1);
  auto file = durable_file(files, "/a", "safe");
  files.stop_after(2);
  EXPECT_TRUE(file->write_at(4, bytes_of("1")));
  EXPECT_FALSE(file->sync());  // the power goes off here
  EXPECT_FALSE(file->write_at(5, bytes_of("2")));
  EXPECT_FALSE(file->size());
  EXPECT_FALSE(files.open("/a", OpenMode::kRead));
  files.crash();
  EXPECT_FALSE(file->write_at(0, bytes_of("zombie")));  // opened before
  EXPECT_EQ(content(files, "/a").substr(0, 4), "safe");
}

}  // namespace
}  // namespace soma::os
