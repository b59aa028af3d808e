#pragma once

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

const Strategy& preference_strategy();

}  // namespace soma::memory
