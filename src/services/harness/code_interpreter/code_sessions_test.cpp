#include "services/harness/code_interpreter/code_sessions.h"

#include "services/harness/code_interpreter/code_session.h"
#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using json::object;
using json::Value;

TEST(CodeOutput, KeepsWhatFitsAndCountsTheRest) {
  CodeOutput output;
  output.add(sandbox::Stream::kStdout, std::string(kMaxCodeOutputBytes - 1, 'x'));
  output.add(sandbox::Stream::kStdout, "ab");
  output.add(sandbox::Stream::kStdout, "cd");
  output.add(sandbox::Stream::kStderr, "\xff");
  EXPECT_EQ(output.text(sandbox::Stream::kStdout).substr(kMaxCodeOutputBytes - 2),
            "xa\n[3 more bytes were dropped (kMaxCodeOutputBytes)]\n");
  EXPECT_EQ(output.text(sandbox::Stream::kStderr), "\xef\xbf\xbd");
}

class CodeSessionsTest : public HarnessTest {
 protected:
  void SetUp() override {
    const auto launcher = os::make_process_launcher();
    if (const auto box = sandbox::probe(*launcher); !box.available) GTEST_SKIP() << box.reason;
    life_ = std::make_unique<Life>(directory_ + "/data", clock_);
    begin();
  }
  void TearDown() override {
    if (sessions_) sessions_->stop();
    sessions_.reset();
    life_.reset();
  }
  void begin() {
    sessions_ = std::make_unique<CodeSessions>(life_->dependencies());
    sessions_->start();
  }
  std::string open(StartTimedSession request = {.timeout_seconds = 900},
                   std::vector<MountSource> mounts = {}) {
    const auto made = life_->wait(sessions_->open({std::move(request), std::move(mounts)}));
    EXPECT_TRUE(made) << made.error().to_string();
    return made ? made->session_id : "";
  }
  os::Result<Value> call(const std::string& session, std::string name, Value arguments) {
    return life_->wait(sessions_->call(session, std::move(name), std::move(arguments)));
  }
  // A virtual clock moves on, so that a timer that was set late rings.
  void wait_for_end(const std::string& session) {
    while (sessions_->get(session)->ready) clock_.advance(std::chrono::milliseconds(1));
  }

  os::VirtualClock clock_;
  std::unique_ptr<Life> life_;
  std::unique_ptr<CodeSessions> sessions_;
};

TEST_F(CodeSessionsTest, AnAccessPointOutlivesTheSessionAndItsFilesAreReadThere) {
  const Value wanted = json::array(
      {object({{"efsConfiguration",
                object({{"accessPointArn",
                         "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0123456789"},
                        {"fileSystemArn",
                         "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-0123456789"},
                        {"mountPath", "/mnt/team"}})}})});
  const auto mounts = code_mounts_from_json(wanted);
  ASSERT_TRUE(mounts) << mounts.error().to_string();
  const std::string first = open({.timeout_seconds = 900}, *mounts);
  EXPECT_EQ(CodeSessions::mounts_of(*sessions_->get(first)), wanted);
  const Value file = object({{"path", "/mnt/team/in/note"}, {"text", "words"}});
  ASSERT_TRUE(call(first, "writeFiles", object({{"content", json::array({file})}})));
  ASSERT_TRUE(life_->wait(sessions_->close(first)));
  const std::string second = open({.timeout_seconds = 900}, *mounts);
  const Value read = *call(second, "readFiles", object({{"paths", json::array({"/mnt/team/in/note"})}}));
  EXPECT_EQ(read.get("content").at(0).get("resource").get("text"), Value("words")) << json::write(read);
  EXPECT_EQ(read.get("content").at(0).get("resource").get("uri"), Value("file:///mnt/team/in/note"));
  const Value list = *call(second, "listFiles", object({{"directoryPath", "/mnt/team"}}));
  EXPECT_EQ(list.get("content").at(0).get("uri"), Value("file:///mnt/team/in")) << json::write(list);
  const Value ran = *call(second, "executeCommand", object({{"command", "cat /mnt/team/in/note"}}));
  EXPECT_EQ(ran.get("structuredContent").get("stdout"), Value("words"));
}

TEST_F(CodeSessionsTest, ASessionEndsAfterItsTimeWithItsFiles) {
  const std::string session = open({.timeout_seconds = 60});
  ASSERT_TRUE(call(session, "executeCommand", object({{"command", "echo x > file"}})));
  const std::string file = directory_ + "/data/code-interpreter/" + session + "/workspace/file";
  EXPECT_TRUE(std::filesystem::exists(file));
  clock_.advance(std::chrono::seconds(60));
  wait_for_end(session);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(call(session, "listFiles", object({})).error().code, os::Code::kNotFound);
}

TEST_F(CodeSessionsTest, CallsAndTasksOfASessionAreLimited) {
  const std::string session = open();
  for (size_t task = 0; task < kMaxCodeCalls; ++task)
    ASSERT_TRUE(call(session, "startCommandExecution", object({{"command", "sleep 1000"}})));
  const auto more = call(session, "listFiles", object({}));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, os::Code::kLimitExceeded);
}

TEST_F(CodeSessionsTest, WhatAnEarlierLifeLeftOpenIsEnded) {
  const std::string session = open();
  ASSERT_TRUE(sessions_->get(session)->ready);
  // The one before is never told: it went the way of a killed process.
  auto killed = std::move(sessions_);
  begin();
  wait_for_end(session);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/data/code-interpreter/" + session));
  killed->stop();
}

TEST_F(CodeSessionsTest, ItsRunHasEachCall) {
  const std::string session = open({.name = "mine", .timeout_seconds = 900});
  ASSERT_TRUE(call(session, "executeCommand", object({{"command", "false"}})));
  ASSERT_FALSE(call(session, "nothing", object({})));
  ASSERT_TRUE(life_->wait(sessions_->close(session)));
  const auto events = *life_->journal().read("code-interpreter/" + session, 1, 100);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(body(events, "interpreter.started").get("name").string_or(""), "mine");
  EXPECT_EQ(body(events, "interpreter.called").get("isError").bool_or(false), true);
  EXPECT_NE(body(events, "interpreter.called", 1).get("error").string_or("").find("no tool 'nothing'"),
            std::string_view::npos);
  EXPECT_EQ(body(events, "interpreter.ended").get("reason").string_or(""), "stopped");
}

}  // namespace
}  // namespace soma::harness
