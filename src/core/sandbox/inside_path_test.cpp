// Paths stay inside, whatever links say, and whoever changes them meanwhile.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "core/sandbox/box_test_support.h"

namespace soma::sandbox {
namespace {

namespace fs = std::filesystem;

class InsidePathTest : public ::testing::Test {
 protected:
  InsidePathTest() {
    fs::create_directories(root() + "/dir/sub");
    std::ofstream(root() + "/dir/file") << "inside";
    std::ofstream(outside_.path() + "/secret") << "secret";
  }
  void link(const std::string& target, const std::string& name) {
    fs::create_symlink(target, root() + "/" + name);
  }
  std::string resolve(std::string_view path, bool must_exist = true) {
    auto result = resolve_inside(root(), path, must_exist);
    return result ? result->substr(root().size()) : std::string(os::code_name(result.error().code));
  }
  std::string open_and_read(std::string_view path) {
    auto file = open_inside(root(), path, O_RDONLY);
    if (!file) return std::string(os::code_name(file.error().code));
    std::array<char, 64> bytes{};
    ssize_t count = read(file->get(), bytes.data(), bytes.size());
    return std::string(bytes.data(), static_cast<size_t>(std::max<ssize_t>(count, 0)));
  }
  const std::string& root() const { return root_.path(); }

  TemporaryDirectory root_, outside_;
};

TEST_F(InsidePathTest, TheBoxesOwnNamesAndRelativeOnesAreTheSame) {
  EXPECT_EQ(resolve("dir/file"), "/dir/file");
  EXPECT_EQ(resolve("/workspace/dir/file"), "/dir/file");
  EXPECT_EQ(resolve("./dir//sub/../file"), "/dir/file");
  EXPECT_EQ(resolve(""), "");
  EXPECT_EQ(resolve("/workspace"), "");
  EXPECT_EQ(resolve("/workspace/"), "");
}

TEST_F(InsidePathTest, OtherAbsolutePathsAndClimbingOutAreRefused) {
  for (const char* path :
       {"/etc/passwd", "/", "/workspaces/x", "..", "dir/../..", "../../etc/passwd", "/workspace/../etc"})
    EXPECT_EQ(resolve(path), "PermissionDenied") << path;
}

TEST_F(InsidePathTest, LinksInsideAreFollowedAndLinksOutAreRefused) {
  link("dir", "in");
  link("/workspace/dir/file", "absolute");
  link(outside_.path(), "out");
  link(outside_.path() + "/secret", "secret");
  link("../../../../../../etc", "dir/climb");
  EXPECT_EQ(resolve("in/file"), "/dir/file");
  EXPECT_EQ(resolve("absolute"), "/dir/file");
  EXPECT_EQ(open_and_read("absolute"), "inside");
  for (const char* path : {"out/secret", "secret", "dir/climb/passwd", "out"}) {
    EXPECT_EQ(resolve(path), "PermissionDenied") << path;
    EXPECT_EQ(open_and_read(path), "PermissionDenied") << path;
  }
}

TEST_F(InsidePathTest, LinksInCirclesEnd) {
  link("b", "a");
  link("a", "b");
  EXPECT_EQ(resolve("a"), "InvalidArgument");
}

TEST_F(InsidePathTest, WhatIsMissingIsSaidOrAllowed) {
  EXPECT_EQ(resolve("dir/none"), "NotFound");
  EXPECT_EQ(resolve("dir/none", false), "/dir/none");
  EXPECT_EQ(resolve("none/at/all", false), "/none/at/all");
  EXPECT_EQ(resolve("none/../../x", false), "NotFound");
  EXPECT_EQ(resolve("dir/file/below"), "InvalidArgument");
}

TEST_F(InsidePathTest, ADanglingLinkOutIsNotCreatedThrough) {
  link(outside_.path() + "/new", "dangling");
  auto file = open_inside(root(), "dangling", O_WRONLY | O_CREAT);
  EXPECT_EQ(file.error().code, os::Code::kPermissionDenied);
  EXPECT_FALSE(fs::exists(outside_.path() + "/new"));
}

TEST_F(InsidePathTest, BadNamesAreRefused) {
  EXPECT_EQ(resolve(std::string_view("a\0b", 3)), "InvalidArgument");
  EXPECT_EQ(resolve(std::string(5000, 'x')), "InvalidArgument");
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "d/";
  EXPECT_EQ(resolve(deep), "NotFound");
}

TEST_F(InsidePathTest, APipeDoesNotBlockAndIsRefused) {
  ASSERT_EQ(mkfifo((root() + "/pipe").c_str(), 0644), 0);
  EXPECT_EQ(open_and_read("pipe"), "InvalidArgument");
}

TEST_F(InsidePathTest, MissingParentsAreMadeInside) {
  auto place = locate_inside(root(), "new/deep/file", Missing::kMakeParents);
  ASSERT_TRUE(place) << place.error().to_string();
  EXPECT_EQ(place->relative, "new/deep/file");
  EXPECT_FALSE(place->exists);
  EXPECT_TRUE(fs::is_directory(root() + "/new/deep"));
  link(outside_.path(), "out");
  EXPECT_FALSE(locate_inside(root(), "out/made/file", Missing::kMakeParents));
  EXPECT_FALSE(fs::exists(outside_.path() + "/made"));
}

TEST_F(InsidePathTest, WritesInOneStepAndKeepsTheMode) {
  fs::permissions(root() + "/dir/file", fs::perms::owner_all);
  EXPECT_EQ(write_inside(root(), "dir/file", "new", false).error().code, os::Code::kAlreadyExists);
  EXPECT_EQ(open_and_read("dir/file"), "inside");
  ASSERT_TRUE(write_inside(root(), "dir/file", "new", true));
  EXPECT_EQ(open_and_read("dir/file"), "new");
  EXPECT_EQ(fs::status(root() + "/dir/file").permissions(), fs::perms::owner_all);
  ASSERT_TRUE(write_inside(root(), "a/b/c", "deep", false));
  EXPECT_EQ(open_and_read("a/b/c"), "deep");
  EXPECT_EQ(write_inside(root(), "dir", "x", true).error().code, os::Code::kInvalidArgument);
  for (const auto& entry : fs::recursive_directory_iterator(root()))
    EXPECT_NE(entry.path().extension(), ".tmp");
}

TEST_F(InsidePathTest, AFileReplacesTheTargetOfALinkAndNeverOneOutside) {
  link("dir/file", "good");
  link(outside_.path() + "/secret", "bad");
  ASSERT_TRUE(write_inside(root(), "good", "new", true));
  EXPECT_EQ(open_and_read("dir/file"), "new");
  EXPECT_TRUE(fs::is_symlink(root() + "/good"));
  EXPECT_EQ(write_inside(root(), "bad", "new", true).error().code, os::Code::kPermissionDenied);
}

// A directory on the way is exchanged for a link out, back and forth, while the path is opened: it may fail,
// it may not lead out.
TEST_F(InsidePathTest, LinksMadeBetweenLookAndOpenDoNotLeadOut) {
  fs::create_directory(root() + "/flip");
  std::ofstream(root() + "/flip/secret") << "inside";
  link(outside_.path(), "other");
  std::atomic<bool> stop = false;
  std::thread flipper([&] {
    while (!stop)
      renameat2(AT_FDCWD, (root() + "/flip").c_str(), AT_FDCWD, (root() + "/other").c_str(), RENAME_EXCHANGE);
  });
  int inside = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string read = open_and_read("flip/secret");
    ASSERT_NE(read, "secret");
    inside += read == "inside";
  }
  stop = true;
  flipper.join();
  EXPECT_GT(inside, 0);
}

}  // namespace
}  // namespace soma::sandbox
