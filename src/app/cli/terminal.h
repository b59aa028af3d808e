// Where output goes: stdout for data, stderr for the rest, and one live line at the bottom of a terminal.
//
// A terminal gets colour and the live line; a pipe gets plain text in the same words. When both streams are
// the same terminal, text that does not end in a line break is ended before a note is written, so that lines
// never run into each other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace soma::cli {

// One thread at a time.
class Terminal {
 public:
  using Sink = std::function<void(std::string_view)>;
  struct Traits {
    bool out_is_terminal = false;
    bool error_is_terminal = false;
    bool colour = false;  // of stderr
    size_t columns = 80;
  };

  // The process's own streams. NO_COLOR and TERM=dumb turn colour off. A reader that went away ends the
  // process.
  static Terminal of_process();
  Terminal(Sink out, Sink error, Traits traits);

  const Traits& traits() const { return traits_; }

  void out(std::string_view text);
  void out_line(std::string_view line);
  // Ends stdout's line when it is open.
  void end_out_line();
  // Text on stderr as it is (a command's own output).
  void error(std::string_view text);
  // One line on stderr.
  void note(std::string_view line);
  // Replaces the live line; an empty text removes it. Nothing happens on a pipe.
  void live(std::string_view text);
  // Turns the live line's spinner by one step.
  void tick();

  // A question at the bottom of the terminal, in place of the live line: what is printed meanwhile stands
  // above it. The cursor stays behind it. An empty text removes it.
  void ask(std::string_view question);
  // The person ended the question's line: it stays, and the live line comes back below.
  void question_answered();

  // Styles for notes: the text itself where there is no colour.
  std::string dim(std::string_view text) const;
  std::string bold(std::string_view text) const;
  std::string green(std::string_view text) const;
  std::string red(std::string_view text) const;
  std::string yellow(std::string_view text) const;

 private:
  std::string styled(std::string_view code, std::string_view text) const;
  void erase_live();
  void draw_live();

  Sink out_;
  Sink error_;
  Traits traits_;
  std::string live_, question_;
  bool live_drawn_ = false;
  bool out_line_open_ = false;
  uint32_t step_ = 0;
};

}  // namespace soma::cli
