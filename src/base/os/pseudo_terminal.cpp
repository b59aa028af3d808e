#include "base/os/pseudo_terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>

namespace soma::os {

Result<PseudoTerminal> open_pseudo_terminal(TerminalSize size) {
  PseudoTerminal made{.controller = Fd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), .path = {}};
  if (!made.controller.valid()) return fail_errno("make a pseudo terminal", errno);
  std::array<char, 256> path{};
  if (grantpt(made.controller.get()) != 0 || unlockpt(made.controller.get()) != 0 ||
      ptsname_r(made.controller.get(), path.data(), path.size()) != 0)
    return fail_errno("open a pseudo terminal", errno);
  made.path = path.data();
  SOMA_TRY(resize_terminal(made.controller.get(), size));
  return made;
}

Result<> resize_terminal(int controller, TerminalSize size) {
  const winsize wanted{.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (ioctl(controller, TIOCSWINSZ, &wanted) != 0) return fail_errno("set a terminal's size", errno);
  return {};
}

std::optional<TerminalSize> terminal_size(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return std::nullopt;
  return TerminalSize{.columns = size.ws_col, .rows = size.ws_row};
}

}  // namespace soma::os
