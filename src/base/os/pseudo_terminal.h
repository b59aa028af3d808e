// A terminal that a program is the user of: what a shell needs for its prompt, Ctrl-C and job control.
#pragma once

#include <cstdint>
#include <string>

#include "base/os/process.h"

namespace soma::os {

struct TerminalSize {
  uint16_t columns = 80, rows = 24;
  bool operator==(const TerminalSize&) const = default;
};

// Both ends are the caller's. What is written to `controller` is typed at the terminal, what is read from it
// was printed there; EIO says that nobody has the terminal open any more.
struct PseudoTerminal {
  Fd controller;
  std::string path;  // of the terminal, for ProcessSpec::terminal
};
Result<PseudoTerminal> open_pseudo_terminal(TerminalSize size);

// The program in the foreground is told by SIGWINCH.
Result<> resize_terminal(int controller, TerminalSize size);

// Of the terminal that this descriptor is; nothing when it is none, or does not know its size.
std::optional<TerminalSize> terminal_size(int descriptor);

}  // namespace soma::os
