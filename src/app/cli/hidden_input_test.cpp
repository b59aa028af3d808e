#include "app/cli/hidden_input.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <thread>

namespace soma::cli {
namespace {

constexpr size_t kMaxBytes = 10'000;

// A terminal with somebody at it.
class HiddenInputTest : public ::testing::Test {
 protected:
  void SetUp() override {
    person_ = os::Fd(::posix_openpt(O_RDWR | O_NOCTTY));
    ASSERT_GE(person_.get(), 0);
    ASSERT_EQ(::grantpt(person_.get()), 0);
    ASSERT_EQ(::unlockpt(person_.get()), 0);
    program_ = os::Fd(::open(::ptsname(person_.get()), O_RDWR | O_NOCTTY));
    ASSERT_GE(program_.get(), 0);
  }
  // What read_hidden_line makes of these keys.
  os::Result<std::string> typed(std::string_view keys) {
    std::thread person([this, keys] {
      // The keys come once nothing is shown any more, as from somebody who reads the question first.
      while (local_flags() & ICANON) std::this_thread::yield();
      for (std::string_view rest = keys; !rest.empty();) {
        const ssize_t put = ::write(person_.get(), rest.data(), std::min<size_t>(rest.size(), 1024));
        if (put <= 0) return;
        rest.remove_prefix(static_cast<size_t>(put));
      }
    });
    auto line = read_hidden_line(program_.get(), kMaxBytes);
    person.join();
    return line;
  }
  tcflag_t local_flags() const {
    termios settings{};
    EXPECT_EQ(::tcgetattr(program_.get(), &settings), 0);
    return settings.c_lflag;
  }
  bool anything_shown() const {
    pollfd look{person_.get(), POLLIN, 0};
    return ::poll(&look, 1, 0) > 0;
  }
  os::Fd person_, program_;
};

TEST_F(HiddenInputTest, WhatIsTypedIsReadAndNotShown) {
  const tcflag_t before = local_flags();
  EXPECT_EQ(typed("sekret\r"), "sekret");
  EXPECT_FALSE(anything_shown());
  EXPECT_EQ(local_flags(), before) << "the terminal is as it was";
}

TEST_F(HiddenInputTest, SlipsCanBeCorrected) {
  EXPECT_EQ(typed("sekrez\x7ft\n"), "sekret");
  EXPECT_EQ(typed("a\xC3\xA9\x08\n"), "a") << "a character of two bytes";
  EXPECT_EQ(typed("wrong\x15right\n"), "right");
}

TEST_F(HiddenInputTest, CtrlCAndCtrlDCancel) {
  EXPECT_EQ(typed("half\x03").error().code, os::Code::kCancelled);
  EXPECT_EQ(typed("\x04").error().code, os::Code::kCancelled);
  EXPECT_EQ(typed("whole\x04"), "whole");
}

// A terminal that reads by lines keeps 4095 bytes of one and drops the rest without a word.
TEST_F(HiddenInputTest, ALongValueIsReadWhole) {
  const std::string value(9'000, 'k');
  EXPECT_EQ(typed(value + "\r"), value);
}

TEST_F(HiddenInputTest, SizesAreBounded) {
  EXPECT_EQ(typed(std::string(kMaxBytes + 1, 'k')).error().code, os::Code::kLimitExceeded);
}

TEST(ReadToEnd, TakesWhatAPipeHas) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  os::Fd out(ends[0]), in(ends[1]);
  ASSERT_EQ(::write(in.get(), "two\nlines\n", 10), 10);
  in = os::Fd();
  EXPECT_EQ(read_to_end(out.get(), 10), "two\nlines\n");
  EXPECT_EQ(read_to_end(out.get(), 10), "") << "nothing more";
  ASSERT_EQ(::pipe(ends), 0);
  os::Fd long_out(ends[0]), long_in(ends[1]);
  ASSERT_EQ(::write(long_in.get(), "two\nlines\n", 10), 10);
  long_in = os::Fd();
  EXPECT_EQ(read_to_end(long_out.get(), 9).error().code, os::Code::kLimitExceeded);
}

}  // namespace
}  // namespace soma::cli
