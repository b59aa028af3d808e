#include "core/tool/result_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::tool {
namespace {

constexpr size_t kCutHead = kMaxResultBytes * 3 / 4;
constexpr size_t kCutTail = kMaxResultBytes / 4 - 128;  // leaves room for the note

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

// The end of a text, not beginning inside a character.
std::string_view suffix(std::string_view text, size_t max_bytes) {
  size_t from = text.size() > max_bytes ? text.size() - max_bytes : 0;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
  return text.substr(from);
}

std::string left_out_note(uint64_t bytes) {
  return fmt::format("\n[… {} bytes left out …]\n", bytes);
}

}  // namespace

std::string cut_middle(std::string text) {
  if (text.size() <= kMaxResultBytes) return text;
  std::string_view head = os::utf8_prefix(text, kCutHead);
  std::string_view tail = suffix(text, kCutTail);
  return fmt::format("{}{}{}", head, left_out_note(text.size() - head.size() - tail.size()), tail);
}

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
  total_ += text.size();
  last_ = text.back();
  if (head_bytes_ < kMaxHeadBytes && tail_.empty()) {
    std::string_view head = os::utf8_prefix(text, kMaxHeadBytes - head_bytes_);
    head_bytes_ += head.size();
    text.remove_prefix(head.size());
    if (emit_ && !head.empty()) emit_(head);
    if (!emit_) held_ += head;
  }
  tail_ += text;
  if (tail_.size() <= 2 * kMaxTailBytes) return;
  std::string kept(suffix(tail_, kMaxTailBytes));
  left_out_ += tail_.size() - kept.size();
  tail_ = std::move(kept);
}

void StreamedText::flush() {
  for (std::string& split : split_)
    if (!split.empty()) add_text(os::to_valid_utf8(std::exchange(split, {})));
}

std::string StreamedText::finish(std::string_view closing) {
  flush();
  std::string text = std::move(held_);
  if (left_out_ > 0) text += left_out_note(left_out_);
  text += tail_;
  if (!closing.empty() && last_ != '\n') text += '\n';
  text += closing;
  return text;
}

}  // namespace soma::tool
