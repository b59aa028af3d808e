// A queue for one thing that one task at a time may use: a socket's writing side, a session's beginning.
// Tasks of one loop only.
#pragma once

#include <deque>
#include <memory>

#include "base/net/task.h"

namespace soma::net {

class Turn {
 public:
  // Gives the turn to the next in the queue when destroyed.
  class Holder {
   public:
    explicit Holder(Turn* turn) : turn_(turn) {}
    Holder(Holder&& other) noexcept : turn_(std::exchange(other.turn_, nullptr)) {}
    Holder& operator=(Holder&&) = delete;
    ~Holder() {
      if (turn_ != nullptr) turn_->release();
    }

   private:
    Turn* turn_;
  };

  Task<Holder> take();
  bool taken() const { return taken_; }

 private:
  struct Waiting;
  void release();

  bool taken_ = false;
  std::deque<std::shared_ptr<Waiting>> queue_;
};

}  // namespace soma::net
