// Shells of a session: state between clients, what counts as work, and how they end.
#include "services/harness/harness_test_kit.h"
#include "services/harness/shell/shell_connection.h"

namespace soma::harness {
namespace {

using Kind = ShellNews::Kind;
using Connection = std::unique_ptr<ShellConnection>;

class ShellTest : public HarnessTest {
 protected:
  void start(os::Clock& clock) {
    life_ = std::make_unique<Life>(directory_ + "/data", clock);
    Config plain = config(script({text_turn("Done.")}));
    plain.sandbox = sandbox::Kind::kNone;  // what is tested here is no matter of the box
    const auto made = life_->wait(life_->service().create(plain));
    ASSERT_TRUE(made) << made.error().to_string();
    harness_id_ = (*made)->id;
  }
  void TearDown() override { life_.reset(); }

  os::Result<Connection> open(std::string shell_id) {
    ShellRequest request{.harness = "agent", .session_id = session_name(1), .shell_id = std::move(shell_id)};
    return life_->wait(life_->service().open_shell(std::move(request)));
  }
  void type(ShellConnection& shell, std::string keys) {
    EXPECT_TRUE(life_->wait(shell.type(std::move(keys))));
  }
  // Takes news until the text stands in what is printed, or something else than output comes.
  static net::Task<ShellNews> read_until(ShellConnection& shell, std::string text, std::string& printed) {
    while (text.empty() || !printed.contains(text)) {
      ShellNews news = co_await shell.next();
      if (news.kind != Kind::kOutput) co_return news;
      printed += news.output;
    }
    co_return ShellNews{};
  }
  std::string wait_for(ShellConnection& shell, std::string text) {
    std::string printed;
    const ShellNews news = life_->wait(read_until(shell, std::move(text), printed));
    EXPECT_EQ(news.kind, Kind::kOutput) << printed;
    return printed;
  }
  ShellNews end_of(ShellConnection& shell) {
    std::string printed;
    return life_->wait(read_until(shell, "", printed));
  }
  std::string run_id() const { return "session/" + harness_id_ + "/" + session_name(1); }
  std::vector<journal::Event> events() {
    return *life_->journal().read(run_id(), 1, journal::kMaxReadEvents);
  }
  // Events are noted behind the client's back: waits until there are so many. A virtual clock moves on, so
  // that a timer that was set late rings.
  std::vector<journal::Event> events_with(std::string_view type, size_t times) {
    while (count(events(), type) < times) virtual_clock_.advance(std::chrono::milliseconds(1));
    return events();
  }
  std::string status() { return life_->journal().get(run_id())->status; }

  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  os::VirtualClock virtual_clock_;
  std::unique_ptr<Life> life_;
  std::string harness_id_;
};

TEST_F(ShellTest, KeepsItsStateFromOneClientToTheNext) {
  start(*clock_);
  auto first = open("work");
  ASSERT_TRUE(first) << first.error().to_string();
  EXPECT_FALSE((*first)->reconnected());
  type(**first, "x=4711; echo set''up\r");
  wait_for(**first, "setup");
  first->reset();
  auto second = open("work");
  ASSERT_TRUE(second);
  EXPECT_TRUE((*second)->reconnected());
  EXPECT_EQ((*second)->dropped_bytes(), 0u);
  type(**second, "echo \"it is $x\"; exit 3\r");
  const std::string printed = wait_for(**second, "it is 4711");
  EXPECT_NE(printed.find("setup"), std::string::npos) << "what was printed before comes again";
  const ShellNews end = end_of(**second);
  EXPECT_EQ(end.kind, Kind::kEnd);
  EXPECT_EQ(end.end.why, ShellEnd::Why::kExited);
  EXPECT_EQ(end.end.exit_code, 3);
  const auto told = events_with(event::kShellFinished, 1);
  EXPECT_EQ(count(told, event::kShellStarted), 1u);
  EXPECT_EQ(count(told, event::kShellAttached), 2u);
  EXPECT_EQ(count(told, event::kShellDetached), 1u);
  EXPECT_EQ(body(told, event::kShellFinished).get("exitCode").int_or(-1), 3);
}

TEST_F(ShellTest, TwoShellsShareTheFilesAndNothingElse) {
  start(*clock_);
  auto one = open("one"), two = open("two");
  ASSERT_TRUE(one && two);
  type(**one, "x=secret; echo shared > file; echo do''ne\r");
  wait_for(**one, "done");
  type(**two, "echo \"[$x]\"; cat file\r");
  const std::string printed = wait_for(**two, "\nshared");
  EXPECT_NE(printed.find("[]"), std::string::npos);
}

TEST_F(ShellTest, TheLaterClientTakesTheShell) {
  start(*clock_);
  auto first = open("work");
  ASSERT_TRUE(first);
  auto second = open("work");
  ASSERT_TRUE(second);
  EXPECT_EQ(end_of(**first).kind, Kind::kTaken);
  first->reset();
  type(**second, "echo st''ill\r");
  wait_for(**second, "still");
}

TEST_F(ShellTest, ASessionHasALimitedNumber) {
  start(*clock_);
  std::vector<Connection> clients;
  for (size_t number = 0; number < kMaxShells; ++number) {
    auto client = open("shell" + std::to_string(number));
    ASSERT_TRUE(client);
    clients.push_back(std::move(*client));
  }
  const auto more = open("more");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, os::Code::kLimitExceeded);
  EXPECT_NE(more.error().message.find("kMaxShells"), std::string::npos);
  EXPECT_TRUE(open("shell0")) << "one of them can be taken over";
  clients.back().reset();
  EXPECT_TRUE(open("more"));
}

TEST_F(ShellTest, TheShellThatWasLeftFirstMakesRoom) {
  start(*clock_);
  for (size_t number = 0; number <= kMaxKeptShells; ++number) {
    ASSERT_TRUE(open("shell" + std::to_string(number)));
    events_with(event::kShellDetached, number + 1);
  }
  const auto told = events_with(event::kShellFinished, 1);
  EXPECT_EQ(body(told, event::kShellFinished).get("shellId").string_or(""), "shell0");
  EXPECT_EQ(count(told, event::kShellFinished), 1u);
}

TEST_F(ShellTest, EndsWithItsSession) {
  start(*clock_);
  auto shell = open("work");
  ASSERT_TRUE(shell);
  ASSERT_TRUE(life_->wait(life_->service().end_session("agent", session_name(1))));
  const ShellNews end = end_of(**shell);
  EXPECT_EQ(end.kind, Kind::kEnd);
  EXPECT_EQ(end.end.why, ShellEnd::Why::kEnded);
  shell->reset();
  const auto told = events();
  EXPECT_EQ(told.back().type, event::kSessionEnded);
  EXPECT_EQ(count(told, event::kShellFinished), 1u);
  EXPECT_EQ(status(), kStatusEnded);
  auto again = open("work");
  ASSERT_TRUE(again);
  EXPECT_FALSE((*again)->reconnected());
}

TEST_F(ShellTest, AClientCanEndIt) {
  start(*clock_);
  auto shell = open("work");
  ASSERT_TRUE(shell);
  life_->wait([](ShellConnection& ended) -> net::Task<int> {
    co_await ended.end();
    co_return 0;
  }(**shell));
  EXPECT_EQ(end_of(**shell).end.why, ShellEnd::Why::kEnded);
  events_with(event::kShellFinished, 1);
}

TEST_F(ShellTest, AStopOfSomaIsToldApart) {
  start(*clock_);
  auto shell = open("work");
  ASSERT_TRUE(shell);
  life_->service().stop();
  EXPECT_EQ(end_of(**shell).end.why, ShellEnd::Why::kStopped);
  EXPECT_EQ(count(events(), event::kShellFinished), 1u);
  EXPECT_EQ(status(), kStatusIdle) << "the session itself did not end";
}

TEST_F(ShellTest, SomebodyAttachedKeepsTheSessionAwakeUntilItsLifetimeEnds) {
  start(virtual_clock_);
  auto shell = open("work");
  ASSERT_TRUE(shell);
  const auto twice_idle = std::chrono::seconds(2 * kDefaultIdleTimeoutSeconds);
  virtual_clock_.advance(twice_idle);
  auto other = open("other");  // passes through the session: its timer has had its turn before
  ASSERT_TRUE(other);
  EXPECT_EQ(count(events(), event::kSessionEnded), 0u);
  other->reset();
  virtual_clock_.advance(std::chrono::seconds(kDefaultMaxLifetimeSeconds));
  const auto told = events_with(event::kSessionEnded, 1);
  EXPECT_EQ(body(told, event::kSessionEnded).get("reason").string_or(""), "max_lifetime");
  EXPECT_EQ(end_of(**shell).end.why, ShellEnd::Why::kEnded);
}

TEST_F(ShellTest, WithNobodyAttachedTheSessionFallsAsleepWithItsShells) {
  start(virtual_clock_);
  auto shell = open("work");
  ASSERT_TRUE(shell);
  shell->reset();
  events_with(event::kShellDetached, 1);
  virtual_clock_.advance(std::chrono::seconds(kDefaultIdleTimeoutSeconds));
  const auto told = events_with(event::kSessionEnded, 1);
  EXPECT_EQ(body(told, event::kSessionEnded).get("reason").string_or(""), "idle_timeout");
  EXPECT_EQ(count(told, event::kShellFinished), 1u);
}

}  // namespace
}  // namespace soma::harness
