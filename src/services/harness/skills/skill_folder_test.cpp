#include "services/harness/skills/skill_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "services/harness/skills/session_skills.h"
#include "services/harness/skills/skill_test_kit.h"

namespace soma::harness {
namespace {

namespace fs = std::filesystem;
using os::Code;
using ::testing::HasSubstr;

class SkillFolderTest : public ::testing::Test {
 protected:
  SkillFolderTest() {
    std::string pattern = (fs::temp_directory_path() / "soma-skills-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    skill_ = make_skill(directory_ / "source", "forms");
    fs::create_directory(directory_ / "copies");
  }
  ~SkillFolderTest() override { fs::remove_all(directory_); }

  os::Result<Skill> copy() { return copy_skill_folder(skill_, (directory_ / "copies").string()); }
  std::string copied(const std::string& name) {
    return os::read_file((directory_ / "copies/forms" / name).string()).value_or("(not there)");
  }

  fs::path directory_;
  std::string skill_;
};

TEST_F(SkillFolderTest, IsCopiedUnderItsName) {
  write_text(skill_ + "/scripts/fill.sh", "#!/bin/sh\n");
  fs::permissions(skill_ + "/scripts/fill.sh", fs::perms::owner_all);
  write_text(skill_ + "/.git/config", "not a part of it");
  const auto skill = copy();
  ASSERT_TRUE(skill) << skill.error().to_string();
  EXPECT_EQ(skill->name, "forms");
  EXPECT_EQ(copied("scripts/fill.sh"), "#!/bin/sh\n");
  struct stat info{};
  ASSERT_EQ(stat((directory_ / "copies/forms/scripts/fill.sh").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0755u);
  EXPECT_FALSE(fs::exists(directory_ / "copies/forms/.git"));
}

TEST_F(SkillFolderTest, ALinkInsideBecomesTheFileItLeadsTo) {
  write_text(skill_ + "/text.md", "words");
  fs::create_symlink("text.md", skill_ + "/same.md");
  ASSERT_TRUE(copy());
  EXPECT_EQ(copied("same.md"), "words");
  EXPECT_FALSE(fs::is_symlink(directory_ / "copies/forms/same.md"));
}

TEST_F(SkillFolderTest, LinksThatLeadOutAreRefused) {
  write_text(directory_ / "secret", "secret");
  for (const std::string target : {std::string("../secret"), (directory_ / "secret").string(),
                                   std::string("a/../../secret"), std::string("/etc/hostname")}) {
    fs::create_symlink(target, skill_ + "/link");
    const auto refused = read_skill_folder(skill_);
    ASSERT_FALSE(refused) << target;
    EXPECT_THAT(refused.error().to_string(), HasSubstr("/link")) << target;
    fs::remove(skill_ + "/link");
  }
  fs::create_directory_symlink(directory_, skill_ + "/folder");
  EXPECT_EQ(read_skill_folder(skill_).error().code, Code::kPermissionDenied);
}

TEST_F(SkillFolderTest, ASkillFileThatLeadsOutIsRefused) {
  write_text(directory_ / "other.md", "---\nname: other\ndescription: d\n---\n");
  fs::remove(skill_ + "/SKILL.md");
  fs::create_symlink("../other.md", skill_ + "/SKILL.md");
  EXPECT_EQ(read_skill_folder(skill_).error().code, Code::kPermissionDenied);
}

TEST_F(SkillFolderTest, SizesAreBounded) {
  for (size_t count = 0; count < kMaxSkillFiles - 1; ++count)
    write_text(skill_ + "/f" + std::to_string(count), "");
  EXPECT_TRUE(read_skill_folder(skill_));
  write_text(skill_ + "/more", "");
  EXPECT_THAT(read_skill_folder(skill_).error().message, HasSubstr("kMaxSkillFiles"));
  fs::remove(skill_ + "/more");
  fs::resize_file(skill_ + "/f0", kMaxSkillBytes);
  EXPECT_THAT(read_skill_folder(skill_).error().message, HasSubstr("kMaxSkillBytes"));
}

TEST_F(SkillFolderTest, WhatIsNoSkillIsSaid) {
  EXPECT_EQ(read_skill_folder(skill_ + "/none").error().code, Code::kNotFound);
  fs::create_directory(directory_ / "empty");
  EXPECT_THAT(read_skill_folder((directory_ / "empty").string()).error().message,
              HasSubstr("has no SKILL.md"));
  write_text(skill_ + "/SKILL.md", "---\nname: Forms\ndescription: d\n---\n");
  EXPECT_THAT(read_skill_folder(skill_).error().message, HasSubstr("SKILL.md:2: 'Forms'"));
}

TEST(ObjectFolder, StaysBelowItsBucket) {
  EXPECT_EQ(*object_folder("/data", "s3://bucket/skills/pdf/"), "/data/objects/bucket/skills/pdf");
  for (const char* uri : {"s3://", "s3:///", "s3://bucket/../../secrets", "http://bucket/a"})
    EXPECT_EQ(object_folder("/data", uri).error().code, Code::kInvalidArgument) << uri;
}

}  // namespace
}  // namespace soma::harness
