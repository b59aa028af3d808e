#include "services/harness/loop/run_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/os/scratch_directory.h"
#include "services/harness/session/events.h"

namespace soma::harness {
namespace {

constexpr const char* kRun = "session/h-1/s-1";

model::StreamEvent text(std::string piece) {
  return model::ContentBlockDelta{0, model::TextDelta{std::move(piece)}};
}

class RunWriterTest : public testing::Test {
 protected:
  RunWriterTest() {
    auto opened = journal::open_sqlite_journal({scratch_ / "journal.db"}, clock_);
    if (!opened) throw std::runtime_error(opened.error().to_string());
    journal_ = std::move(*opened);
    const auto made = net::run(journal_->create({.id = kRun, .kind = "session", .status = "running"}, {}));
    if (!made) throw std::runtime_error(made.error().to_string());
  }

  // The text of all stream events, in the order of the journal.
  std::string text_of_journal() {
    const auto events = journal_->read(kRun, 1, journal::kMaxReadEvents);
    std::string out;
    for (const journal::Event& event : *events) {
      const auto body = json::parse(event.body);
      for (const json::Value& entry : body->as_array())
        out += entry.get("contentBlockDelta").get("delta").get("text").string_or("");
    }
    return out;
  }

  os::ScratchDirectory scratch_;
  os::VirtualClock clock_;
  std::unique_ptr<journal::Journal> journal_;
};

// As a client sees a slow model: nobody waits in flush(), and each piece must go out by itself.
net::Task<std::string> stream_and_follow(journal::Journal& journal, int pieces) {
  const net::Executor executor = co_await net::this_executor();
  RunWriter writer(journal, executor, kRun, 0);
  const auto follower = journal.follow(executor, kRun, 1);
  std::string written;
  for (int piece = 0; piece < pieces; ++piece) {
    writer.stream(text(std::to_string(piece) + " "));
    written += std::to_string(piece) + " ";
    const auto seen = co_await follower->next();
    if (!seen || seen->size() != 1) co_return "piece " + std::to_string(piece) + " did not come alone";
  }
  co_return written;
}

TEST_F(RunWriterTest, EachPieceOfASlowStreamGoesOutByItself) {
  const std::string written = net::run(stream_and_follow(*journal_, 200));
  EXPECT_THAT(written, testing::StartsWith("0 1 2 "));
  EXPECT_EQ(text_of_journal(), written);
}

// Pieces come while appends are under way, with and without somebody who waits for them.
net::Task<std::string> stream_and_flush(journal::Journal& journal, int pieces) {
  const net::Executor executor = co_await net::this_executor();
  RunWriter writer(journal, executor, kRun, 0);
  std::string written;
  for (int piece = 0; piece < pieces; ++piece) {
    writer.stream(text(std::to_string(piece) + " "));
    written += std::to_string(piece) + " ";
    if (piece % 3 == 0) {
      writer.send_soon();
      const auto before = journal.get(kRun);  // blocks for a moment: the append may end now, or later
      if (!before) co_return before.error().to_string();
    }
    if (piece % 7 == 0) {
      const auto flushed = co_await writer.flush();
      if (!flushed) co_return flushed.error().to_string();
    }
  }
  const auto flushed = co_await writer.flush();
  co_return flushed ? written : flushed.error().to_string();
}

TEST_F(RunWriterTest, PiecesThatComeDuringAnAppendFollowIt) {
  const std::string written = net::run(stream_and_flush(*journal_, 2'000));
  EXPECT_THAT(written, testing::EndsWith("1999 "));
  EXPECT_EQ(text_of_journal(), written);
}

net::Task<std::vector<os::Result<>>> write_after_another(journal::Journal& journal) {
  const net::Executor executor = co_await net::this_executor();
  RunWriter writer(journal, executor, kRun, 0);
  std::vector<journal::NewEvent> theirs;
  theirs.push_back({"other", "[]"});
  const auto appended = co_await journal.append(kRun, 0, std::move(theirs));
  std::vector<os::Result<>> outcomes;
  if (!appended) co_return outcomes;
  for (int attempt = 0; attempt < 2; ++attempt) {
    writer.stream(text("lost"));
    outcomes.push_back(co_await writer.flush());
  }
  co_return outcomes;
}

TEST_F(RunWriterTest, AFailedAppendFailsEverythingAfterIt) {
  const std::vector<os::Result<>> outcomes = net::run(write_after_another(*journal_));
  ASSERT_EQ(outcomes.size(), 2u);
  for (const os::Result<>& outcome : outcomes) {
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, os::Code::kConflict);
  }
  EXPECT_EQ(text_of_journal(), "");
}

}  // namespace
}  // namespace soma::harness
