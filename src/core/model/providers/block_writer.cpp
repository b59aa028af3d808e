#include "core/model/providers/block_writer.h"

#include <utility>

namespace soma::model {

void BlockWriter::start(const EventSink& sink) {
  if (started_) return;
  started_ = true;
  sink(MessageStart{Role::kAssistant});
}

void BlockWriter::open(Open kind, ContentBlockStart block, const EventSink& sink) {
  start(sink);
  close(sink);
  open_ = kind;
  block.index = ++index_;
  sink(std::move(block));
}

void BlockWriter::text(std::string_view piece, const EventSink& sink) {
  if (piece.empty()) return;
  if (open_ != Open::kText) open(Open::kText, ContentBlockStart{0, {}}, sink);
  sink(ContentBlockDelta{index_, TextDelta{std::string(piece)}});
}

void BlockWriter::reasoning(ReasoningDelta piece, const EventSink& sink) {
  if (piece.text.empty() && piece.signature.empty() && piece.redacted.empty()) return;
  if (open_ != Open::kReasoning) open(Open::kReasoning, ContentBlockStart{0, {}}, sink);
  sink(ContentBlockDelta{index_, std::move(piece)});
}

void BlockWriter::tool_use(ToolUseStart start, const EventSink& sink) {
  open(Open::kToolUse, ContentBlockStart{0, std::move(start)}, sink);
}

void BlockWriter::tool_input(std::string_view json_fragment, const EventSink& sink) {
  if (json_fragment.empty() || open_ != Open::kToolUse) return;
  sink(ContentBlockDelta{index_, ToolInputDelta{std::string(json_fragment)}});
}

void BlockWriter::server_result(std::string_view tool_use_id, json::Value content, const EventSink& sink) {
  ToolResultDelta delta;
  delta.content.emplace_back(JsonContent{std::move(content)});
  open(Open::kToolUse, ContentBlockStart{0, ToolResultStart{std::string(tool_use_id), {}}}, sink);
  sink(ContentBlockDelta{index_, std::move(delta)});
  close(sink);
}

void BlockWriter::close(const EventSink& sink) {
  if (open_ == Open::kNone) return;
  open_ = Open::kNone;
  sink(ContentBlockStop{index_});
}

void BlockWriter::finish(StopReason reason, const Usage& usage, const EventSink& sink) {
  if (finished_) return;
  finished_ = true;
  start(sink);
  close(sink);
  sink(MessageStop{reason});
  sink(Metadata{usage});
}

}  // namespace soma::model
