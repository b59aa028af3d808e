// The parts that need no browser.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/tool/browser/actions.h"
#include "core/tool/browser/keys.h"
#include "core/tool/browser/workspace_file.h"

namespace soma::tool::browser {
namespace {

std::string made_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "soma-parts-test-XXXXXX").string();
  return ::mkdtemp(pattern.data());
}

TEST(Keys, ACombinationHoldsItsModifiersAroundTheKey) {
  auto events = key_press("Control+Shift+Tab");
  ASSERT_TRUE(events);
  std::vector<std::string> seen;
  for (const json::Value& event : *events) {
    seen.push_back(std::string(event.get("type").string_or("")) + " " +
                   std::string(event.get("key").string_or("")));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"rawKeyDown Control", "rawKeyDown Shift", "rawKeyDown Tab",
                                            "keyUp Tab", "keyUp Control", "keyUp Shift"}));
  EXPECT_EQ((*events)[2].get("modifiers").int_or(0), 10);
}

TEST(Keys, CharactersTypeThemselves) {
  auto events = character_press("a");
  EXPECT_EQ(events[0].get("text").string_or(""), "a");
  EXPECT_EQ(events[0].get("code").string_or(""), "KeyA");
  EXPECT_EQ(character_press("é")[0].get("text").string_or(""), "é");
  EXPECT_TRUE(key_press("+"));
  EXPECT_FALSE(key_press(""));
  EXPECT_FALSE(key_press("Hyper+a"));
  EXPECT_FALSE(key_press("ab"));
}

TEST(CleanUrl, CompletesWhatIsTypedAndRefusesOtherKinds) {
  struct Case {
    const char* typed;
    const char* opened;  // null: refused
  };
  for (const Case& each : std::initializer_list<Case>{{"example.org", "https://example.org"},
                                                      {" http://a.b/c?d#e ", "http://a.b/c?d#e"},
                                                      {"localhost:8080/x", "http://localhost:8080/x"},
                                                      {"127.0.0.1:1/", "http://127.0.0.1:1/"},
                                                      {"about:blank", "about:blank"},
                                                      {"file:///etc/passwd", nullptr},
                                                      {"FILE:///etc/passwd", nullptr},
                                                      {"javascript:alert(1)", nullptr},
                                                      {"blob:http://a/b", nullptr},
                                                      {"", nullptr},
                                                      {"http://", nullptr}}) {
    auto url = clean_url(each.typed);
    EXPECT_EQ(url.has_value(), each.opened != nullptr) << each.typed;
    if (url && each.opened) EXPECT_EQ(*url, each.opened);
  }
}

TEST(CleanRef, TakesWhatModelsWrite) {
  for (const char* written : {"e12", "[e12]", "12", "(e12)", "ref=e12"}) EXPECT_EQ(clean_ref(written), "e12");
}

TEST(WorkspaceFile, NumbersCountOnAndNamesAreMadeSafe) {
  std::string workspace = made_directory();
  EXPECT_EQ(write_numbered(workspace, "shots", ".png", "a").value_or(""), "shots/0001.png");
  EXPECT_EQ(write_numbered(workspace, "shots", ".png", "b").value_or(""), "shots/0002.png");
  EXPECT_EQ(safe_file_name("../../etc/passwd"), "_.._etc_passwd");
  EXPECT_EQ(safe_file_name(".."), "download");
  for (const char* expected : {"files/a.txt", "files/a (2).txt"}) {
    ASSERT_TRUE(os::write_file_atomic(workspace + "/source", "x"));
    EXPECT_EQ(move_into(workspace, "files", "a.txt", workspace + "/source").value_or(""), expected);
  }
  EXPECT_FALSE(std::filesystem::exists(workspace + "/source"));
  std::filesystem::remove_all(workspace);
}

TEST(WorkspaceFile, AFolderThatIsASymlinkIsRefused) {
  std::string workspace = made_directory(), outside = made_directory();
  std::filesystem::create_directory_symlink(outside, workspace + "/screenshots");
  auto written = write_numbered(workspace, "screenshots", ".png", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, os::Code::kPermissionDenied);
  EXPECT_TRUE(std::filesystem::is_empty(outside));
  std::filesystem::remove_all(workspace);
  std::filesystem::remove_all(outside);
}

}  // namespace
}  // namespace soma::tool::browser
