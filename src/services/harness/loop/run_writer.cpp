// An append's end is told on the journal's thread. The loop is woken for it only when it has something to do:
// to send what came meanwhile, or to let somebody go on who waits in flush(). A stream that is slower than
// the disk, which is nearly all of them, costs its loop no wake-up for each piece.
#include "services/harness/loop/run_writer.h"

#include <boost/asio/post.hpp>
#include <mutex>

#include "services/harness/session/events.h"

namespace soma::harness {

struct RunWriter::State : std::enable_shared_from_this<RunWriter::State> {
  State(journal::Journal& j, const net::Executor& e, std::string r, uint64_t seq)
      : journal(j), executor(e), run(std::move(r)), sent_seq(seq), append{.durable_seq = seq} {}

  journal::Journal& journal;
  net::Executor executor;
  std::string run;
  uint64_t sent_seq;
  bool send_posted = false;
  std::vector<journal::NewEvent> queue;
  journal::AppendOptions options;
  std::vector<std::shared_ptr<net::Notifier>> waiters;

  // The append that is under way, or was: what the loop and the journal's thread both look at.
  struct Append {
    uint64_t durable_seq = 0;
    bool in_flight = false;
    bool wake_loop = false;  // when it ends
    std::optional<os::Error> failure{};
  };
  mutable std::mutex mutex;  // of `append`
  Append append;

  Append look() const {
    std::lock_guard lock(mutex);
    return append;
  }

  // Whether an append is under way. If so, the loop is woken when it ends.
  bool wait_for_append() {
    std::lock_guard lock(mutex);
    append.wake_loop |= append.in_flight;
    return append.in_flight;
  }

  // The stream event under construction: wire events as JSON text, and the text delta at its end that may
  // still grow.
  std::string stream_text;
  std::optional<model::ContentBlockDelta> tail;

  void write_tail() {
    if (!tail) return;
    json::write_to(stream_text += stream_text.empty() ? "[" : ",",
                   model::to_json(model::StreamEvent(std::move(*tail))));
    tail.reset();
  }

  void close_stream() {
    write_tail();
    if (stream_text.empty()) return;
    queue.push_back({std::string(event::kStream), std::move(stream_text += ']')});
    stream_text.clear();
  }

  bool grow_tail(const model::StreamEvent& event) {
    const auto* delta = std::get_if<model::ContentBlockDelta>(&event);
    if (!delta || !tail || delta->index != tail->index) return false;
    const auto* text = std::get_if<model::TextDelta>(&delta->delta);
    auto* grown = std::get_if<model::TextDelta>(&tail->delta);
    if (!text || !grown) return false;
    grown->text += text->text;
    return true;
  }

  void stream(const model::StreamEvent& event) {
    if (!grow_tail(event)) {
      write_tail();
      const auto* delta = std::get_if<model::ContentBlockDelta>(&event);
      if (delta && std::holds_alternative<model::TextDelta>(delta->delta)) {
        tail = *delta;
      } else {
        json::write_to(stream_text += stream_text.empty() ? "[" : ",", model::to_json(event));
      }
    }
    const size_t tail_bytes = tail ? std::get<model::TextDelta>(tail->delta).text.size() : 0;
    if (stream_text.size() + tail_bytes > kMaxStreamEventBytes) close_stream();
    post_send();
  }

  void post_send() {
    if (send_posted || wait_for_append()) return;
    send_posted = true;
    boost::asio::post(executor, [self = shared_from_this()] {
      self->send_posted = false;
      self->send();
    });
  }

  bool empty() const { return queue.empty() && stream_text.empty() && !tail; }

  void send() {
    if (wait_for_append() || look().failure) return;
    close_stream();
    if (queue.empty()) return;
    std::vector<journal::NewEvent> events;
    if (queue.size() <= journal::kMaxAppendEvents) {
      events = std::exchange(queue, {});
    } else {
      const auto end = queue.begin() + static_cast<std::ptrdiff_t>(journal::kMaxAppendEvents);
      events.assign(std::make_move_iterator(queue.begin()), std::make_move_iterator(end));
      queue.erase(queue.begin(), end);
    }
    const uint64_t expected = sent_seq;
    sent_seq += events.size();
    {
      std::lock_guard lock(mutex);
      append.in_flight = true;
      append.wake_loop = !queue.empty() || !waiters.empty();
    }
    // The status belongs to the last event queued: it waits when the queue did not fit.
    journal::AppendOptions now = queue.empty() ? std::exchange(options, {}) : journal::AppendOptions{};
    journal.append_async(run, expected, std::move(events), std::move(now),
                         [self = shared_from_this()](os::Result<uint64_t> result) {
                           if (self->ended(std::move(result)))
                             boost::asio::post(self->executor, [self] { self->go_on(); });
                         });
  }

  // On the journal's thread. Whether the loop waits for it.
  bool ended(os::Result<uint64_t> result) {
    std::lock_guard lock(mutex);
    append.in_flight = false;
    if (!result) {
      append.failure = std::move(result.error());
    } else {
      append.durable_seq = *result;
    }
    return std::exchange(append.wake_loop, false);
  }

  void go_on() {
    for (const auto& waiter : waiters) waiter->notify();
    if (!empty()) send();
  }
};

RunWriter::RunWriter(journal::Journal& journal, const net::Executor& executor, std::string run,
                     uint64_t last_seq)
    : state_(std::make_shared<State>(journal, executor, std::move(run), last_seq)) {}
RunWriter::~RunWriter() = default;

void RunWriter::stream(const model::StreamEvent& event) {
  state_->stream(event);
}

void RunWriter::add(std::string_view type, const json::Value& body) {
  state_->close_stream();
  state_->queue.push_back({std::string(type), json::write(body)});
}

void RunWriter::set_options(journal::AppendOptions options) {
  if (options.status) state_->options.status = std::move(options.status);
  if (options.wake_at) state_->options.wake_at = options.wake_at;
  for (journal::Label& label : options.labels) state_->options.labels.push_back(std::move(label));
}

net::Task<os::Result<>> RunWriter::flush() {
  const std::shared_ptr<State> state = state_;
  state->close_stream();
  const uint64_t target = state->sent_seq + state->queue.size();
  state->send();
  const auto waits = [&state, target] {
    std::lock_guard lock(state->mutex);
    const bool waits = !state->append.failure && state->append.durable_seq < target;
    state->append.wake_loop |= waits;
    return waits;
  };
  if (waits()) {
    auto waiter = std::make_shared<net::Notifier>(state->executor);
    state->waiters.push_back(waiter);
    while (waits()) co_await waiter->wait();
    std::erase(state->waiters, waiter);
  }
  auto append = state->look();
  if (append.failure) co_return std::unexpected(std::move(*append.failure));
  co_return os::Result<>{};
}

void RunWriter::send_soon() {
  state_->post_send();
}

uint64_t RunWriter::last_seq() const {
  return state_->look().durable_seq;
}
const std::string& RunWriter::run() const {
  return state_->run;
}

}  // namespace soma::harness
