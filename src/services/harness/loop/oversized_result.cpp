#include "services/harness/loop/oversized_result.h"

#include <memory>

#include "core/tool/result_text.h"

namespace soma::harness {
namespace {

using Contents = std::vector<model::ResultContent>;

// What was streamed, then what the tool returned.
Contents joined(std::string streamed, Contents contents) {
  if (streamed.empty()) return contents;
  auto* first = contents.empty() ? nullptr : std::get_if<model::Text>(&contents.front());
  if (first) {
    first->text.insert(0, streamed);
  } else {
    contents.insert(contents.begin(), model::Text{std::move(streamed)});
  }
  return contents;
}

size_t text_bytes(const Contents& contents) {
  size_t bytes = 0;
  for (const model::ResultContent& content : contents) {
    if (const auto* text = std::get_if<model::Text>(&content)) bytes += text->text.size();
    if (const auto* value = std::get_if<model::JsonContent>(&content))
      bytes += json::write(value->value).size();
  }
  return bytes;
}

// Takes texts and JSON out of the contents, each on lines of its own, the first one's place with them.
std::string take_text(Contents& contents) {
  std::string whole;
  Contents kept;
  bool placed = false;
  for (model::ResultContent& content : contents) {
    auto* text = std::get_if<model::Text>(&content);
    auto* value = std::get_if<model::JsonContent>(&content);
    if (!text && !value) {
      kept.push_back(std::move(content));
      continue;
    }
    if (!std::exchange(placed, true)) kept.emplace_back(model::Text{});
    if (!whole.empty() && !whole.ends_with('\n')) whole += '\n';
    whole += text ? text->text : json::write_pretty(value->value);
  }
  contents = std::move(kept);
  return whole;
}

net::Task<std::string> keep(tool::ResultStore store, std::string result_name, std::string whole,
                            size_t max_bytes) {
  auto spool = std::make_shared<tool::ResultSpool>(store, result_name);
  auto work = [spool, whole = std::move(whole), max_bytes] {
    spool->append(whole);
    const tool::KeptResult kept = spool->finish();
    return tool::shorten({.head = whole, .tail = whole, .total = whole.size()}, "", max_bytes, &kept);
  };
  co_return co_await net::offload(std::move(work));
}

}  // namespace

net::Task<BoundedResult> bound_result(tool::ResultStore store, std::string result_name, std::string streamed,
                                      tool::Outcome outcome, size_t max_bytes) {
  BoundedResult result;
  result.for_client = outcome.content;
  for (model::ResultContent& content : result.for_client)
    if (auto* text = std::get_if<model::Text>(&content))
      text->text = tool::cut_middle(std::move(text->text), tool::kMaxResultBytes);
  result.for_model = outcome.for_model ? std::move(*outcome.for_model)
                                       : joined(std::move(streamed), std::move(outcome.content));
  if (text_bytes(result.for_model) <= max_bytes) co_return result;
  std::string whole = take_text(result.for_model);
  const std::string shortened =
      co_await keep(std::move(store), std::move(result_name), std::move(whole), max_bytes);
  // take_text() has left one text.
  for (model::ResultContent& content : result.for_model)
    if (auto* text = std::get_if<model::Text>(&content)) text->text = shortened;
  co_return result;
}

}  // namespace soma::harness
