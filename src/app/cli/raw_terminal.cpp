#include "app/cli/raw_terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace soma::cli {

RawTerminal::RawTerminal(int descriptor, RawKeys keys) : descriptor_(descriptor) {
  valid_ = ::tcgetattr(descriptor_, &before_) == 0;
  if (!valid_) return;
  termios raw = before_;
  if (keys == RawKeys::kAll) {
    ::cfmakeraw(&raw);
  } else {
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  }
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  valid_ = ::tcsetattr(descriptor_, TCSADRAIN, &raw) == 0;
}

RawTerminal::~RawTerminal() {
  if (valid_) ::tcsetattr(descriptor_, TCSADRAIN, &before_);
}

os::Result<os::Fd> open_keyboard(int descriptor) {
  std::string name(4096, '\0');
  if (const int failed = ::ttyname_r(descriptor, name.data(), name.size()); failed != 0)
    return os::fail_errno("cannot tell which terminal this is", failed);
  const int opened = ::open(name.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) return os::fail_errno("cannot read from the terminal", errno);
  return os::Fd(opened);
}

}  // namespace soma::cli
