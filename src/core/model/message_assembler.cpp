// Builds a message out of its events, and refuses what cannot come in that place: a stream is not trusted to
// be well-formed.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include "core/model/message.h"

namespace soma::model {
namespace {

std::unexpected<os::Error> corrupt(std::string what) {
  return os::fail(os::Code::kCorrupt, fmt::format("model stream: {}", what));
}

template <class... T>
struct Overloaded : T... {
  using T::operator()...;
};

// What a text takes as a JSON string: answers are kept and sent as JSON, where a byte may become six.
size_t json_size(std::string_view text) {
  size_t size = text.size();
  for (const char c : text) {
    if (c == '"' || c == '\\') size += 1;
    if (static_cast<unsigned char>(c) < 0x20) size += 5;
  }
  return size;
}

size_t size_of(const ContentBlockDelta& event, Role role) {
  return std::visit(Overloaded{[](const TextDelta& delta) { return json_size(delta.text); },
                               [](const ToolInputDelta& delta) { return json_size(delta.json_fragment); },
                               [](const ReasoningDelta& delta) {
                                 return json_size(delta.text) + json_size(delta.signature) +
                                        delta.redacted.size() / 3 * 4 + 4;  // base64
                               },
                               [role](const ToolResultDelta& delta) {
                                 if (role == Role::kUser) return size_t{0};  // a tool's, bounded by the tool
                                 size_t size = 0;
                                 for (const ResultContent& content : delta.content)
                                   size += json::write(to_json(content)).size();
                                 return size;
                               },
                               [](const ToolResultMetadata& delta) { return json_size(delta.metadata); }},
                    event.delta);
}

size_t size_of(const ContentBlockStart& event) {
  if (const auto* use = std::get_if<ToolUseStart>(&event.start))
    return json_size(use->id) + json_size(use->name) + json_size(use->server_name);
  const auto* result = std::get_if<ToolResultStart>(&event.start);
  return result != nullptr ? json_size(result->tool_use_id) : 0;
}

// Pieces of a result's text join: what a tool streams is one text. Items of one delta stay apart.
void append_result(ToolResult& result, const ToolResultDelta& delta) {
  for (size_t i = 0; i < delta.content.size(); ++i) {
    const auto* text = std::get_if<Text>(&delta.content[i]);
    auto* last = result.content.empty() ? nullptr : std::get_if<Text>(&result.content.back());
    if (i == 0 && text != nullptr && last != nullptr) {
      last->text += text->text;
    } else {
      result.content.push_back(delta.content[i]);
    }
  }
}

}  // namespace

os::Result<> MessageAssembler::add(const StreamEvent& event) {
  return std::visit([this](const auto& value) { return on(value); }, event);
}

os::Result<> MessageAssembler::count(size_t bytes) {
  bytes_ += bytes;
  if (bytes_ <= kMaxModelResponseBytes) return {};
  return os::fail(os::Code::kLimitExceeded,
                  fmt::format("a model's answer takes more than {} bytes of JSON (kMaxModelResponseBytes)",
                              kMaxModelResponseBytes));
}

os::Result<> MessageAssembler::on(const MessageStart& event) {
  if (started_) return corrupt("a second messageStart");
  started_ = true;
  message_.role = event.role;
  return {};
}

os::Result<> MessageAssembler::on(const ContentBlockStart& event) {
  if (!started_) return corrupt("contentBlockStart before messageStart");
  if (stop_) return corrupt("contentBlockStart after messageStop");
  if (open_block_)
    return corrupt(fmt::format("block {} starts while block {} is open", event.index, *open_block_));
  if (event.index <= last_index_)
    return corrupt(fmt::format("block {} starts after block {}", event.index, last_index_));
  if (blocks_ == kMaxContentBlocks) {
    return os::fail(os::Code::kLimitExceeded,
                    fmt::format("a model's answer has more than {} blocks", kMaxContentBlocks));
  }
  SOMA_TRY(count(size_of(event)));
  if (const auto* use = std::get_if<ToolUseStart>(&event.start)) {
    if (use->id.empty() || use->name.empty()) return corrupt("a toolUse without id or name");
    const bool taken = std::ranges::any_of(message_.content, [&](const Block& block) {
      const auto* other = std::get_if<ToolUse>(&block);
      return other != nullptr && other->id == use->id;
    });
    if (taken) return corrupt(fmt::format("two toolUse blocks with the id \"{}\"", use->id));
    message_.content.emplace_back(
        ToolUse{use->id, use->name, json::object({}), use->type, use->server_name, use->origin});
    tool_input_.clear();
  } else if (const auto* result = std::get_if<ToolResultStart>(&event.start)) {
    message_.content.emplace_back(ToolResult{result->tool_use_id, result->error.value_or(false), {}});
  }
  ++blocks_;
  has_block_ = !std::holds_alternative<std::monostate>(event.start);
  last_index_ = event.index;
  open_block_ = event.index;
  return {};
}

os::Result<> MessageAssembler::on(const ContentBlockDelta& event) {
  if (open_block_ != event.index)
    return corrupt(fmt::format("a delta of block {}, which is not open", event.index));
  SOMA_TRY(count(size_of(event, message_.role)));
  if (!has_block_) {  // the first delta of a block that started without a body says what it is
    if (std::holds_alternative<TextDelta>(event.delta)) {
      message_.content.emplace_back(Text{});
    } else if (std::holds_alternative<ReasoningDelta>(event.delta)) {
      message_.content.emplace_back(Reasoning{});
    } else {
      return corrupt(fmt::format("a tool's delta in block {}, which is no tool's", event.index));
    }
    has_block_ = true;
  }
  return append(event);
}

os::Result<> MessageAssembler::append(const ContentBlockDelta& event) {
  Block& block = message_.content.back();
  auto* text = std::get_if<Text>(&block);
  auto* reasoning = std::get_if<Reasoning>(&block);
  auto* result = std::get_if<ToolResult>(&block);
  if (const auto* delta = std::get_if<TextDelta>(&event.delta); delta != nullptr && text != nullptr) {
    text->text += delta->text;
  } else if (const auto* delta = std::get_if<ReasoningDelta>(&event.delta);
             delta != nullptr && reasoning != nullptr) {
    reasoning->text += delta->text;
    reasoning->signature += delta->signature;
    reasoning->redacted += delta->redacted;
    if (!delta->origin.empty()) reasoning->origin = delta->origin;
  } else if (const auto* delta = std::get_if<ToolInputDelta>(&event.delta);
             delta != nullptr && std::holds_alternative<ToolUse>(block)) {
    tool_input_ += delta->json_fragment;
  } else if (const auto* delta = std::get_if<ToolResultDelta>(&event.delta);
             delta != nullptr && result != nullptr) {
    append_result(*result, *delta);
  } else if (const auto* delta = std::get_if<ToolResultMetadata>(&event.delta);
             delta != nullptr && result != nullptr) {
    const auto metadata = json::parse(delta->metadata);
    if (metadata && metadata->get("status").is_string())
      result->error = metadata->get("status").as_string() == "error";
  } else {
    return corrupt(fmt::format("block {} has a delta of another kind than its own", event.index));
  }
  return {};
}

os::Result<> MessageAssembler::on(const ContentBlockStop& event) {
  if (open_block_ != event.index)
    return corrupt(fmt::format("contentBlockStop of block {}, which is not open", event.index));
  open_block_.reset();
  auto* use = !has_block_ ? nullptr : std::get_if<ToolUse>(&message_.content.back());
  if (use == nullptr || os::trim(tool_input_).empty()) return {};  // a tool without arguments has {}
  auto input = json::parse(tool_input_);
  if (input && input->is_object()) {
    use->input = *std::move(input);
  } else {
    malformed_ = true;
    use->input = json::object({{"_malformed", os::to_valid_utf8(tool_input_)}});
  }
  tool_input_.clear();
  return {};
}

os::Result<> MessageAssembler::on(const MessageStop& event) {
  if (!started_) return corrupt("messageStop before messageStart");
  if (stop_) return corrupt("a second messageStop");
  if (open_block_) return corrupt(fmt::format("messageStop while block {} is open", *open_block_));
  stop_ = event.reason;
  return {};
}

os::Result<> MessageAssembler::on(const Metadata& event) {
  if (!stop_) return corrupt("metadata before messageStop");
  if (has_metadata_) return corrupt("a second metadata");
  has_metadata_ = true;
  usage_ = event.usage;
  return {};
}

}  // namespace soma::model
