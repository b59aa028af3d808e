#include "services/harness/shell/shell.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::harness {
namespace {

// What full-screen programs may expect of the terminals that people look through.
constexpr std::string_view kTerminalKind = "xterm-256color";

}  // namespace

Shell::Shell(std::string id, std::unique_ptr<sandbox::BoxedProcess> process, const net::Executor& executor,
             os::Time now)
    : id_(std::move(id)),
      process_(std::move(process)),
      feed_(std::make_shared<ShellFeed>(executor)),
      started_(now) {}

net::Task<os::Result<std::shared_ptr<Shell>>> Shell::start(std::string id, sandbox::Sandbox& sandbox,
                                                           const net::Executor& executor,
                                                           os::TerminalSize size, os::Time now) {
  sandbox::Command command;
  command.arguments = {"bash"};
  command.terminal = size;
  // The history stays in memory: a file of it would lie among the session's own.
  command.environment = {{"TERM", std::string(kTerminalKind)}, {"HISTFILE", ""}};
  SOMA_CO_ASSIGN(std::unique_ptr<sandbox::BoxedProcess> process, co_await sandbox.start(std::move(command)));
  co_return std::make_shared<Shell>(std::move(id), std::move(process), executor, now);
}

net::Task<> Shell::run(std::shared_ptr<Shell> shell) {
  while (true) {
    const auto piece = co_await shell->process_->read();
    if (!piece) break;
    shell->feed_->append(piece->second);
    co_await shell->feed_->wait_for_room();
  }
  ShellEnd end{.why = ShellEnd::Why::kExited, .exit_code = shell->process_->exit_code()};
  if (const auto& limits = shell->process_->exceeded(); !limits.empty())
    end.words = fmt::format("the shell was ended: limit exceeded: {}", os::join(limits, ", "));
  shell->feed_->finish(std::move(end));
}

void Shell::end(ShellEnd why) {
  feed_->finish(std::move(why));
  process_->kill();
}

net::Task<os::Result<>> Shell::type(std::shared_ptr<Shell> shell, std::string keys) {
  co_return co_await shell->process_->write(keys);
}

std::shared_ptr<Shell> Shells::find(std::string_view id) const {
  const auto found = std::ranges::find_if(shells_, [id](const auto& shell) { return shell->id() == id; });
  return found == shells_.end() ? nullptr : *found;
}

void Shells::end_all(const ShellEnd& why) {
  for (const auto& shell : shells_) shell->end(why);
}

bool Shells::leave(const std::shared_ptr<Shell>& shell) {
  const auto found = std::ranges::find(shells_, shell);
  if (found == shells_.end()) return false;
  std::rotate(found, found + 1, shells_.end());
  return true;
}

void Shells::make_room() {
  if (shells_.size() < kMaxKeptShells) return;
  const auto first =
      std::ranges::find_if(shells_, [](const auto& shell) { return !shell->feed()->attached(); });
  if (first != shells_.end())
    (*first)->end({.why = ShellEnd::Why::kEnded, .words = "the shell was closed to make room for another"});
}

size_t Shells::attached() const {
  return static_cast<size_t>(
      std::ranges::count_if(shells_, [](const auto& shell) { return shell->feed()->attached(); }));
}

}  // namespace soma::harness
