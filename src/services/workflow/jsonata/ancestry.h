// Which step's input a % means. Private to jsonata/.
//
// Each % is a slot that looks for its step, one level up for each % in a row: backwards through the path it
// stands in, then through the path around it. The step that is found keeps its input under the slot's label
// in the tuples it makes, where the % then looks it up.
#pragma once

#include <vector>

#include "services/workflow/jsonata/node.h"

namespace soma::workflow::jsonata {

class Ancestry {
 public:
  // A new slot for a % node.
  int add();
  // Takes over what `value`, a part of `result`, has not found.
  void pass_on(Node& result, const Node& value);
  // Lets what the path's last step seeks look through the steps before it.
  void resolve(Node& path);
  // The same for what a predicate of the step seeks.
  void resolve_predicate(Node& step, Node& predicate);
  int label(int slot) const { return kFirstLabel + slots_[static_cast<size_t>(slot)].label; }

 private:
  struct Slot {
    int label;
    int level = 1;  // steps still to go up
  };
  Slot& at(int slot) { return slots_[static_cast<size_t>(slot)]; }
  void seek(Node& node, int slot);

  std::vector<Slot> slots_;
};

}  // namespace soma::workflow::jsonata
