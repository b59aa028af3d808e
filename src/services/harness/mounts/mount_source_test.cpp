// What may be mounted and what it becomes; then sessions that have it.
#include "services/harness/mounts/mount_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>

#include "services/harness/config.h"
#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

namespace fs = std::filesystem;
using json::object;
using os::Code;
using os::Result;
using testing::AllOf;
using testing::HasSubstr;

json::Value storage(std::string_view at) {
  return object({{"sessionStorage", object({{"mountPath", at}})}});
}
json::Value bucket(std::string_view name, std::string_view at, std::string_view prefix = "") {
  json::Value fields = object({{"bucket", name}, {"mountPath", at}});
  if (!prefix.empty()) fields.set("prefix", prefix);
  return object({{"s3BucketMount", std::move(fields)}});
}
json::Value folder(std::string_view path, std::string_view at, bool writable = false) {
  return object({{"hostFolder", object({{"path", path}, {"mountPath", at}, {"writable", writable}})}});
}
constexpr std::string_view kEfs =
    "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0123456789abcdef0";
json::Value efs(std::string_view at) {
  return object({{"efsAccessPoint", object({{"accessPointArn", kEfs}, {"mountPath", at}})}});
}

Result<Config> with(json::Array mounts, json::Value more = object({})) {
  json::Value value =
      object({{"name", "agent"},
              {"model", object({{"provider", "reflex"}})},
              {"environment", object({{"filesystemConfigurations", json::Value(std::move(mounts))}})}});
  for (const auto& [name, member] : more.as_object()) value.set(name, member);
  return config_from_json(value, "", "");
}

std::string refusal(json::Array mounts, json::Value more = object({})) {
  const auto config = with(std::move(mounts), std::move(more));
  return config ? "taken" : config.error().to_string();
}

TEST(MountSource, IsReadWrittenAndReadAgainAsTheSame) {
  const auto config = with({storage("/mnt/own/"), bucket("reports", "/mnt/reports", "a/{runtimeSessionId}"),
                            efs("/mnt/team"), folder("/srv/project/", "/mnt/project", true)});
  ASSERT_TRUE(config) << config.error().to_string();
  ASSERT_EQ(config->mounts.size(), 4u);
  EXPECT_EQ(config->mounts[0].mount_path, "/mnt/own");
  EXPECT_EQ(config->mounts[1].folder, "reports/a/{runtimeSessionId}");
  EXPECT_EQ(config->mounts[2].folder, "efs/fsap-0123456789abcdef0");
  EXPECT_EQ(config->mounts[3].folder, "/srv/project");
  const auto again = config_from_json(to_json(*config), "", "");
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->mounts, config->mounts);
}

TEST(MountSource, TheApisSpellingIsTheSame) {
  const json::Value runtime = object({{"filesystemConfigurations", json::array({storage("/mnt/own")})}});
  const auto config = with({}, object({{"environment", object({{"agentCoreRuntimeEnvironment", runtime}})}}));
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->mounts, with({storage("/mnt/own")})->mounts);
}

TEST(MountSource, AnUpdateReplacesTheListWholeAndAnotherOneKeepsIt) {
  const auto config = with({storage("/mnt/own")});
  const auto update = [&](json::Value environment) {
    return apply_patch(*config, object({{"environment", std::move(environment)}}), PatchKind::kUpdate)
        ->mounts.size();
  };
  EXPECT_EQ(update(object({{"network", true}})), 1u);
  EXPECT_EQ(update(object({{"filesystemConfigurations", json::array({storage("/mnt/a"), efs("/mnt/b")})}})),
            2u);
  EXPECT_EQ(update(object({{"filesystemConfigurations", json::Array{}}})), 0u);
}

TEST(MountSource, BadOnesAreRefusedWithTheirPlace) {
  for (const std::string_view path : {"/mnt/..", "/mnt/.", "/data", "/mnt/a/b", "/mnt/"})
    EXPECT_THAT(refusal({storage(path)}), HasSubstr("environment/filesystemConfigurations/0/sessionStorage"))
        << path;
  EXPECT_THAT(refusal({storage("/mnt/a"), efs("/mnt/a/")}), HasSubstr("/mnt/a is there twice"));
  EXPECT_THAT(refusal({bucket("b1x", "/mnt/a", "x/../../secrets")}), HasSubstr("has a part that is .."));
  EXPECT_THAT(refusal({bucket("b1x", "/mnt/a", "x/{actorId}")}), HasSubstr("{runtimeSessionId}"));
  EXPECT_THAT(refusal({bucket("..", "/mnt/a")}), HasSubstr("bucket"));
  EXPECT_THAT(refusal({folder("here", "/mnt/a")}), HasSubstr("is relative"));
  EXPECT_THAT(refusal({storage("/mnt/a")}, object({{"sandbox", "none"}})),
              HasSubstr("without a sandbox there is no /mnt/a"));
  EXPECT_THAT(refusal({object({{"hostFolder",
                                object({{"path", "/srv"}, {"mountPath", "/mnt/a"}, {"writeable", true}})}})}),
              HasSubstr("did you mean 'writable'?"));
  EXPECT_THAT(refusal({object({})}), HasSubstr("filesystemConfigurations/0"));
}

// Who may write in the outer one could put a link where the inner one is.
TEST(MountSource, FoldersOfTheHostDoNotLieInEachOtherWhereTheOuterOneIsWritable) {
  EXPECT_THAT(refusal({folder("/srv/a", "/mnt/a", true), folder("/srv/a/b", "/mnt/b")}),
              HasSubstr("lie in each other"));
  EXPECT_THAT(refusal({folder("/srv/a/b", "/mnt/b"), folder("/srv/a", "/mnt/a", true)}),
              HasSubstr("lie in each other"));
  EXPECT_TRUE(with({folder("/srv/a", "/mnt/a"), folder("/srv/a/b", "/mnt/b", true)}));
  EXPECT_TRUE(with({folder("/srv/a", "/mnt/a", true), folder("/srv/ab", "/mnt/b", true)}));
}

class MountsTest : public HarnessTest {
 protected:
  MountsTest() { life_ = std::make_unique<Life>(data(), *clock_); }
  std::string data() const { return directory_ + "/data"; }
  bool boxes() { return sandbox::probe(life_->dependencies().launcher).available; }

  Result<> create(json::Array mounts, const std::vector<std::string>& turns = {text_turn("x")}) {
    SOMA_ASSIGN(const Config read, with(std::move(mounts)));
    Config config = HarnessTest::config(script(turns));
    config.mounts = read.mounts;
    SOMA_TRY(life_->wait(life_->service().create(std::move(config))));
    return {};
  }
  std::string command(std::string text, int session = 1) {
    std::string out;
    ExecEvents events;
    events.output = [&out](sandbox::Stream, std::string_view piece) { out += piece; };
    ExecRequest asked{"agent", session_name(session), std::move(text)};
    const auto outcome = life_->wait(life_->service().exec(std::move(asked), std::move(events), {}));
    return outcome ? out : outcome.error().to_string();
  }
  std::string in_host_folder(const std::string& name) {
    const std::string path = directory_ + "/" + name;
    fs::create_directories(path);
    fs::permissions(path, fs::perms::all);
    return path;
  }

  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<Life> life_;
};

TEST_F(MountsTest, TheSessionsOwnStorageIsItsOwnAndOutlivesTheProcess) {
  if (!boxes()) GTEST_SKIP() << "bubblewrap cannot run here";
  ASSERT_TRUE(create({storage("/mnt/own")}));
  EXPECT_EQ(command("echo words > /mnt/own/note && echo made"), "made\n");
  EXPECT_EQ(command("ls /mnt/own", 2), "");
  life_.reset();
  life_ = std::make_unique<Life>(data(), *clock_);
  EXPECT_EQ(command("cat /mnt/own/note"), "words\n");
}

TEST_F(MountsTest, AnAccessPointIsOneFolderForAllSessions) {
  if (!boxes()) GTEST_SKIP() << "bubblewrap cannot run here";
  ASSERT_TRUE(create({efs("/mnt/team")}));
  EXPECT_EQ(command("echo words > /mnt/team/note && echo made"), "made\n");
  EXPECT_EQ(command("cat /mnt/team/note; rm /mnt/team/note; ls /mnt/team", 2), "words\n");
}

TEST_F(MountsTest, APrefixOfABucketIsTheSessionsAndItsFilesAreObjects) {
  if (!boxes()) GTEST_SKIP() << "bubblewrap cannot run here";
  ASSERT_TRUE(
      create({bucket("reports", "/mnt/mine", "by/{runtimeSessionId}"), bucket("reports", "/mnt/all")}));
  EXPECT_EQ(command("echo words > /mnt/mine/note; ls /mnt/all/by"), session_name(1) + "\n");
  EXPECT_EQ(*os::read_file(fmt::format("{}/objects/reports/by/{}/note", data(), session_name(1))), "words\n");
  EXPECT_EQ(command("ls /mnt/mine", 2), "");
}

TEST_F(MountsTest, AFolderOfTheHostIsOnlyLookedAtUnlessItIsWritable) {
  if (!boxes()) GTEST_SKIP() << "bubblewrap cannot run here";
  const std::string shown = in_host_folder("shown"), given = in_host_folder("given");
  ASSERT_TRUE(os::write_file_atomic(shown + "/note", "words\n"));
  ASSERT_TRUE(create({folder(shown, "/mnt/shown"), folder(given, "/mnt/given", true)}));
  EXPECT_EQ(command("cat /mnt/shown/note; touch /mnt/shown/x || echo refused; echo more > /mnt/given/x"),
            "words\ntouch: cannot touch '/mnt/shown/x': Read-only file system\nrefused\n");
  EXPECT_EQ(*os::read_file(given + "/x"), "more\n");
}

TEST_F(MountsTest, TheFileToolWorksThereAndTheModelIsToldOfIt) {
  const std::string shown = in_host_folder("shown");
  const json::Value write =
      object({{"operation", "create"}, {"path", "/mnt/own/a/note"}, {"content", "words\n"}});
  const json::Value change = object(
      {{"operation", "replace"}, {"path", "/mnt/own/a/note"}, {"old_text", "words"}, {"new_text", "wörter"}});
  const json::Value refused = object({{"operation", "create"}, {"path", "/mnt/shown/x"}, {"content", ""}});
  const json::Value look = object({{"operation", "search"}, {"path", "/mnt/own"}, {"pattern", "wörter"}});
  ASSERT_TRUE(create({storage("/mnt/own"), folder(shown, "/mnt/shown")},
                     {tool_turn({{"a", "file_operations", write},
                                 {"b", "file_operations", change},
                                 {"c", "file_operations", refused},
                                 {"d", "file_operations", look}}),
                      text_turn("Done.")}));
  const auto invocation = life_->wait(life_->service().invoke(request("go")));
  ASSERT_TRUE(invocation);
  const auto events = life_->finish(*invocation);
  EXPECT_THAT(json::write(body(events, event::kToolResult, 0)), HasSubstr("Wrote /mnt/own/a/note"));
  EXPECT_THAT(json::write(body(events, event::kToolResult, 1)), HasSubstr("Replaced one occurrence"));
  EXPECT_THAT(json::write(body(events, event::kToolResult, 2)),
              HasSubstr("below /mnt/shown can only be looked at"));
  EXPECT_THAT(json::write(body(events, event::kToolResult, 3)), HasSubstr("wörter"));
}

TEST_F(MountsTest, AMissingFolderAndSomasOwnDataAreNotMounted) {
  ASSERT_TRUE(create({folder(directory_ + "/none", "/mnt/a")}));
  EXPECT_THAT(command("true"), AllOf(HasSubstr("there is no folder"), HasSubstr("/mnt/a")));
  const auto refuse = [&](const std::string& path) {
    const std::vector<MountSource> sources = with({folder(path, "/mnt/a")})->mounts;
    const auto mounts = ready_mounts(sources, {data(), data() + "/sessions/s", "s"});
    return mounts ? Code::kInternal : mounts.error().code;
  };
  fs::create_directories(data() + "/sessions");
  for (const std::string& path : {data(), data() + "/sessions", directory_, std::string("/")})
    EXPECT_EQ(refuse(path), Code::kPermissionDenied) << path;
  fs::create_directory_symlink(data(), directory_ + "/link");
  EXPECT_EQ(refuse(directory_ + "/link"), Code::kPermissionDenied);
}

TEST_F(MountsTest, ALinkDoesNotHideThatFoldersOfTheHostLieInEachOther) {
  const std::string outer = in_host_folder("outer"), inner = in_host_folder("outer/inner");
  fs::create_directory_symlink(inner, directory_ + "/link");
  const auto ready = [&](bool writable) {
    const auto sources =
        with({folder(outer, "/mnt/a", writable), folder(directory_ + "/link", "/mnt/b")})->mounts;
    return ready_mounts(sources, {data(), data() + "/sessions/s", "s"});
  };
  const auto refused = ready(true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  const auto shown = ready(false);
  ASSERT_TRUE(shown) << shown.error().to_string();
  EXPECT_EQ(shown->at(1).host, fs::canonical(inner).string());
}

// A session that has the whole bucket leads the folder of another one elsewhere.
TEST_F(MountsTest, ALinkInABucketLeadsNobodyOutOfIt) {
  const std::string secrets = in_host_folder("secrets");
  fs::create_directories(data() + "/objects/reports");
  fs::create_directory_symlink(secrets, data() + "/objects/reports/mine");
  const std::vector<MountSource> sources = with({bucket("reports", "/mnt/a", "mine")})->mounts;
  const auto mounts = ready_mounts(sources, {data(), data() + "/sessions/s", "s"});
  ASSERT_FALSE(mounts);
  EXPECT_EQ(mounts.error().code, Code::kPermissionDenied);
}

}  // namespace
}  // namespace soma::harness
