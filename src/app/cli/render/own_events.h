// soma's own events of an invocation, beside those of the answer: approvals, sub-agents, compactions, hooks
// that refused, outputs that did not fit, and its end with what it cost.
#pragma once

#include <optional>
#include <string>

#include "base/json/json.h"

namespace soma::cli {

class OwnEvents {
 public:
  void add(const json::Value& wire_event);

  // What a person reads of the event that was added last: one line, two for an approval that is asked for
  // (the second says how to answer); nothing for the others.
  std::optional<std::string> line(const json::Value& wire_event) const;

  // The body of invocationFinished; null before it.
  const json::Value& end() const { return end_; }
  // Nothing when the model has no price.
  std::optional<double> cost_usd() const;
  // How many approvals wait.
  size_t waiting() const;
  // Sets what happened as members of `object`: approvals, subAgents, compactions, hookDenials,
  // outputRejections; nothing for what did not.
  void add_to(json::Value& object) const;

 private:
  json::Value approvals_ = json::Array{}, sub_agents_ = json::Array{}, compactions_ = json::Array{},
              denials_ = json::Array{}, rejections_ = json::Array{};
  json::Value end_;
};

}  // namespace soma::cli
