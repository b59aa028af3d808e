// Variables: how they may be called, and which scopes may assign them. Private to definition/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/definition/report.h"

namespace soma::workflow {

// Assign's keys. A key that ends in ".$" in JSONPath is read without it.
void check_variable_names(const json::Value& assign, query::Language language, const Place& place,
                          Report& report);

// The scopes of a machine: one for each flow, inside the one that holds its state. A scope reads its outer
// scopes' variables, and may not assign one of the same name. What a Parallel or Map assigns itself does not
// count: it does so after its branches. The processor of a distributed map starts anew.
class Scopes {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // Returns the new scope. `outer`: kNone for one that sees nothing outside. `owner`: the pointer of the
  // state that the flow belongs to.
  size_t open(size_t outer, std::string owner);
  // An Assign field of the state `state` (its pointer), which is in this scope.
  void assign(size_t scope, std::string_view state, const json::Value& assign, query::Language language,
              const Place& place);
  void check(Report& report) const;

 private:
  struct Scope {
    size_t outer;
    std::string owner;
  };
  struct Assignment {
    size_t scope;
    std::string state, name;
    Place place;
  };
  std::vector<Scope> scopes_;
  std::vector<Assignment> assignments_;
};

}  // namespace soma::workflow
