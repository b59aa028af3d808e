#include "core/tool/streamed_text.h"

#include <algorithm>
#include <utility>

#include "core/tool/result_text.h"

namespace soma::tool {
namespace {

// The bytes at the end that begin a character whose rest has not come yet.
size_t unfinished_bytes(std::string_view text) {
  constexpr size_t kLongestBeginning = 3;
  for (size_t back = 1; back <= std::min(kLongestBeginning, text.size()); ++back) {
    auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

StreamedText::StreamedText(ResultStore store, const Context& context)
    : store_(std::move(store)),
      result_name_(context.result_name),
      emit_(context.emit),
      max_result_bytes_(std::clamp(context.max_result_bytes, kMinResultBytes, kMaxResultBytes)) {}

void StreamedText::add(sandbox::Stream stream, std::string_view bytes) {
  std::string& split = split_[stream == sandbox::Stream::kStderr ? 1 : 0];
  std::string text = std::exchange(split, {});
  text += bytes;
  size_t unfinished = unfinished_bytes(text);
  split = text.substr(text.size() - unfinished);
  text.resize(text.size() - unfinished);
  if (!text.empty()) add_text(os::to_valid_utf8(text));
}

void StreamedText::add_text(std::string_view text) {
  const bool emits_all = emitted_ == total_;
  total_ += text.size();
  last_ = text.back();
  if (!spool_ && total_ <= max_result_bytes_) {
    begin_ += text;
  } else if (!spool_) {
    open_spool();
    spool_->append(text);
    begin_ += os::utf8_prefix(text, max_result_bytes_ - begin_.size());
  } else {
    spool_->append(text);
  }
  if (emit_ && emits_all && emitted_ < kMaxHeadBytes) {
    const std::string_view head = os::utf8_prefix(text, kMaxHeadBytes - emitted_);
    emitted_ += head.size();
    if (!head.empty()) emit_(head);
  }
  end_ += text;
  if (end_.size() > 2 * kMaxTailBytes) end_ = std::string(utf8_suffix(end_, kMaxTailBytes));
}

void StreamedText::open_spool() {
  spool_ = std::make_shared<ResultSpool>(store_, result_name_);
  spool_->append(begin_);
}

void StreamedText::flush() {
  for (std::string& split : split_)
    if (!split.empty()) add_text(os::to_valid_utf8(std::exchange(split, {})));
}

net::Task<Outcome> StreamedText::finish(bool error, std::string closing) {
  flush();
  if (!closing.empty() && last_ != '\n') closing.insert(0, 1, '\n');
  closing.resize(os::utf8_prefix(closing, kMaxNoteBytes).size());
  if (!spool_ && total_ + closing.size() > max_result_bytes_) open_spool();
  std::optional<KeptResult> kept;
  if (spool_) {
    auto work = [spool = spool_] { return spool->finish(); };
    kept = co_await net::offload(std::move(work));
  }
  const KeptResult* note = kept ? &*kept : nullptr;
  const Ends ends{.head = begin_, .tail = end_, .total = total_};
  std::string for_model = shorten(ends, closing, max_result_bytes_, note);
  Outcome outcome{.error = error, .content = {}};
  if (!emit_) {
    outcome.content.emplace_back(model::Text{std::move(for_model)});
    co_return outcome;
  }
  const uint64_t not_emitted = total_ - emitted_;
  const std::string_view tail = utf8_suffix(end_, not_emitted);
  std::string rest = tail.size() < not_emitted ? left_out_note(not_emitted - tail.size(), note) : "";
  rest.append(tail).append(closing);
  if (kept || tail.size() < not_emitted) outcome.for_model = {{model::Text{std::move(for_model)}}};
  outcome.content.emplace_back(model::Text{std::move(rest)});
  co_return outcome;
}

}  // namespace soma::tool
