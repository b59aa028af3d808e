#include "services/harness/shell/shell_connection.h"

#include <boost/asio/post.hpp>

#include "base/net/on_loop.h"

namespace soma::harness {
namespace {

net::Task<os::Result<>> resize_shell(std::shared_ptr<Shell> shell, os::TerminalSize size) {
  co_return shell->resize(size);
}

net::Task<> end_shell(std::shared_ptr<Shell> shell) {
  shell->end({.why = ShellEnd::Why::kEnded, .words = "the shell was closed"});
  co_return;
}

}  // namespace

ShellConnection::ShellConnection(Place place, std::shared_ptr<Shell> shell,
                                 std::shared_ptr<ShellFeed::View> view, bool reconnected)
    : place_(std::move(place)), shell_(std::move(shell)), view_(std::move(view)), reconnected_(reconnected) {}

ShellConnection::~ShellConnection() {
  detach();
}

void ShellConnection::detach() {
  view_->detach();
  if (auto on_detached = std::exchange(place_.on_detached, {}))
    boost::asio::post(place_.session, std::move(on_detached));
}

net::Task<os::Result<>> ShellConnection::type(std::string keys) {
  net::Task<os::Result<>> work = Shell::type(shell_, std::move(keys));
  co_return co_await net::on_loop(place_.session, std::move(work));
}

net::Task<os::Result<>> ShellConnection::resize(os::TerminalSize size) {
  net::Task<os::Result<>> work = resize_shell(shell_, size);
  co_return co_await net::on_loop(place_.session, std::move(work));
}

net::Task<> ShellConnection::end() {
  net::Task<> work = end_shell(shell_);
  co_await net::on_loop(place_.session, std::move(work));
}

}  // namespace soma::harness
