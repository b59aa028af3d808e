#include "core/tool/result_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/os/scratch_directory.h"

namespace soma::tool {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ResultStoreTest : public ::testing::Test {
 protected:
  ResultStoreTest() { fs::create_directory(workspace()); }
  std::string workspace() const { return directory_ / "workspace"; }
  std::string results() const { return workspace() + "/.soma/results/"; }
  KeptResult keep(std::string_view id, std::string_view text) {
    ResultSpool spool({.workspace = workspace()}, id);
    spool.append(text);
    return spool.finish();
  }
  static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  os::ScratchDirectory directory_;
};

TEST_F(ResultStoreTest, KeepsPiecesInOrderAndCountsLines) {
  ResultSpool spool({.workspace = workspace()}, "call_1");
  std::string whole;
  for (int i = 0; i < 50'000; ++i) {
    const std::string piece = "line " + std::to_string(i) + "\n";
    spool.append(piece);
    whole += piece;
  }
  spool.append("an open end");
  const KeptResult kept = spool.finish();
  ASSERT_FALSE(kept.failure) << kept.words();
  EXPECT_EQ(kept.path, "/workspace/.soma/results/call_1.txt");
  EXPECT_EQ(kept.lines, 50'001u);
  EXPECT_EQ(kept.bytes, whole.size() + 11);
  EXPECT_TRUE(read(results() + "call_1.txt") == whole + "an open end");
  EXPECT_THAT(kept.words(),
              StartsWith("the whole result is in /workspace/.soma/results/call_1.txt: 50,001 lines"));
}

TEST_F(ResultStoreTest, AHostileIdStaysInTheFolderAndMeetsNoOther) {
  const std::set<std::string> ids{"",
                                  ".",
                                  "..",
                                  "../../../etc/passwd",
                                  "/etc/passwd",
                                  "a/b",
                                  "a_b",
                                  "a.b",
                                  "a\\b",
                                  "a\nb",
                                  "é",
                                  ".soma",
                                  std::string("a\0b", 3),
                                  std::string(5000, 'x'),
                                  std::string(5001, 'x'),
                                  "-rf",
                                  "CON"};
  std::set<std::string> names;
  for (const std::string& id : ids) {
    const std::string name = result_file_name(id);
    EXPECT_EQ(name.find('/'), std::string::npos) << name;
    EXPECT_FALSE(name.starts_with('.')) << name;
    EXPECT_LT(name.size(), 120u);
    EXPECT_TRUE(names.insert(name).second) << name << " is two ids' file";
    EXPECT_FALSE(keep(id, "text").failure) << name;
    EXPECT_EQ(read(results() + name), "text");
  }
  EXPECT_EQ(static_cast<size_t>(std::distance(fs::directory_iterator(results()), {})), ids.size());
}

TEST_F(ResultStoreTest, ARepeatedCallReplacesItsFile) {
  EXPECT_FALSE(keep("call_1", "the first run, cut off").failure);
  EXPECT_FALSE(keep("call_1", "again").failure);
  EXPECT_EQ(read(results() + "call_1.txt"), "again");
}

TEST_F(ResultStoreTest, NoLinkOfTheAgentLeadsTheFileElsewhere) {
  const std::string outside = directory_ / "outside";
  fs::create_directory(outside);
  std::ofstream(outside + "/file") << "untouched";
  for (const char* planted : {".soma", ".soma/results"}) {
    const std::string link = workspace() + "/" + planted;
    fs::create_directories(fs::path(link).parent_path());
    fs::create_directory_symlink(outside, link);
    const KeptResult kept = keep("call_1", "text");
    ASSERT_TRUE(kept.failure) << planted;
    EXPECT_EQ(kept.failure->code, os::Code::kPermissionDenied);
    EXPECT_THAT(kept.words(), StartsWith("the whole result could not be kept: "));
    fs::remove(link);
  }
  EXPECT_EQ(static_cast<size_t>(std::distance(fs::directory_iterator(outside), {})), 1u);

  // A link with the file's own name, to outside and to a file of the agent: it is replaced, not followed.
  std::ofstream(workspace() + "/mine") << "mine";
  fs::create_directories(results());
  for (const std::string& target :
       {outside + "/file", std::string("/workspace/mine"), std::string("nowhere")}) {
    fs::remove(results() + "call_1.txt");
    fs::create_symlink(target, results() + "call_1.txt");
    EXPECT_FALSE(keep("call_1", "text").failure);
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(results() + "call_1.txt")));
    EXPECT_EQ(read(results() + "call_1.txt"), "text");
  }
  EXPECT_EQ(read(outside + "/file"), "untouched");
  EXPECT_EQ(read(workspace() + "/mine"), "mine");
}

TEST_F(ResultStoreTest, WhatIsInTheWayIsNamed) {
  fs::create_directories(results() + "call_1.txt/planted");
  EXPECT_THAT(keep("call_1", "text").words(), HasSubstr("call_1.txt is there and is a directory"));
  fs::remove_all(workspace() + "/.soma");
  std::ofstream(workspace() + "/.soma") << "a file";
  EXPECT_THAT(keep("call_2", "text").words(), HasSubstr("a part of the path is a file"));
}

TEST_F(ResultStoreTest, AFullDiskIsSaidAndNotThrown) {
  ResultSpool spool(os::Fd(open("/dev/full", O_WRONLY | O_CLOEXEC)), "/workspace/x.txt",
                    kMaxWholeResultBytes);
  const std::string piece(ResultSpool::kBufferBytes, 'x');
  for (int i = 0; i < 100; ++i) spool.append(piece);
  const KeptResult kept = spool.finish();
  ASSERT_TRUE(kept.failure);
  EXPECT_THAT(kept.words(), HasSubstr("could not be kept: LimitExceeded: write: No space left on device"));
}

TEST_F(ResultStoreTest, AFileEndsAtTheLimitWithANote) {
  const std::string path = directory_ / "limited";
  for (const size_t over : {0u, 1u, 1000u}) {
    ResultSpool spool(os::Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
                      "/workspace/x.txt", 4096);
    const std::string text = std::string(4095, 'x') + "\n" + std::string(over, 'y');
    spool.append(std::string_view(text).substr(0, 4000));
    spool.append(std::string_view(text).substr(4000));
    const KeptResult kept = spool.finish();
    EXPECT_FALSE(kept.failure);
    EXPECT_EQ(kept.bytes, 4096u);
    EXPECT_EQ(kept.missing, over);
    EXPECT_EQ(kept.lines, 1u);
    EXPECT_THAT(read(path), StartsWith(text.substr(0, 4096)));
    if (over == 0) {
      EXPECT_EQ(read(path), text);
      continue;
    }
    EXPECT_THAT(read(path), EndsWith("bytes more are not kept: a kept result may have 4,096 bytes]\n"));
    EXPECT_THAT(kept.words(), StartsWith("the first 4,096 bytes of the result are in /workspace/x.txt, "));
  }
}

TEST_F(ResultStoreTest, TheLimitNeverSplitsACharacterNorTakesWhatComesAfterIt) {
  const std::string path = directory_ / "limited";
  ResultSpool spool(os::Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), "/workspace/x.txt", 10);
  spool.append("12345678€");
  spool.append("z");
  const KeptResult kept = spool.finish();
  EXPECT_EQ(kept.bytes, 8u);
  EXPECT_EQ(kept.missing, 4u);
  EXPECT_THAT(read(path), StartsWith("12345678\n[…"));
}

}  // namespace
}  // namespace soma::tool
