#include "services/workflow/map_runs/batcher.h"

#include <algorithm>
#include <utility>

namespace soma::workflow {
namespace {

constexpr std::string_view kTail = "]}";

}  // namespace

Batcher::Batcher(Limits limits, const json::Value& batch_input) : limits_(limits) {
  if (limits_.bytes == 0) limits_.bytes = engine::kMaxPayloadBytes;
  limits_.bytes = std::min<uint64_t>(limits_.bytes, engine::kMaxPayloadBytes);
  head_ = "{";
  if (!batch_input.is_null()) head_ += "\"BatchInput\":" + json::write(batch_input) + ",";
  head_ += "\"Items\":[";
  now_.input = head_;
}

bool Batcher::fits(std::string_view item) const {
  if (now_.items == 0) return true;
  if (limits_.items > 0 && now_.items >= limits_.items) return false;
  return now_.input.size() + 1 + item.size() + kTail.size() <= limits_.bytes;
}

std::optional<Batch> Batcher::add(std::string_view item) {
  std::optional<Batch> full;
  if (!fits(item)) full = finish();
  if (now_.items > 0) now_.input += ',';
  now_.input += item;
  ++now_.items;
  return full;
}

std::optional<Batch> Batcher::finish() {
  if (now_.items == 0) return std::nullopt;
  now_.input += kTail;
  return std::exchange(now_, Batch{.input = head_});
}

}  // namespace soma::workflow
