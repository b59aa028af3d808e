#include "core/model/replay.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

namespace soma::model {
namespace {

// Events between two returns to the loop: long recordings share it with others.
constexpr size_t kEventsPerSlice = 128;

net::Task<> let_others_run() {
  const net::Executor executor = co_await net::this_executor();
  co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

size_t assistant_messages(const ConverseRequest& request) {
  return static_cast<size_t>(std::ranges::count(request.messages, Role::kAssistant, &Message::role));
}

class Replay final : public Provider {
 public:
  explicit Replay(ProviderContext context) : clock_(context.clock) {}

  net::Task<os::Result<>> converse(const ConverseRequest& request, const EventSink& sink,
                                   const net::Cancellation& cancellation) override {
    const std::string path = request.model.model_id;
    SOMA_CO_TRY(co_await load(path));
    const size_t turn = assistant_messages(request);
    if (turn >= recording_->turns.size()) {
      co_return os::fail(
          os::Code::kInvalidArgument,
          fmt::format("{} has {} turns; this conversation has {} answers already and asks for turn {}", path,
                      recording_->turns.size(), turn, turn + 1),
          "record more turns, or start a new session");
    }
    const bool last_turn = turn + 1 == recording_->turns.size();
    bool stopped = false, metadata = false;
    due_ = clock_.now();
    for (const ReplayStep& step : recording_->turns[turn]) {
      if (cancellation.requested()) co_return os::fail(os::Code::kCancelled, cancellation.reason());
      if (const auto* failure = std::get_if<ReplayFail>(&step.what))
        co_return std::unexpected(failure->error);
      if (const auto* event = std::get_if<StreamEvent>(&step.what)) {
        stopped = stopped || std::holds_alternative<MessageStop>(*event);
        metadata = metadata || std::holds_alternative<Metadata>(*event);
        sink(*event);
        co_await after_event();
      } else if (const auto* wait = std::get_if<ReplayWait>(&step.what)) {
        co_await pause(wait->ms, cancellation);
      } else {
        co_await play(std::get<ReplayRepeat>(step.what), sink, cancellation);
      }
    }
    if (cancellation.requested()) co_return os::fail(os::Code::kCancelled, cancellation.reason());
    if (!stopped) {
      co_return os::fail(os::Code::kUnavailable,
                         fmt::format("{}:{}: the recording ends inside {} turn", path,
                                     recording_->turns[turn].back().line, last_turn ? "its last" : "a"));
    }
    if (!metadata) sink(Metadata{});
    co_return os::Result<>();
  }

 private:
  // Read once for each file: a session asks the same one again and again.
  net::Task<os::Result<>> load(std::string path) {
    if (recording_ && recording_->path == path) co_return os::Result<>();
    auto work = [path]() -> os::Result<Recording> {
      SOMA_ASSIGN(const std::string text, os::read_file(path, kMaxReplayFileBytes));
      return parse_recording(text, path);
    };
    auto recording = co_await net::offload(std::move(work));
    if (!recording) co_return std::unexpected(std::move(recording.error()));
    recording_ = *std::move(recording);
    co_return os::Result<>();
  }

  net::Task<> play(const ReplayRepeat& repeat, const EventSink& sink, const net::Cancellation& cancellation) {
    for (int64_t i = 0; i < repeat.count && !cancellation.requested(); ++i) {
      sink(repeat.event);
      if (repeat.wait_ms > 0) {
        co_await pause(repeat.wait_ms, cancellation);
      } else {
        co_await after_event();
      }
    }
  }

  net::Task<> after_event() {
    if (++events_ % kEventsPerSlice == 0) co_await let_others_run();
  }

  // Until the time is over or somebody cancels. Waits add up from the answer's beginning: one that ends late
  // does not delay what follows.
  net::Task<> pause(int64_t ms, const net::Cancellation& cancellation) {
    const net::Executor executor = co_await net::this_executor();
    net::Notifier cancelled(executor);
    const auto registration = cancellation.on_request([&cancelled] { cancelled.notify(); });
    due_ += std::chrono::milliseconds(ms);
    while (!cancellation.requested() && clock_.now() < due_) {
      if (!co_await cancelled.wait_until(clock_, due_)) break;
    }
  }

  os::Clock& clock_;
  std::optional<Recording> recording_;
  size_t events_ = 0;
  os::Time due_{};  // when the last wait ends
};

}  // namespace

std::unique_ptr<Provider> make_replay(ProviderContext context) {
  return std::make_unique<Replay>(std::move(context));
}

}  // namespace soma::model
