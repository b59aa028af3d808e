#include "app/cli/terminal.h"

#include <gtest/gtest.h>

#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

constexpr Terminal::Traits kBothTerminals{true, true, false, 20};

TEST(Terminal, DrawsNoLiveLineOnAPipe) {
  PrintedText printed;
  Terminal terminal = printed.terminal();
  terminal.live("working");
  terminal.tick();
  terminal.note("done");
  EXPECT_EQ(printed.error, "done\n");
}

TEST(Terminal, ErasesTheLiveLineBeforeAnythingElse) {
  PrintedText printed;
  Terminal terminal = printed.terminal(kBothTerminals);
  terminal.live("working");
  terminal.out("text\n");
  terminal.live("");
  EXPECT_EQ(printed.out, "text\n");
  EXPECT_EQ(printed.error, "⠋ working\r\x1b[K⠋ working\r\x1b[K");
}

TEST(Terminal, CutsTheLiveLineToTheTerminalsWidth) {
  PrintedText printed;
  Terminal terminal = printed.terminal(kBothTerminals);
  terminal.live(std::string(100, 'x'));
  EXPECT_EQ(printed.error, "⠋ " + std::string(16, 'x'));
}

TEST(Terminal, EndsAnOpenLineBeforeANoteOnTheSameTerminal) {
  PrintedText printed;
  Terminal terminal = printed.terminal(kBothTerminals);
  terminal.out("half a line");
  terminal.note("note");
  EXPECT_EQ(printed.out, "half a line\n");
}

TEST(Terminal, LeavesAPipesDataAlone) {
  PrintedText printed;
  Terminal terminal = printed.terminal({false, true, false, 80});
  terminal.out("half a line");
  terminal.note("note");
  EXPECT_EQ(printed.out, "half a line");
}

TEST(Terminal, KeepsAQuestionBelowWhatIsPrintedUntilItIsAnswered) {
  PrintedText printed;
  Terminal terminal = printed.terminal(kBothTerminals);
  terminal.live("working");
  terminal.ask("sure? ");
  EXPECT_EQ(printed.error, "⠋ working\r\x1b[Ksure? ");
  printed.error.clear();
  terminal.tick();
  terminal.live("waiting");
  EXPECT_EQ(printed.error, "") << "what is being typed is left alone";
  terminal.note("news");
  EXPECT_EQ(printed.error, "\r\x1b[Knews\nsure? ");
  printed.error.clear();
  terminal.question_answered();
  EXPECT_EQ(printed.error, "⠙ waiting");
}

}  // namespace
}  // namespace soma::cli
