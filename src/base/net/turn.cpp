#include "base/net/turn.h"

namespace soma::net {

struct Turn::Waiting {
  explicit Waiting(const Executor& executor) : called(executor) {}
  Notifier called;
  bool granted = false;
  bool abandoned = false;
};

// release() hands the turn over while it stays taken, so nobody can slip in between. Who is cancelled while
// waiting passes it on.
Task<Turn::Holder> Turn::take() {
  if (!taken_) {
    taken_ = true;
    co_return Holder(this);
  }
  Executor executor = co_await this_executor();
  auto waiting = std::make_shared<Waiting>(executor);
  queue_.push_back(waiting);
  struct Leave {
    Turn* turn;
    Waiting& waiting;
    ~Leave() {
      waiting.abandoned = true;
      if (turn != nullptr && waiting.granted) turn->release();
    }
  } leave{this, *waiting};
  co_await waiting->called.wait();
  leave.turn = nullptr;
  co_return Holder(this);
}

void Turn::release() {
  while (!queue_.empty()) {
    const auto next = std::move(queue_.front());
    queue_.pop_front();
    if (next->abandoned) continue;
    next->granted = true;
    next->called.notify();
    return;
  }
  taken_ = false;
}

}  // namespace soma::net
