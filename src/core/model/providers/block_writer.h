// Writes an answer's events in order: starts the message once, numbers the blocks, closes one before the next
// opens. For decoders; a decoder whose API interleaves tool calls holds the later ones back until the first
// is closed.
#pragma once

#include <string>
#include <string_view>

#include "core/model/model.h"

namespace soma::model {

class BlockWriter {
 public:
  // Text and reasoning join the open block of their kind, or open one. Empty pieces write nothing.
  void text(std::string_view piece, const EventSink& sink);
  void reasoning(ReasoningDelta piece, const EventSink& sink);
  void tool_use(ToolUseStart start, const EventSink& sink);  // opens a block
  void tool_input(std::string_view json_fragment, const EventSink& sink);
  // A whole server-side result: opens, writes and closes. `content` is the service's own object, to be passed
  // back as it is.
  void server_result(std::string_view tool_use_id, json::Value content, const EventSink& sink);
  void close(const EventSink& sink);  // the open block, if any
  // Closes, then messageStop and metadata. Nothing may follow.
  void finish(StopReason reason, const Usage& usage, const EventSink& sink);
  void start(const EventSink& sink);  // messageStart, once; the others call it
  bool started() const { return started_; }
  bool finished() const { return finished_; }

 private:
  enum class Open { kNone, kText, kReasoning, kToolUse };
  void open(Open kind, ContentBlockStart block, const EventSink& sink);

  int index_ = -1;
  Open open_ = Open::kNone;
  bool started_ = false, finished_ = false;
};

}  // namespace soma::model
