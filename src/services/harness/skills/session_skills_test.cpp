// Skills on a whole service: what a session sees of them, from every kind of source.
#include "services/harness/skills/session_skills.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "services/harness/cassette/cassette_test_kit.h"
#include "services/harness/loop/stand_in.h"
#include "services/harness/skills/skill_test_kit.h"

namespace soma::harness {
namespace {

namespace fs = std::filesystem;
using json::object;
using os::Code;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

json::Value view(std::string_view path) {
  return object({{"operation", "view"}, {"path", path}});
}

class SessionSkillsTest : public CassetteTest {
 protected:
  SessionSkillsTest() { open(); }
  void open() {
    life_.reset();
    life_ = std::make_unique<Life>(data(), *clock_);
  }
  std::string data() const { return directory_ + "/data"; }

  Config with(const std::vector<std::string>& turns, std::vector<SkillSource> skills) {
    Config config = HarnessTest::config(script(turns));
    config.skills = std::move(skills);
    return config;
  }
  SkillSource path_skill(std::string_view name, std::string_view instructions = "Do it.\n") {
    return {.path = make_skill(fs::path(directory_) / "sources" / name, name, instructions)};
  }
  os::Result<DefinitionPtr> create(Config config) {
    return life_->wait(life_->service().create(std::move(config)));
  }
  std::vector<journal::Event> run(std::string prompt = "go", int session = 1) {
    const auto invocation = life_->wait(life_->service().invoke(request(std::move(prompt), session)));
    if (!invocation) throw std::runtime_error(invocation.error().to_string());
    return life_->finish(*invocation);
  }
  // The results of tools, in order, as text.
  static std::vector<std::string> results(const std::vector<journal::Event>& events) {
    std::vector<std::string> out;
    for (const journal::Event& event : events)
      if (event.type == event::kToolResult)
        out.push_back(json::write(json::parse(event.body)->get("content")));
    return out;
  }
  std::string command(std::string text, int session = 1) {
    std::string out;
    ExecEvents events;
    events.output = [&out](sandbox::Stream, std::string_view piece) { out += piece; };
    ExecRequest asked{"agent", session_name(session), std::move(text)};
    const auto outcome = life_->wait(life_->service().exec(std::move(asked), std::move(events), {}));
    return outcome ? out : outcome.error().to_string();
  }
  bool boxes() { return sandbox::probe(life_->dependencies().launcher).available; }

  std::unique_ptr<Life> life_;
};

TEST_F(SessionSkillsTest, TheFileToolReadsThemAndCannotChangeThem) {
  const json::Value change = object({{"operation", "create"}, {"path", "/skills/forms/x"}, {"content", "x"}});
  const json::Value list = object({{"operation", "list"}, {"path", "/skills"}, {"depth", 2}});
  const json::Value out = view("/skills/../workspace/x");
  ASSERT_TRUE(create(with({tool_turn({{"a", "file_operations", view("/skills/forms/SKILL.md")},
                                      {"b", "file_operations", change},
                                      {"c", "file_operations", list},
                                      {"d", "file_operations", out}}),
                           text_turn("Done.")},
                          {path_skill("forms", "Fill them in.\n")})));
  const auto told = results(run());
  ASSERT_EQ(told.size(), 4u);
  EXPECT_THAT(told[0], HasSubstr("Fill them in."));
  EXPECT_THAT(told[1], HasSubstr("can only be looked at"));
  EXPECT_THAT(told[2], HasSubstr("forms/SKILL.md"));
  EXPECT_THAT(told[3], HasSubstr("leads out of /skills"));
}

TEST_F(SessionSkillsTest, CommandsReadThemAndCannotChangeThem) {
  if (!boxes()) GTEST_SKIP() << "bubblewrap cannot run here";
  ASSERT_TRUE(create(with({text_turn("x")}, {path_skill("forms", "Fill them in.\n")})));
  EXPECT_THAT(
      command("tail -1 $SOMA_SKILLS/forms/SKILL.md; touch /skills/forms/x 2>&1; rm -r /skills/forms 2>&1; ls "
              "/skills"),
      AllOf(HasSubstr("Fill them in.\n"), HasSubstr("Read-only file system"), HasSubstr("\nforms\n")));
}

TEST_F(SessionSkillsTest, WithoutABoxCommandsAreToldWhereTheyAre) {
  Config config = with({text_turn("x")}, {path_skill("forms", "Fill them in.\n")});
  config.sandbox = sandbox::Kind::kNone;
  ASSERT_TRUE(create(std::move(config)));
  EXPECT_EQ(command("tail -1 $SOMA_SKILLS/forms/SKILL.md"), "Fill them in.\n");
}

TEST_F(SessionSkillsTest, ASessionKeepsWhatItBeganWithAndANewOneHasTheNewest) {
  const json::Value look = view("/skills/forms/SKILL.md");
  const std::vector<std::string> turns = {tool_turn({{"a", "file_operations", look}}), text_turn("Done."),
                                          tool_turn({{"b", "file_operations", look}}), text_turn("Done.")};
  ASSERT_TRUE(create(with(turns, {path_skill("forms", "First.\n")})));
  EXPECT_THAT(results(run()).back(), HasSubstr("First."));
  path_skill("forms", "Second.\n");
  open();
  EXPECT_THAT(results(run()).back(), HasSubstr("First.")) << "also over a restart";
  EXPECT_THAT(results(run("go", 2)).back(), HasSubstr("Second."));
  ASSERT_TRUE(life_->wait(life_->service().end_session("agent", session_name(1))));
  if (boxes())
    EXPECT_THAT(command("cat /skills/forms/SKILL.md"), HasSubstr("Second.")) << "a new environment";
}

TEST_F(SessionSkillsTest, TheJournalNamesThem) {
  ASSERT_TRUE(create(with({text_turn("Done.")}, {path_skill("forms")})));
  EXPECT_EQ(json::write(body(run(), "invocation.started").get("skills")),
            R"([{"name":"forms","description":"Knows forms."}])");
}

TEST_F(SessionSkillsTest, AResumedInvocationHasThemAgain) {
  const auto made =
      create(with({tool_turn({{"a", "file_operations", view("/skills/forms/SKILL.md")}}), text_turn("Done.")},
                  {path_skill("forms", "Fill them in.\n")}));
  ASSERT_TRUE(made) << made.error().to_string();
  const auto events = run();
  // Cut before the model's first word: neither the copy nor anything else of the session is left.
  const auto life = life_on_prefix(events, 2, **made, *clock_);
  const Invocation invocation{
      std::string(body(events, "invocation.started").get("invocationId").string_or("")),
      "session/" + (*made)->id + "/" + session_name(1), session_name(1), 1};
  const auto resumed = life->finish(invocation);
  ASSERT_EQ(count(resumed, "invocation.finished"), 1u);
  EXPECT_THAT(results(resumed).back(), HasSubstr("Fill them in."));
}

TEST_F(SessionSkillsTest, ABadSkillIsToldWhenTheHarnessIsMadeOrChanged) {
  const SkillSource bad = path_skill("forms");
  write_text(bad.path + "/SKILL.md", "---\nname: forms\n---\n");
  const auto refused = create(with({text_turn("x")}, {bad}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, bad.path + "/SKILL.md:2: the front matter has no description");
  ASSERT_TRUE(create(with({text_turn("x")}, {})));
  const json::Value patch = object({{"skills", to_json(std::vector<SkillSource>{bad})}});
  EXPECT_FALSE(life_->wait(life_->service().update("agent", patch)));
}

TEST_F(SessionSkillsTest, NamesUsedTwiceAreRefused) {
  const SkillSource one = path_skill("forms");
  const SkillSource other{.path = make_skill(directory_ + "/elsewhere", "forms")};
  EXPECT_EQ(create(with({text_turn("x")}, {one, other})).error().code, Code::kConflict);
  make_skill(data() + "/objects/bucket/forms", "forms");
  const SkillSource object_skill{.kind = SkillSource::Kind::kS3, .url = "s3://bucket/forms"};
  ASSERT_TRUE(create(with({text_turn("x")}, {one, object_skill})));
  const auto refused = life_->wait(life_->service().invoke(request("go")));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("s3://bucket/forms: the skill name 'forms' is used twice"));
}

TEST_F(SessionSkillsTest, AnObjectFolderIsASource) {
  make_skill(data() + "/objects/bucket/team/forms", "forms", "From the bucket.\n");
  ASSERT_TRUE(
      create(with({tool_turn({{"a", "file_operations", view("/skills/forms/SKILL.md")}}), text_turn("Done.")},
                  {{.kind = SkillSource::Kind::kS3, .url = "s3://bucket/team/forms/"}})));
  EXPECT_THAT(results(run()).back(), HasSubstr("From the bucket."));
}

TEST_F(SessionSkillsTest, AnInvocationMayNameOthersButNoCredential) {
  ASSERT_TRUE(create(with({text_turn("One."), text_turn("Two.")}, {path_skill("forms")})));
  InvokeRequest other = request("go");
  other.overrides = object({{"skills", to_json(std::vector<SkillSource>{path_skill("letters")})}});
  const auto invocation = life_->wait(life_->service().invoke(std::move(other)));
  ASSERT_TRUE(invocation) << invocation.error().to_string();
  EXPECT_THAT(json::write(body(life_->finish(*invocation), "invocation.started").get("skills")),
              AllOf(HasSubstr("letters"), Not(HasSubstr("forms"))));
  InvokeRequest thief = request("go");
  thief.overrides = *json::parse(
      R"({"skills": [{"git": {"url": "https://elsewhere.example/x", "auth": {"credentialArn": "secret:TOKEN"}}}]})");
  const auto refused = life_->wait(life_->service().invoke(std::move(thief)));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot be chosen for one invocation"));
}

TEST_F(SessionSkillsTest, ACassetteIsExactWhenTheSkillIsGone) {
  ASSERT_TRUE(
      create(with({tool_turn({{"a", "file_operations", view("/skills/forms/SKILL.md")}}), text_turn("Done.")},
                  {path_skill("forms")})));
  const auto invocation = life_->wait(life_->service().invoke(request("go")));
  ASSERT_TRUE(invocation);
  life_->finish(*invocation);
  const Cassette cassette = reread(record_run(*life_, invocation->run));
  fs::remove_all(directory_ + "/sources");
  ASSERT_EQ(cassette.invocations.front().skills.size(), 1u);
  const ReplayReport report = played(cassette);
  EXPECT_TRUE(report.exact()) << differences(report);
}

// ---- git

class GitSkillsTest : public SessionSkillsTest {
 protected:
  void SetUp() override {
    if (!os::find_program("git")) GTEST_SKIP() << "git is not installed";
    make_skill(repository() + "/skills/forms", "forms", "First.\n");
    git("init --quiet --initial-branch=main");
    commit();
  }
  std::string repository() const { return directory_ + "/repository"; }
  void git(const std::string& words) {
    const std::string line = "cd " + repository() +
                             " && HOME=/nonexistent git -c user.name=test -c user.email=test@example.com " +
                             words + " >/dev/null 2>&1";
    if (std::system(line.c_str()) != 0) throw std::runtime_error("failed: " + line);
  }
  void commit() {
    git("add --all");
    git("commit --quiet --message=change");
  }
  SkillSource source(std::string path = "skills/forms") const {
    return {.kind = SkillSource::Kind::kGit, .path = std::move(path), .url = "file://" + repository()};
  }
  size_t checkouts() const {
    size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(data() + "/skills/git"))
      if (entry.path().filename().string().size() == 40) ++count;
    return count;
  }
};

TEST_F(GitSkillsTest, ANewSessionHasTheNewestCommitAndEachIsFetchedOnce) {
  const json::Value look = view("/skills/forms/SKILL.md");
  ASSERT_TRUE(create(with({tool_turn({{"a", "file_operations", look}}), text_turn("Done.")}, {source()})));
  EXPECT_THAT(results(run("go", 1)).back(), HasSubstr("First."));
  EXPECT_THAT(results(run("go", 2)).back(), HasSubstr("First."));
  EXPECT_EQ(checkouts(), 1u);
  make_skill(repository() + "/skills/forms", "forms", "Second.\n");
  commit();
  EXPECT_THAT(results(run("go", 3)).back(), HasSubstr("Second."));
  EXPECT_EQ(checkouts(), 2u);
}

TEST_F(GitSkillsTest, WhatIsNotThereIsToldWhenTheSessionStarts) {
  ASSERT_TRUE(create(with({text_turn("x")}, {source("skills/none")})));
  EXPECT_EQ(life_->wait(life_->service().invoke(request("go"))).error().code, Code::kNotFound);
  InvokeRequest out = request("go", 2);
  out.overrides = object({{"skills", to_json(std::vector<SkillSource>{source("../..")})}});
  EXPECT_EQ(life_->wait(life_->service().invoke(std::move(out))).error().code, Code::kPermissionDenied);
  InvokeRequest gone = request("go", 3);
  SkillSource nowhere = source();
  nowhere.url += "-that-is-not-there";
  gone.overrides = object({{"skills", to_json(std::vector<SkillSource>{nowhere})}});
  const auto refused = life_->wait(life_->service().invoke(std::move(gone)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("git cannot read file://"));
}

TEST_F(GitSkillsTest, ALinkInTheRepositoryLeadsNowhere) {
  write_text(directory_ + "/secret", "secret");
  fs::create_symlink(directory_ + "/secret", repository() + "/skills/forms/link");
  commit();
  ASSERT_TRUE(create(with({text_turn("x")}, {source()})));
  EXPECT_EQ(life_->wait(life_->service().invoke(request("go"))).error().code, Code::kPermissionDenied);
}

// ---- the system prompt

// A model that answers at length and keeps what it was told.
class Told final : public StandIn {
 public:
  std::vector<std::vector<std::string>> systems;

  std::unique_ptr<model::Provider> make_provider() override { return std::make_unique<Model>(*this); }
  std::vector<Skill> skills() override { return {{"forms", "Knows forms."}}; }
  json::Value listed_tools(const std::string&) override { return {}; }
  model::Provider& summarizer() override { return summarizer_; }
  net::Task<CallEnd> run_call(const model::ToolUse&, const tool::Context&) override { co_return CallEnd{}; }
  net::Task<HookOutcome> answer_hook(const HookCall&, net::Cancellation) override { co_return HookOutcome{}; }

 private:
  struct Model : model::Provider {
    explicit Model(Told& t, bool s = false) : told(t), summarizes(s) {}
    net::Task<os::Result<>> converse(const model::ConverseRequest& request, const model::EventSink& sink,
                                     const net::Cancellation&) override {
      if (!summarizes) told.systems.push_back(request.system);
      sink(model::MessageStart{model::Role::kAssistant});
      sink(model::ContentBlockStart{0});
      sink(model::ContentBlockDelta{0, model::TextDelta{summarizes ? "Short." : std::string(14'000, 'a')}});
      sink(model::ContentBlockStop{0});
      sink(model::MessageStop{model::StopReason::kEndTurn});
      sink(model::Metadata{});
      co_return os::Result<>{};
    }
    Told& told;
    bool summarizes;
  };
  Model summarizer_{*this, true};
};

TEST_F(SessionSkillsTest, TheyAreInTheSystemPromptBeforeAndAfterACompaction) {
  Told told;
  Life life(directory_ + "/told", *clock_, model::PriceTable::builtin(), &told);
  Config config = with({}, {path_skill("forms")});
  config.system_prompt = {"Be brief."};
  config.truncation.strategy = TruncationStrategy::kSummarization;
  config.truncation.preserve_recent_messages = 1;
  config.model.context_window = 4096;
  ASSERT_TRUE(life.wait(life.service().create(std::move(config))));
  std::vector<journal::Event> events;
  for (const std::string& prompt :
       {std::string("Tell me a lot"), "And now this: " + std::string(6'000, 'y')}) {
    const auto invocation = life.wait(life.service().invoke(request(prompt)));
    ASSERT_TRUE(invocation) << invocation.error().to_string();
    events = life.finish(*invocation);
  }
  EXPECT_GT(count(events, "context.compacted"), 0u);
  ASSERT_EQ(told.systems.size(), 2u);
  for (const std::vector<std::string>& system : told.systems) {
    ASSERT_EQ(system.size(), 2u);
    EXPECT_EQ(system[0], "Be brief.");
    EXPECT_THAT(system[1], HasSubstr("- forms (/skills/forms/SKILL.md): Knows forms."));
  }
}

}  // namespace
}  // namespace soma::harness
