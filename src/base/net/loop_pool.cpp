#include <boost/asio/executor_work_guard.hpp>
#include <functional>
#include <thread>

#include "base/net/signals.h"
#include "base/net/task.h"

namespace soma::net {

namespace asio = boost::asio;

namespace {

// Lets all loops drop their tasks before any loop goes away: a task of one may hold a socket or timer of
// another.
class Loop : public asio::io_context {
 public:
  Loop() : asio::io_context(1) {}
  void drop_tasks() { shutdown(); }
};

void run_loop(Loop& loop) {
  for (;;) {
    try {
      loop.run();
      return;
    } catch (const std::exception& error) {
      os::log(os::Level::kError, "loop.handler.failed", {{"error", error.what()}});
    }
  }
}

// FNV-1a: the same key gives the same loop in every process with as many loops.
uint64_t hash_of(std::string_view key) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : key) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return hash;
}

}  // namespace

struct LoopPool::State {
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  std::vector<std::thread> threads;
};

LoopPool::LoopPool(size_t loops) : state_(std::make_unique<State>()) {
  ignore_sigpipe();
  for (size_t i = 0; i < std::max<size_t>(loops, 1); ++i) state_->loops.push_back(std::make_unique<Loop>());
}

LoopPool::~LoopPool() {
  stop();
  for (auto& loop : state_->loops) loop->drop_tasks();
}

size_t LoopPool::size() const {
  return state_->loops.size();
}

asio::io_context& LoopPool::loop(size_t index) {
  return *state_->loops.at(index);
}

Executor LoopPool::executor(size_t index) {
  return loop(index).get_executor();
}

Executor LoopPool::executor_for(std::string_view key) {
  return executor(hash_of(key) % size());
}

void LoopPool::start() {
  if (running()) return;
  for (auto& loop : state_->loops) {
    loop->restart();
    state_->guards.push_back(asio::make_work_guard(loop->get_executor()));
    state_->threads.emplace_back([&loop = *loop] { run_loop(loop); });
  }
}

void LoopPool::stop() {
  state_->guards.clear();
  for (auto& loop : state_->loops) loop->stop();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
}

bool LoopPool::running() const {
  return !state_->threads.empty();
}

}  // namespace soma::net
