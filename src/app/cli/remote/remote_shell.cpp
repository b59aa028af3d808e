// Three tasks on one loop: what comes from the shell is printed; what is typed is sent; a new size is sent.
// They share the line, and the first to see an end says how it ended.
#include "app/cli/remote/remote_shell.h"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <optional>

#include "app/cli/raw_terminal.h"
#include "app/cli/remote/api_client.h"
#include "services/harness/shell/shell_frames.h"

namespace soma::cli {
namespace {

namespace asio = boost::asio;
using harness::ShellChannel;
using os::Code;
using os::Result;
using How = RemoteShellEnd::How;

constexpr char kDetachKey = 0x1d;  // Ctrl-], as telnet and the managed service's command line have it
constexpr size_t kMaxKeysBytes = 32u << 10;

class Line : public std::enable_shared_from_this<Line> {
 public:
  Line(Terminal& terminal, int keyboard, RemoteShell shell) : terminal_(terminal), keyboard_(keyboard) {
    end_.shell = std::move(shell);
  }

  net::Task<Result<>> connect(std::string base_url) {
    const RemoteShell& shell = end_.shell;
    std::string url = base_url + with_query(api_path("/runtimes/{}/ws/shells", {shell.harness}),
                                            {{"shellId", shell.shell_id}});
    net::Headers headers;
    if (!shell.session_id.empty()) headers.set(std::string(kSessionHeader), shell.session_id);
    set_bearer_token(headers, shell.bearer_token);
    net::Response answer;
    net::WebSocketOptions options;
    options.answer = &answer;
    const net::Executor executor = co_await net::this_executor();
    auto socket = co_await net::connect_websocket(executor, std::move(url), std::move(headers), options);
    constexpr int kLowestRefusal = 300;
    if (!socket && answer.status >= kLowestRefusal)
      co_return std::unexpected(api_error(answer.status, answer.body));
    if (!socket) co_return std::unexpected(socket.error());
    end_.shell.session_id = answer.headers.get(kSessionHeader);
    end_.shell.shell_id = answer.headers.get(harness::kShellIdHeader);
    socket_ = std::move(*socket);
    co_return Result<>{};
  }

  net::Task<Result<RemoteShellEnd>> run() {
    const auto self = shared_from_this();
    const net::Executor executor = co_await net::this_executor();
    SOMA_CO_ASSIGN(os::Fd keys, open_keyboard(keyboard_));
    const RawTerminal raw(keyboard_, RawKeys::kAll);
    if (!raw.valid()) co_return os::fail_errno("cannot use the terminal", errno);
    keys_.emplace(executor, std::move(keys));
    net::spawn(executor, send_keys(self), "cli.shell.keys");
    net::spawn(executor, watch_signals(self), "cli.shell.signals");
    co_await send_size();
    co_await print();
    done_ = true;
    keys_->close();
    co_return end_;
  }

 private:
  net::Task<> print() {
    while (!said_) {
      const auto message = co_await socket_->read();
      if (said_) co_return;
      if (!message) co_return say(How::kLost);
      if (message->closed) {
        const bool taken = message->close_code == harness::kCloseTaken;
        co_return say(taken                                             ? How::kTaken
                      : message->close_code == harness::kCloseGoingAway ? How::kStopped
                                                                        : How::kClosed);
      }
      if (!message->payload.empty()) take(message->payload);
    }
  }

  void take(std::string_view frame) {
    const auto channel = static_cast<ShellChannel>(static_cast<uint8_t>(frame.front()));
    frame.remove_prefix(1);
    if (channel == ShellChannel::kOutput) terminal_.out(frame);
    if (channel == ShellChannel::kMessage) terminal_.error(frame);
    if (channel == ShellChannel::kClose) say(How::kClosed);
    if (channel != ShellChannel::kStatus) return;
    const auto status = harness::parse_status(frame);
    if (!status || !status->shell_id.empty()) return;
    end_.exit_code = status->exit_code;
    say(How::kExited);
  }

  void say(How how) {
    if (!std::exchange(said_, true)) end_.how = how;
  }

  net::Task<> send(ShellChannel channel, std::string_view payload) {
    const std::string frame = harness::shell_frame(channel, payload);
    static_cast<void>(co_await socket_->write(frame, true));  // a line that broke is noticed by print()
  }

  net::Task<> send_size() {
    const auto size = os::terminal_size(keyboard_);
    if (!size) co_return;
    const std::string frame = harness::resize_frame(*size);
    static_cast<void>(co_await socket_->write(frame, true));
  }

  net::Task<> leave() {
    say(How::kDetached);
    co_await socket_->close(harness::kCloseNormal, "detached");
  }

  static net::Task<> send_keys(std::shared_ptr<Line> self) {
    while (!self->done_) {
      const auto keys = co_await self->keys_->read_some(kMaxKeysBytes);
      if (!keys || keys->empty()) {
        if (!self->done_) co_await self->leave();  // the terminal itself is gone
        co_return;
      }
      const size_t detach = keys->find(kDetachKey);
      const std::string typed = keys->substr(0, detach);
      if (!typed.empty()) co_await self->send(ShellChannel::kInput, typed);
      if (detach != std::string::npos) co_return co_await self->leave();
    }
  }

  static net::Task<> watch_signals(std::shared_ptr<Line> self) {
    const net::Executor executor = co_await net::this_executor();
    asio::signal_set signals(executor, SIGWINCH, SIGTERM, SIGHUP);
    while (!self->done_) {
      const auto [error, signal] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error || self->done_) co_return;
      if (signal != SIGWINCH) co_return co_await self->leave();
      co_await self->send_size();
    }
  }

  Terminal& terminal_;
  int keyboard_;
  RemoteShellEnd end_;
  std::unique_ptr<net::WebSocket> socket_;
  std::optional<net::FdStream> keys_;
  bool said_ = false;  // how it ended
  bool done_ = false;
};

net::Task<Result<RemoteShellEnd>> run_line(std::shared_ptr<Line> line, std::string base_url) {
  SOMA_CO_TRY(co_await line->connect(std::move(base_url)));
  co_return co_await line->run();
}

}  // namespace

Result<RemoteShellEnd> run_remote_shell(Terminal& terminal, int keyboard, const Connection& connection,
                                        RemoteShell shell) {
  if (::isatty(keyboard) != 1 || !terminal.traits().out_is_terminal)
    return os::fail(Code::kInvalidArgument,
                    "an interactive shell needs a terminal to be typed at and shown on",
                    "leave --it away and give a command");
  return net::run(run_line(std::make_shared<Line>(terminal, keyboard, std::move(shell)), connection.url()));
}

}  // namespace soma::cli
