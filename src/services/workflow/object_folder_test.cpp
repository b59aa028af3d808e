#include "services/workflow/object_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/os/scratch_directory.h"

namespace soma::workflow {
namespace {

namespace fs = std::filesystem;
using os::Code;

class ObjectFolderTest : public testing::Test {
 protected:
  os::ScratchDirectory scratch_;
  std::string directory_ = scratch_ / "objects";
  ObjectFolder objects_{directory_};
};

TEST_F(ObjectFolderTest, WhatIsPutIsGotAndReplacedWhole) {
  ASSERT_TRUE(objects_.put("reports", "2026/a", "first"));
  ASSERT_TRUE(objects_.put("reports", "2026/a", "second"));
  EXPECT_EQ(objects_.get("reports", "2026/a")->bytes, "second");
  EXPECT_EQ(objects_.get("reports", "2026/a")->info.size, 6u);
  EXPECT_EQ(objects_.list("reports", "", "", 10)->objects.size(), 1u);
}

TEST_F(ObjectFolderTest, WhichOfThemIsMissingIsTold) {
  EXPECT_EQ(objects_.get("none", "a").error().details.front().first, "bucket");
  ASSERT_TRUE(objects_.put("reports", "2026/a", ""));
  for (const char* key : {"b", "2026", "2026/a/b"}) {
    const auto missing = objects_.get("reports", key);
    ASSERT_FALSE(missing) << key;
    EXPECT_EQ(missing.error().code, Code::kNotFound) << key;
    EXPECT_EQ(missing.error().details.front().first, "key") << key;
  }
}

TEST_F(ObjectFolderTest, ALinkInsideIsFollowedAndOneThatLeadsOutIsNot) {
  ASSERT_TRUE(objects_.put("reports", "a", "words"));
  ASSERT_TRUE(os::write_file_atomic(scratch_ / "secret", "hidden"));
  fs::create_symlink("a", directory_ + "/reports/inside");
  fs::create_symlink(scratch_ / "secret", directory_ + "/reports/outside");
  fs::create_directory_symlink(scratch_.path(), directory_ + "/reports/folder");
  EXPECT_EQ(objects_.get("reports", "inside")->bytes, "words");
  for (const char* key : {"outside", "folder/secret"}) {
    const auto refused = objects_.get("reports", key);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().code, Code::kPermissionDenied) << key;
  }
  EXPECT_EQ(objects_.put("reports", "folder/new", "x").error().code, Code::kPermissionDenied);
  EXPECT_FALSE(fs::exists(scratch_ / "new"));
}

TEST_F(ObjectFolderTest, APipeIsNoObject) {
  ASSERT_TRUE(objects_.put("reports", "a", ""));
  ASSERT_EQ(mkfifo((directory_ + "/reports/pipe").c_str(), 0600), 0);
  EXPECT_EQ(objects_.get("reports", "pipe").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace soma::workflow
