#include "core/tool/file_actions.h"
#include "core/tool/tool_test_support.h"

namespace soma::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FileOperationsTest : public ToolTest {
 protected:
  FileOperationsTest() { needs_sandbox_ = false; }
  Called files(std::initializer_list<json::Member> input) {
    return call_once("file_operations", json::object(input));
  }
  Called view(const std::string& path) { return files({{"operation", "view"}, {"path", path}}); }
  Called replace(const std::string& path, const std::string& from, const std::string& to) {
    return files({{"operation", "replace"}, {"path", path}, {"old_text", from}, {"new_text", to}});
  }
  Called insert(const std::string& path, int64_t line, const std::string& content) {
    return files({{"operation", "insert"}, {"path", path}, {"line", line}, {"content", content}});
  }
};

TEST_F(FileOperationsTest, ViewsWithLineNumbersAndARange) {
  write_file("a.txt", "one\ntwo\nthree\n");
  EXPECT_EQ(view("a.txt").content, "     1\tone\n     2\ttwo\n     3\tthree\n");
  EXPECT_EQ(files({{"operation", "view"}, {"path", "/workspace/a.txt"}, {"start_line", 2}, {"end_line", 2}})
                .content,
            "     2\ttwo\n");
  Called outside = files({{"operation", "view"}, {"path", "a.txt"}, {"start_line", 9}});
  EXPECT_TRUE(outside.error);
  EXPECT_THAT(outside.content, HasSubstr("which has 3"));
}

TEST_F(FileOperationsTest, ALongFileIsShownInParts) {
  std::string text;
  for (int i = 1; i <= 5000; ++i) text += "line\n";
  write_file("long", text);
  EXPECT_THAT(view("long").content, HasSubstr("[3000 more lines: view with start_line 2001]"));
  write_file("wide", std::string(1 << 20, 'x'));
  EXPECT_LT(view("wide").content.size(), 4000u);
}

TEST_F(FileOperationsTest, ImagesBinariesDirectoriesAndMissingFilesAreSaidSo) {
  write_file("a.png", std::string("\x89PNG\r\n\x1a\n\0\0\0", 11));
  write_file("a.bin", std::string("a\0b", 3));
  EXPECT_THAT(view("a.png").content, HasSubstr("is an image (PNG, 11 bytes)"));
  EXPECT_THAT(view("a.bin").content, HasSubstr("binary"));
  EXPECT_THAT(view(".").content, HasSubstr("directory"));
  EXPECT_THAT(view("none").content, HasSubstr("none does not exist"));
  EXPECT_TRUE(view("none").error);
  EXPECT_FALSE(view("a.png").text().empty());
}

TEST_F(FileOperationsTest, CreatesWithDirectoriesAndOverwritesOnlyWhenAsked) {
  EXPECT_FALSE(files({{"operation", "create"}, {"path", "new/dir/file"}, {"content", "first\n"}}).error);
  EXPECT_EQ(read_file("new/dir/file"), "first\n");
  Called again = files({{"operation", "create"}, {"path", "new/dir/file"}, {"content", "second"}});
  EXPECT_TRUE(again.error);
  EXPECT_THAT(again.content, HasSubstr("overwrite"));
  EXPECT_EQ(read_file("new/dir/file"), "first\n");
  EXPECT_FALSE(
      files({{"operation", "create"}, {"path", "new/dir/file"}, {"content", "second"}, {"overwrite", true}})
          .error);
  EXPECT_EQ(read_file("new/dir/file"), "second");
}

TEST_F(FileOperationsTest, ReplacesTextThatOccursOnce) {
  write_file("a", "alpha\nbeta\ngamma\n");
  EXPECT_THAT(replace("a", "beta", "BETA").content, HasSubstr("line 2"));
  EXPECT_EQ(read_file("a"), "alpha\nBETA\ngamma\n");
}

TEST_F(FileOperationsTest, TextThatOccursTwiceIsLeftAloneAndCounted) {
  write_file("a", "x\ny\nx\n");
  Called called = replace("a", "x", "z");
  EXPECT_TRUE(called.error);
  EXPECT_THAT(called.content, HasSubstr("2 times in a (lines 1, 3)"));
  EXPECT_EQ(read_file("a"), "x\ny\nx\n");
  EXPECT_FALSE(files({{"operation", "replace"},
                      {"path", "a"},
                      {"old_text", "x"},
                      {"new_text", "zz"},
                      {"replace_all", true}})
                   .error);
  EXPECT_EQ(read_file("a"), "zz\ny\nzz\n");
}

TEST_F(FileOperationsTest, TextThatIsNotThereNamesTheNearestLine) {
  write_file("a", "int main() {\n  return zero;\n}\n");
  Called called = replace("a", "  return zeor;", "  return 1;");
  EXPECT_TRUE(called.error);
  EXPECT_THAT(called.content, HasSubstr("the nearest line is 2:   return zero;"));
}

TEST_F(FileOperationsTest, LineEndsAreKept) {
  write_file("dos", "one\r\ntwo\r\n");
  EXPECT_THAT(view("dos").content, HasSubstr("CR LF"));
  EXPECT_FALSE(replace("dos", "one\ntwo", "1\n2").error);
  EXPECT_EQ(read_file("dos"), "1\r\n2\r\n");
  EXPECT_FALSE(insert("dos", 1, "1.5\n").error);
  EXPECT_EQ(read_file("dos"), "1\r\n1.5\r\n2\r\n");
}

TEST_F(FileOperationsTest, InsertsAfterALine) {
  write_file("a", "one\ntwo");
  EXPECT_FALSE(insert("a", 0, "zero").error);
  EXPECT_FALSE(insert("a", 3, "three").error);
  EXPECT_EQ(read_file("a"), "zero\none\ntwo\nthree\n");
  EXPECT_THAT(insert("a", 9, "x").content, HasSubstr("there is no line 9"));
}

TEST_F(FileOperationsTest, ListsWithSizesAndDepth) {
  std::filesystem::create_directories(workspace() + "/b/c");
  write_file("a.txt", "12345");
  write_file("b/c/deep", "");
  write_file(".hidden", "");
  std::filesystem::create_symlink("/etc", workspace() + "/link");
  std::string flat = files({{"operation", "list"}}).content;
  EXPECT_THAT(flat, HasSubstr("5  a.txt\n"));
  EXPECT_THAT(flat, HasSubstr("  b/\n"));
  EXPECT_THAT(flat, HasSubstr("link -> /etc\n"));
  EXPECT_THAT(flat, Not(HasSubstr("deep")));
  EXPECT_THAT(flat, Not(HasSubstr(".hidden")));
  std::string deep = files({{"operation", "list"}, {"depth", 3}, {"hidden", true}}).content;
  EXPECT_THAT(deep, HasSubstr("b/c/deep\n"));
  EXPECT_THAT(deep, HasSubstr(".hidden"));
  EXPECT_THAT(deep, Not(HasSubstr("passwd"))) << "links are not followed";
}

TEST_F(FileOperationsTest, ListingIsBounded) {
  for (size_t i = 0; i < kMaxListed + 10; ++i) write_file("f" + std::to_string(i), "");
  EXPECT_THAT(files({{"operation", "list"}}).content, HasSubstr("[more than 1000 entries"));
}

TEST_F(FileOperationsTest, SearchesLiterallyWithGlobAndCase) {
  std::filesystem::create_directory(workspace() + "/src");
  write_file("src/a.py", "import os\nprint(a.b)\n");
  write_file("src/b.txt", "PRINT(a.b)\nprint(axb)\n");
  EXPECT_EQ(files({{"operation", "search"}, {"pattern", "print(a.b)"}}).content, "src/a.py:2: print(a.b)\n");
  EXPECT_EQ(
      files({{"operation", "search"}, {"pattern", "print(a.b)"}, {"ignore_case", true}, {"glob", "*.txt"}})
          .content,
      "src/b.txt:1: PRINT(a.b)\n");
  EXPECT_THAT(files({{"operation", "search"}, {"pattern", "nowhere"}}).content,
              HasSubstr("[no match in 2 files]"));
}

TEST_F(FileOperationsTest, SearchingIsBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "match\n";
  write_file("many", text);
  EXPECT_THAT(files({{"operation", "search"}, {"pattern", "match"}}).content,
              HasSubstr("only the first 200 are shown"));
}

TEST_F(FileOperationsTest, NothingLeavesTheWorkspace) {
  std::filesystem::create_symlink("/etc/passwd", workspace() + "/link");
  std::filesystem::create_symlink("/tmp", workspace() + "/tmp");
  for (const char* path : {"/etc/passwd", "../../etc/passwd", "link", "tmp/x"}) {
    Called called = view(path);
    EXPECT_TRUE(called.error) << path;
    EXPECT_THAT(called.content, HasSubstr("leads out of the workspace")) << path;
    EXPECT_TRUE(files({{"operation", "create"}, {"path", path}, {"content", "x"}, {"overwrite", true}}).error)
        << path;
  }
}

TEST_F(FileOperationsTest, MissingArgumentsAreNamed) {
  EXPECT_THAT(files({{"operation", "view"}}).content, HasSubstr("needs \"path\""));
  EXPECT_THAT(files({{"operation", "create"}, {"path", "a"}}).content, HasSubstr("needs \"content\""));
  EXPECT_THAT(files({{"operation", "search"}}).content, HasSubstr("needs \"pattern\""));
}

TEST_F(FileOperationsTest, OnlyLookingMayBeRepeated) {
  with_tool("file_operations", [&](Tool& tool, Environment&) -> net::Task<> {
    for (const char* operation : {"view", "list", "search"})
      EXPECT_TRUE(tool.repeatable(json::object({{"operation", operation}})));
    for (const char* operation : {"create", "replace", "insert"})
      EXPECT_FALSE(tool.repeatable(json::object({{"operation", operation}})));
    co_return;
  });
}

TEST_F(FileOperationsTest, LinesOfAWholeResultAreShownHoweverLargeItIs) {
  std::string text;
  for (int number = 1; text.size() < (40u << 20); ++number) text += std::to_string(number) + "\n";
  write_file("large", text);
  Called middle =
      files({{"operation", "view"}, {"path", "large"}, {"start_line", 3'000'000}, {"end_line", 3'000'001}});
  EXPECT_EQ(middle.content, "3000000\t3000000\n3000001\t3000001\n");
  EXPECT_THAT(view("large").content, HasSubstr("view with start_line 2001]"));
  std::filesystem::resize_file(workspace() + "/large", kMaxWholeResultBytes + 4096);
  EXPECT_THAT(view("large").content, HasSubstr("look at a part with sed -n"));
}

// A view that is longer than a result may be would be kept as a file again, to be viewed again.
TEST_F(FileOperationsTest, AnAnswerIsNoLongerThanTheModelReads) {
  std::string text;
  for (int number = 1; number <= 1500; ++number) text += "needle " + std::string(60, 'x') + "\n";
  write_file("long", text);
  max_result_bytes_ = 4096;
  std::string shown = view("long").content;
  EXPECT_LE(shown.size(), max_result_bytes_);
  EXPECT_THAT(shown, HasSubstr("more lines: view with start_line 5"));
  std::string found = files({{"operation", "search"}, {"pattern", "needle"}}).content;
  EXPECT_LE(found.size(), max_result_bytes_);
  EXPECT_THAT(found, HasSubstr("[more matches: only the first"));
}

TEST_F(FileOperationsTest, KeptResultsAreFoundOnlyWhereTheyAreNamed) {
  std::filesystem::create_directories(workspace() + "/.soma/results");
  write_file(".soma/results/call_1.txt", "needle\n");
  EXPECT_THAT(files({{"operation", "search"}, {"pattern", "needle"}, {"hidden", true}}).content,
              HasSubstr("no match"));
  EXPECT_THAT(files({{"operation", "list"}, {"depth", 3}, {"hidden", true}}).content,
              Not(HasSubstr("call_1")));
  EXPECT_EQ(files({{"operation", "search"}, {"pattern", "needle"}, {"path", ".soma"}}).content,
            "results/call_1.txt:1: needle\n");
  EXPECT_THAT(files({{"operation", "list"}, {"path", "/workspace/.soma/results"}}).content,
              HasSubstr("call_1.txt"));
}

}  // namespace
}  // namespace soma::tool
