#pragma once

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

const Strategy& semantic_strategy();

}  // namespace soma::memory
