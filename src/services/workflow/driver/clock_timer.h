// A timer of the clock that is set as long as this lives.
#pragma once

#include <functional>
#include <utility>

#include "base/os/os.h"

namespace soma::workflow {

class ClockTimer {
 public:
  ClockTimer(os::Clock& clock, os::Time when, std::function<void()> action)
      : clock_(clock), id_(clock.call_at(when, std::move(action))) {}
  ~ClockTimer() { clock_.cancel(id_); }
  ClockTimer(const ClockTimer&) = delete;
  ClockTimer& operator=(const ClockTimer&) = delete;

 private:
  os::Clock& clock_;
  os::Clock::TimerId id_;
};

}  // namespace soma::workflow
