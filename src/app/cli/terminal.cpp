#include "app/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/os/os.h"

namespace soma::cli {
namespace {

constexpr std::array<std::string_view, 10> kSpinner = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr int kExitBrokenPipe = 141;  // as a shell shows a program that SIGPIPE ended

void write_fully(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      // Nobody reads any more. What was acknowledged is durable, so leaving at once loses nothing.
      if (errno == EPIPE) ::_exit(kExitBrokenPipe);
      return;
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
}

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

Terminal Terminal::of_process() {
  Traits traits;
  const char* kind = std::getenv("TERM");
  const bool dumb = kind != nullptr && std::string_view(kind) == "dumb";
  traits.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  traits.error_is_terminal = ::isatty(STDERR_FILENO) == 1 && !dumb;
  traits.colour = traits.error_is_terminal && !is_set("NO_COLOR");
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) traits.columns = size.ws_col;
  return Terminal([](std::string_view text) { write_fully(STDOUT_FILENO, text); },
                  [](std::string_view text) { write_fully(STDERR_FILENO, text); }, traits);
}

Terminal::Terminal(Sink out, Sink error, Traits traits)
    : out_(std::move(out)), error_(std::move(error)), traits_(traits) {}

void Terminal::out(std::string_view text) {
  if (text.empty()) return;
  erase_live();
  out_(text);
  out_line_open_ = text.back() != '\n';
  if (!out_line_open_) draw_live();
}

void Terminal::out_line(std::string_view line) {
  std::string text(line);
  text += '\n';
  out(text);
}

void Terminal::end_out_line() {
  if (out_line_open_) out("\n");
}

void Terminal::error(std::string_view text) {
  if (text.empty()) return;
  erase_live();
  error_(text);
}

void Terminal::note(std::string_view line) {
  erase_live();
  if (out_line_open_ && traits_.out_is_terminal && traits_.error_is_terminal) out("\n");
  std::string text(line);
  text += '\n';
  erase_live();
  error_(text);
  draw_live();
}

void Terminal::live(std::string_view text) {
  if (!traits_.error_is_terminal || live_ == text) return;
  if (!question_.empty()) {
    live_ = text;
    return;
  }
  erase_live();
  live_ = text;
  draw_live();
}

void Terminal::ask(std::string_view question) {
  erase_live();
  question_ = question;
  draw_live();
}

void Terminal::question_answered() {
  question_.clear();
  live_drawn_ = false;
  draw_live();
}

void Terminal::tick() {
  ++step_;
  if (!live_drawn_ || !question_.empty()) return;
  erase_live();
  draw_live();
}

void Terminal::erase_live() {
  if (!live_drawn_) return;
  error_("\r\x1b[K");
  live_drawn_ = false;
}

void Terminal::draw_live() {
  if (!question_.empty() && traits_.error_is_terminal) {
    error_(question_);
    live_drawn_ = true;
    return;
  }
  // Text that streams to the same terminal owns the last line until it ends.
  if (live_.empty() || !traits_.error_is_terminal || (out_line_open_ && traits_.out_is_terminal)) return;
  const size_t room = traits_.columns > 4 ? traits_.columns - 4 : 1;
  error_(fmt::format("{} {}", dim(kSpinner[step_ % kSpinner.size()]), os::utf8_prefix(live_, room)));
  live_drawn_ = true;
}

std::string Terminal::styled(std::string_view code, std::string_view text) const {
  if (!traits_.colour) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}
std::string Terminal::dim(std::string_view text) const {
  return styled("2", text);
}
std::string Terminal::bold(std::string_view text) const {
  return styled("1", text);
}
std::string Terminal::green(std::string_view text) const {
  return styled("32", text);
}
std::string Terminal::red(std::string_view text) const {
  return styled("31", text);
}
std::string Terminal::yellow(std::string_view text) const {
  return styled("33", text);
}

}  // namespace soma::cli
