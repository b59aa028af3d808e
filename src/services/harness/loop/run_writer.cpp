#include "services/harness/loop/run_writer.h"

#include <boost/asio/post.hpp>

#include "services/harness/session/events.h"

namespace soma::harness {

struct RunWriter::State : std::enable_shared_from_this<RunWriter::State> {
  State(journal::Journal& j, const net::Executor& e, std::string r, uint64_t seq)
      : journal(j), executor(e), run(std::move(r)), sent_seq(seq), durable_seq(seq) {}

  journal::Journal& journal;
  net::Executor executor;
  std::string run;
  uint64_t sent_seq, durable_seq;
  bool in_flight = false, send_posted = false;
  std::vector<journal::NewEvent> queue;
  journal::AppendOptions options;
  std::optional<os::Error> failure;
  std::vector<std::shared_ptr<net::Notifier>> waiters;

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
    queue.push_back({std::string(event::kStream), std::move(stream_text += "]")});
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
    if (send_posted || in_flight) return;
    send_posted = true;
    boost::asio::post(executor, [self = shared_from_this()] {
      self->send_posted = false;
      self->send();
    });
  }

  bool empty() const { return queue.empty() && stream_text.empty() && !tail; }

  void send() {
    if (in_flight || failure) return;
    close_stream();
    if (queue.empty()) return;
    in_flight = true;
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
    // The status belongs to the last event queued: it waits when the queue did not fit.
    journal::AppendOptions now = queue.empty() ? std::exchange(options, {}) : journal::AppendOptions{};
    journal.append_async(run, expected, std::move(events), std::move(now),
                         [self = shared_from_this()](os::Result<uint64_t> result) {
                           boost::asio::post(self->executor, [self, result = std::move(result)]() mutable {
                             self->sent(std::move(result));
                           });
                         });
  }

  void sent(os::Result<uint64_t> result) {
    in_flight = false;
    if (!result) {
      failure = std::move(result.error());
    } else {
      durable_seq = *result;
    }
    for (const auto& waiter : waiters) waiter->notify();
    if (!failure && !empty()) send();
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
  if (!state->failure && state->durable_seq < target) {
    auto waiter = std::make_shared<net::Notifier>(state->executor);
    state->waiters.push_back(waiter);
    while (!state->failure && state->durable_seq < target) co_await waiter->wait();
    std::erase(state->waiters, waiter);
  }
  if (state->failure) co_return std::unexpected(*state->failure);
  co_return os::Result<>{};
}

void RunWriter::send_soon() {
  state_->post_send();
}

uint64_t RunWriter::last_seq() const {
  return state_->durable_seq;
}
const std::string& RunWriter::run() const {
  return state_->run;
}

}  // namespace soma::harness
