#include "services/harness/cassette/cassette_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "services/harness/session/events.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

// An answer as a stream: one delta for each block.
void stream_block(const model::Block& block, int index, const model::EventSink& sink) {
  if (const auto* text = std::get_if<model::Text>(&block)) {
    sink(model::ContentBlockStart{index});
    sink(model::ContentBlockDelta{index, model::TextDelta{text->text}});
  } else if (const auto* reasoning = std::get_if<model::Reasoning>(&block)) {
    sink(model::ContentBlockStart{index});
    sink(model::ContentBlockDelta{index, model::ReasoningDelta{reasoning->text, reasoning->signature,
                                                               reasoning->redacted, reasoning->origin}});
  } else if (const auto* use = std::get_if<model::ToolUse>(&block)) {
    // What was no JSON object came as this text, and comes so again.
    const json::Value* malformed = use->input.find("_malformed");
    const std::string input =
        malformed && malformed->is_string() ? malformed->as_string() : json::write(use->input);
    sink(model::ContentBlockStart{
        index, model::ToolUseStart{use->id, use->name, use->type, use->server_name, use->origin}});
    sink(model::ContentBlockDelta{index, model::ToolInputDelta{input}});
  } else if (const auto* result = std::get_if<model::ToolResult>(&block)) {
    sink(model::ContentBlockStart{index, model::ToolResultStart{result->tool_use_id, result->error}});
    sink(model::ContentBlockDelta{index, model::ToolResultDelta{result->content}});
  } else {
    return;  // no model's answer has images or documents outside of results
  }
  sink(model::ContentBlockStop{index});
}

void stream_answer(const RecordedAnswer& answer, const model::EventSink& sink) {
  sink(model::MessageStart{model::Role::kAssistant});
  int index = 0;
  for (const model::Block& block : answer.message.content) stream_block(block, index++, sink);
  sink(model::MessageStop{answer.stop});
  sink(model::Metadata{.usage = answer.usage});
}

}  // namespace

net::Task<> wait_for_stop(const net::Cancellation& cancellation) {
  const net::Executor executor = co_await net::this_executor();
  net::Notifier stopped(executor);
  const auto registration = cancellation.on_request([&stopped] { stopped.notify(); });
  while (!cancellation.requested()) co_await stopped.wait();
}

void show_difference(Mismatch& mismatch, std::string_view expected, std::string_view actual) {
  constexpr size_t kContext = 60;
  const size_t equal = static_cast<size_t>(std::ranges::mismatch(expected, actual).in1 - expected.begin());
  const size_t begin = equal > kContext ? equal - kContext : 0;
  const auto shown = [begin](std::string_view text) {
    const std::string_view from = text.substr(std::min(begin, text.size()));
    const std::string_view part = os::utf8_prefix(from, kMaxMismatchTextBytes);
    return os::to_valid_utf8(
        fmt::format("{}{}{}", begin > 0 ? "…" : "", part, part.size() < from.size() ? "…" : ""));
  };
  mismatch.expected = shown(expected);
  mismatch.actual = shown(actual);
}

class Player::PlayedModel final : public model::Provider {
 public:
  explicit PlayedModel(Player& player) : player_(player) {}

  net::Task<Result<>> converse(const model::ConverseRequest& request, const model::EventSink& sink,
                               const net::Cancellation& cancellation) override {
    const RecordedTurn* turn = player_.ask(request);
    if (!turn)
      co_return os::fail(Code::kFailedPrecondition, "the cassette has no answer to this request",
                         "the session went another way than the one that was recorded");
    if (turn->error) co_return std::unexpected(*turn->error);
    if (turn->answer) {
      stream_answer(*turn->answer, sink);
      co_return Result<>{};
    }
    player_.stop_();
    co_await wait_for_stop(cancellation);
    co_return os::fail(Code::kCancelled, cancellation.reason());
  }

 private:
  Player& player_;
};

// Says what stands in the cassette as the summary; where no model made it, fails as that one did.
class Player::PlayedSummarizer final : public model::Provider {
 public:
  explicit PlayedSummarizer(Player& player) : player_(player) {}

  net::Task<Result<>> converse(const model::ConverseRequest&, const model::EventSink& sink,
                               const net::Cancellation& cancellation) override {
    const RecordedSummary* summary = player_.next_summary();
    if (!summary && player_.was_stopped()) {
      player_.stop_();
      co_await wait_for_stop(cancellation);
      co_return os::fail(Code::kCancelled, cancellation.reason());
    }
    if (!summary || !summary->usage)
      co_return os::fail(Code::kUnavailable, "the cassette has no model's summary for this place");
    const RecordedAnswer answer{{model::Role::kAssistant, {model::Text{summary->text}}},
                                model::StopReason::kEndTurn,
                                *summary->usage};
    stream_answer(answer, sink);
    co_return Result<>{};
  }

 private:
  Player& player_;
};

Player::Player(const Cassette& cassette)
    : cassette_(cassette), summarizer_(std::make_unique<PlayedSummarizer>(*this)) {}
Player::~Player() = default;

std::unique_ptr<model::Provider> Player::make_provider() {
  return std::make_unique<PlayedModel>(*this);
}

model::Provider& Player::summarizer() {
  return *summarizer_;
}

std::vector<Skill> Player::skills() {
  const std::lock_guard lock(mutex_);
  return invocation().skills;
}

json::Value Player::listed_tools(const std::string& source) {
  const std::lock_guard lock(mutex_);
  for (const json::Value& listed : invocation().sources)
    if (listed.get("source").string_or("") == source) return listed;
  return {};
}

void Player::begin(size_t invocation) {
  const std::lock_guard lock(mutex_);
  current_ = invocation;
  turn_ = 0;
  summaries_ = 0;
  answered_.clear();
  expect_messages();
}

// What the client's messages add to the conversation. Its answers to calls of the last turn stand there
// already, with the calls, and it may have sent that turn back with them.
void Player::expect_messages() {
  const bool goes_on = current_ > 0 && cassette_.invocations[current_ - 1].stop_reason ==
                                           model::stop_reason_name(model::StopReason::kToolUse);
  for (model::Message message : invocation().messages) {
    if (goes_on) {
      std::erase_if(message.content, [this](const model::Block& block) {
        const auto* result = std::get_if<model::ToolResult>(&block);
        return result && asked_ &&
               std::ranges::find(asked_->tools, result->tool_use_id, &RecordedTool::id) !=
                   asked_->tools.end();
      });
      if (message.role == model::Role::kAssistant || message.content.empty()) continue;
    }
    push_message(expected_, std::move(message));
  }
}

void Player::end() {
  const std::lock_guard lock(mutex_);
  for (; turn_ < invocation().turns.size(); ++turn_) {
    note_locked({current_ + 1, turn_ + 1, "the model was not asked again, as it was when this was recorded"});
    expect_answer(invocation().turns[turn_]);
  }
  note_unasked();
}

bool Player::was_stopped() const {
  const std::string& reason = invocation().stop_reason;
  return reason == model::stop_reason_name(model::StopReason::kInterrupted) ||
         reason == model::stop_reason_name(model::StopReason::kTimeoutExceeded);
}

const RecordedTurn* Player::ask(const model::ConverseRequest& request) {
  const std::lock_guard lock(mutex_);
  const size_t turns = invocation().turns.size();
  if (turn_ >= turns) {
    note_locked({current_ + 1, turn_ + 1,
                 fmt::format("the model is asked once more than when this was recorded ({} turns)", turns)});
    return nullptr;
  }
  const RecordedTurn& turn = invocation().turns[turn_];
  compare(turn, request);
  expect_answer(turn);
  ++turn_;
  asked_ = &turn;
  return &turn;
}

const RecordedSummary* Player::next_summary() {
  const std::lock_guard lock(mutex_);
  if (summaries_ < invocation().summaries.size()) return &invocation().summaries[summaries_++];
  if (!was_stopped())
    note_locked(
        {current_ + 1, turn_ + 1,
         fmt::format("a summary is asked for once more than when this was recorded ({})", summaries_)});
  return nullptr;
}

void Player::compare(const RecordedTurn& turn, const model::ConverseRequest& request) {
  const ShownMessages actual = shown_messages(request.messages, shown_);
  const ShownMessages& recorded = turn.request;
  // A file may say any number: what was never shown before has no digest to keep.
  expected_digests_.resize(std::min(expected_digests_.size(), recorded.count - recorded.added.size()));
  std::ranges::copy(recorded.added, std::back_inserter(expected_digests_));
  if (actual.sha256 == recorded.sha256) return;
  const size_t index =
      static_cast<size_t>(std::ranges::mismatch(expected_digests_, shown_).in1 - expected_digests_.begin());
  // One changed message is one finding, however many requests show it.
  if (!reported_.insert(index).second) return;
  Mismatch mismatch{current_ + 1, turn_ + 1,
                    fmt::format("the model is shown {} messages, and message {} is not the recorded one",
                                request.messages.size(), index + 1)};
  show_difference(mismatch, expected_message(index),
                  index < request.messages.size() ? canonical_text(request.messages[index]) : "(no message)");
  note_locked(std::move(mismatch));
}

// What stood at that place when it was recorded, where the cassette still says it.
std::string Player::expected_message(size_t index) const {
  if (index >= expected_digests_.size()) return "(no message)";
  const std::string& digest = expected_digests_[index];
  // Most often at the same place; elsewhere behind a compaction.
  if (index < expected_.size() && digest_of(expected_[index]) == digest)
    return canonical_text(expected_[index]);
  const auto found = std::ranges::find(expected_, digest, digest_of);
  if (found != expected_.end()) return canonical_text(*found);
  return fmt::format(
      "(a message with SHA-256 {}: the loop's own, or the cassette was edited after it was recorded)",
      digest);
}

void Player::expect_answer(const RecordedTurn& turn) {
  if (turn.answer) push_message(expected_, turn.answer->message);
  if (turn.tools.empty()) return;
  model::Message results{model::Role::kUser, {}};
  for (const RecordedTool& tool : turn.tools)
    results.content.emplace_back(model::ToolResult{tool.id, tool.error, tool.content});
  push_message(expected_, std::move(results));
}

void Player::note(Mismatch mismatch) {
  const std::lock_guard lock(mutex_);
  note_locked(std::move(mismatch));
}

void Player::note_locked(Mismatch mismatch) {
  if (notes_.size() == kMaxMismatches) {
    ++left_out_;
    return;
  }
  notes_.push_back(std::move(mismatch));
}

void Player::move_notes_to(ReplayReport& report) {
  const std::lock_guard lock(mutex_);
  // Of an invocation, what is said about the whole comes last.
  std::ranges::sort(notes_, {}, [](const Mismatch& note) {
    return std::tuple(note.invocation, note.turn == 0, note.turn, note.what);
  });
  report.mismatches = std::exchange(notes_, {});
  report.mismatches_left_out = left_out_;
}

}  // namespace soma::harness
