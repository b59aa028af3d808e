// The request as reflex sees it: the prompt that stands, what was already done for it, and what was said
// before. Private to core/model/reflex.
//
// reflex keeps no state. Each call of the model plans the whole prompt again from the beginning; a tool call
// that the plan comes to is answered from the conversation when it is there, and asked for when it is not. So
// a session that was killed goes on where it was.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"

namespace soma::model::reflex {

struct ToolCall {
  std::string tool;
  json::Value input;
};

struct CallResult {
  bool error = false;
  std::string text;                  // its text and JSON parts
  std::vector<std::string> files{};  // of images
};

// Borrows the request.
class Conversation {
 public:
  explicit Conversation(const ConverseRequest& request);

  const std::string& prompt() const { return prompt_; }
  // The texts of documents that came with the prompt: name and content.
  const std::vector<std::pair<std::string, std::string>>& attachments() const { return attachments_; }
  // What the user said before the prompt, oldest first.
  const std::vector<std::string>& earlier_prompts() const { return earlier_prompts_; }
  // Sentences that the system prompt has from a memory of earlier conversations: the lines of its
  // <user_context>, without their labels; records that are no sentences are left out.
  const std::vector<std::string>& remembered() const { return remembered_; }
  // What was answered last before the prompt; empty when nothing was.
  const std::string& last_answer() const { return last_answer_; }
  struct Earlier {
    ToolCall call;
    CallResult result;
  };
  // What tools returned before the prompt, oldest first; at most kMaxEarlierResults.
  const std::deque<Earlier>& earlier() const { return earlier_; }
  static constexpr size_t kMaxEarlierResults = 12;

  // The next result of this call in the conversation since the prompt; null when it has not been made so
  // often: then it is pending.
  const CallResult* call(ToolCall call);
  // Whether call() would find a result.
  bool has(const ToolCall& call) const;
  const std::vector<ToolCall>& pending() const { return pending_; }
  // How many tool calls stand since the prompt: bounds a plan.
  size_t calls_made() const { return made_.size(); }
  // How many tool uses the whole conversation holds: numbers new ones.
  size_t tool_uses() const { return tool_uses_; }

 private:
  struct Made {
    ToolCall call;
    CallResult result;
    bool used = false;
  };
  void read_prompt(const Message& message);
  void read_memory(std::string_view system);

  std::string prompt_;
  std::vector<std::pair<std::string, std::string>> attachments_;
  std::vector<std::string> earlier_prompts_, remembered_;
  std::string last_answer_;
  std::deque<Earlier> earlier_;
  std::deque<Made> made_;
  std::vector<ToolCall> pending_;
  size_t tool_uses_ = 0;
};

}  // namespace soma::model::reflex
