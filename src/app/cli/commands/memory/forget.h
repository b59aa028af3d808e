// What `soma memory forget` deletes, by what was typed.
#pragma once

#include <string>

#include "base/os/os.h"

namespace soma::cli {

struct ForgetWords {
  std::string actor{}, session{}, event{}, record{};
};
enum class Forgotten { kActor, kEvent, kRecord };

// kInvalidArgument for words that name none of the three, or more than one.
os::Result<Forgotten> what_to_forget(const ForgetWords& words);

}  // namespace soma::cli
