#include "services/workflow/engine/states/states.h"

#include <array>

namespace soma::workflow::engine {

const StateWork& work_of(StateType type) {
  // In the order of StateType.
  static constexpr std::array<StateWork, 8> kWork{{
      {.begin = begin_pass, .go_on = nullptr, .can_go_on = nullptr},
      {.begin = begin_task, .go_on = nullptr, .can_go_on = nullptr},
      {.begin = begin_choice, .go_on = nullptr, .can_go_on = nullptr},
      {.begin = begin_wait, .go_on = nullptr, .can_go_on = nullptr},
      {.begin = begin_succeed, .go_on = nullptr, .can_go_on = nullptr},
      {.begin = begin_fail, .go_on = nullptr, .can_go_on = nullptr},
      {.begin = begin_parallel, .go_on = go_on_parallel, .can_go_on = can_go_on_with_children},
      {.begin = begin_map, .go_on = go_on_map, .can_go_on = can_go_on_with_children},
  }};
  return kWork[static_cast<size_t>(type)];
}

}  // namespace soma::workflow::engine
