#include "base/os/file_system.h"

#include <sys/stat.h>

#include <array>
#include <thread>

#include <gtest/gtest.h>

#include "base/os/scratch_directory.h"

namespace soma::os {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string read_all(File& file) {
  std::string text(*file.size(), '\0');
  auto got = file.read_at(0, std::as_writable_bytes(std::span(text)));
  EXPECT_EQ(got.value_or(0), text.size());
  return text;
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

class PosixFileSystemTest : public testing::Test {
 protected:
  ScratchDirectory directory_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(PosixFileSystemTest, WritesReadsAndTruncatesAtOffsets) {
  auto file = *files_->open(directory_ / "a", OpenMode::kCreate);
  ASSERT_TRUE(file->write_at(4, bytes_of("world")));
  ASSERT_TRUE(file->write_at(0, bytes_of("new ")));
  EXPECT_EQ(read_all(*file), "new world");
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(read_all(*file), "new");
  EXPECT_TRUE(file->sync());
}

TEST_F(PosixFileSystemTest, ReadsFewerBytesAtTheEndOnly) {
  auto file = *files_->open(directory_ / "a", OpenMode::kCreate);
  ASSERT_TRUE(file->write_at(0, bytes_of("12345")));
  std::array<std::byte, 8> buffer{};
  EXPECT_EQ(file->read_at(3, buffer), 2u);
  EXPECT_EQ(file->read_at(99, buffer), 0u);
}

TEST_F(PosixFileSystemTest, KeepsWhatAnExistingFileHolds) {
  ASSERT_TRUE((*files_->open(directory_ / "a", OpenMode::kCreate))->write_at(0, bytes_of("old")));
  EXPECT_EQ(read_all(**files_->open(directory_ / "a", OpenMode::kCreate)), "old");
  EXPECT_EQ(read_all(**files_->open(directory_ / "a", OpenMode::kRead)), "old");
}

TEST_F(PosixFileSystemTest, MissingFilesAreNotFound) {
  EXPECT_EQ(files_->open(directory_ / "none", OpenMode::kRead).error().code, Code::kNotFound);
  EXPECT_EQ(files_->open(directory_ / "none", OpenMode::kReadWrite).error().code, Code::kNotFound);
  EXPECT_EQ(files_->remove(directory_ / "none").error().code, Code::kNotFound);
  EXPECT_EQ(files_->list(directory_ / "none").error().code, Code::kNotFound);
  EXPECT_EQ(files_->sync_directory(directory_ / "none").error().code, Code::kNotFound);
  EXPECT_FALSE(files_->exists(directory_ / "none"));
}

TEST_F(PosixFileSystemTest, MakesListsRenamesAndRemoves) {
  ASSERT_TRUE(files_->make_directories(directory_ / "x/y/z"));
  ASSERT_TRUE(files_->make_directories(directory_ / "x/y/z"));
  for (std::string name : {"c", "a", "b"})
    ASSERT_TRUE(files_->open(directory_ / ("x/" + name), OpenMode::kCreate));
  ASSERT_TRUE(files_->rename(directory_ / "x/c", directory_ / "x/d"));
  ASSERT_TRUE(files_->remove(directory_ / "x/a"));
  ASSERT_TRUE(files_->sync_directory(directory_ / "x"));
  EXPECT_EQ(*files_->list(directory_ / "x"), (std::vector<std::string>{"b", "d", "y"}));
}

TEST_F(PosixFileSystemTest, StoresAreForTheirOwnerAlone) {
  ASSERT_TRUE(files_->make_directories(directory_ / "store"));
  ASSERT_TRUE(files_->open(directory_ / "store/data", OpenMode::kCreate));
  EXPECT_EQ(mode_of(directory_ / "store"), 0700u);
  EXPECT_EQ(mode_of(directory_ / "store/data"), 0600u);
}

TEST_F(PosixFileSystemTest, AFileWhereADirectoryShouldBeIsAnError) {
  ASSERT_TRUE(files_->open(directory_ / "file", OpenMode::kCreate));
  EXPECT_EQ(files_->make_directories(directory_ / "file").error().code, Code::kAlreadyExists);
  EXPECT_EQ(files_->make_directories(directory_ / "file/below").error().code, Code::kAlreadyExists);
}

TEST(ReadFile, ReadsUpToItsLimit) {
  ScratchDirectory directory;
  ASSERT_TRUE(write_file_atomic(directory / "a", std::string(1000, 'x')));
  EXPECT_EQ(read_file(directory / "a", 1000)->size(), 1000u);
  auto refused = read_file(directory / "a", 999);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimitExceeded);
  EXPECT_NE(refused.error().message.find("999"), std::string::npos);
}

TEST(ReadFile, ReadsFilesWhoseSizeIsNotKnown) {
  auto status = read_file("/proc/self/status");
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->starts_with("Name:"));
  EXPECT_EQ(read_file("/dev/zero", 1 << 20).error().code, Code::kLimitExceeded);
}

TEST(ReadFile, RefusesADirectory) {
  ScratchDirectory directory;
  EXPECT_EQ(read_file(directory.path()).error().code, Code::kInvalidArgument);
}

TEST(WriteFileAtomic, ReplacesAndLeavesNothingBehind) {
  ScratchDirectory directory;
  ASSERT_TRUE(write_file_atomic(directory / "a", "one"));
  ASSERT_EQ(chmod((directory / "a").c_str(), 0640), 0);
  ASSERT_TRUE(write_file_atomic(directory / "a", ""));
  EXPECT_EQ(*read_file(directory / "a"), "");
  EXPECT_EQ(mode_of(directory / "a"), 0640u);
  EXPECT_EQ(*make_posix_file_system()->list(directory.path()), std::vector<std::string>{"a"});
}

TEST(WriteFileAtomic, FailureChangesNothing) {
  ScratchDirectory directory;
  ASSERT_TRUE(make_posix_file_system()->make_directories(directory / "taken/full"));
  EXPECT_FALSE(write_file_atomic(directory / "taken", "x"));
  EXPECT_EQ(*make_posix_file_system()->list(directory.path()), std::vector<std::string>{"taken"});
  EXPECT_EQ(write_file_atomic(directory / "none/a", "x").error().code, Code::kNotFound);
}

TEST(WriteFileAtomic, ReadersSeeTheOldOrTheNewTextWhole) {
  ScratchDirectory directory;
  std::string path = directory / "a";
  const std::string even(20'000, 'e');
  const std::string odd(30'000, 'o');
  ASSERT_TRUE(write_file_atomic(path, even));
  std::thread writer([&] {
    for (int i = 1; i <= 50; ++i) EXPECT_TRUE(write_file_atomic(path, i % 2 == 0 ? even : odd));
  });
  for (int i = 0; i < 200; ++i) {
    auto text = read_file(path);
    ASSERT_TRUE(text);
    EXPECT_TRUE(*text == even || *text == odd) << text->size();
  }
  writer.join();
}

}  // namespace
}  // namespace soma::os
