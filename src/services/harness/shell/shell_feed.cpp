#include "services/harness/shell/shell_feed.h"

#include <algorithm>

namespace soma::harness {

void ShellFeed::append(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  buffer_.append(bytes);
  if (view_) view_->news_.notify();
}

void ShellFeed::finish(ShellEnd end) {
  const std::lock_guard lock(mutex_);
  if (!end_) end_ = std::move(end);
  if (view_) view_->news_.notify();
}

net::Task<> ShellFeed::wait_for_room() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (!view_ || buffer_.end() - view_->place_ < kShellReplayBytes / 2) co_return;
    }
    co_await room_.wait();
  }
}

bool ShellFeed::attached() const {
  const std::lock_guard lock(mutex_);
  return view_ != nullptr;
}

std::shared_ptr<ShellFeed::View> ShellFeed::attach(const net::Executor& client) {
  auto view = std::make_shared<View>(shared_from_this(), client);
  const std::lock_guard lock(mutex_);
  if (view_) {
    view_->taken_ = true;
    view_->news_.notify();
  }
  view->place_ = buffer_.begin();
  view->dropped_ = buffer_.begin() - std::min(buffer_.begin(), seen_);
  view_ = view;
  return view;
}

void ShellFeed::detach(const View& view) {
  const std::lock_guard lock(mutex_);
  if (view_.get() != &view) return;
  view_->detached_ = true;
  view_->news_.notify();
  view_.reset();
  room_.notify();
}

net::Task<ShellNews> ShellFeed::View::next() {
  while (true) {
    {
      const std::lock_guard lock(feed_->mutex_);
      if (taken_) co_return ShellNews{.kind = ShellNews::Kind::kTaken};
      if (detached_) co_return ShellNews{.kind = ShellNews::Kind::kDetached};
      const std::string_view output = feed_->buffer_.read(place_, kMaxShellPieceBytes);
      if (!output.empty()) {
        place_ = std::max(place_, feed_->buffer_.begin()) + output.size();
        feed_->seen_ = std::max(feed_->seen_, place_);
        feed_->room_.notify();
        co_return ShellNews{.kind = ShellNews::Kind::kOutput, .output = std::string(output)};
      }
      if (feed_->end_) co_return ShellNews{.kind = ShellNews::Kind::kEnd, .end = *feed_->end_};
    }
    co_await news_.wait();
  }
}

}  // namespace soma::harness
