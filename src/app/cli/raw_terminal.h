// A terminal that hands over each key and shows none, for as long as this lives.
#pragma once

#include <termios.h>

#include "base/os/os.h"

namespace soma::cli {

enum class RawKeys {
  kInput,  // what is typed; what programs print still ends its lines as always
  kAll,    // nothing is translated, either way: the other end is a terminal itself
};

// The terminal is as before afterwards. Not for a process that ends by a signal which nobody catches.
class RawTerminal {
 public:
  RawTerminal(int descriptor, RawKeys keys);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  // False: it is no terminal, errno says more.
  bool valid() const { return valid_; }

 private:
  int descriptor_;
  termios before_{};
  bool valid_ = false;
};

// The terminal `descriptor` opened anew for reading: waiting for a descriptor makes it non-blocking, and the
// one that the process was given is shared with its other streams and with the shell.
os::Result<os::Fd> open_keyboard(int descriptor);

}  // namespace soma::cli
