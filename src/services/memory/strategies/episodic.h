#pragma once

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

const Strategy& episodic_strategy();

}  // namespace soma::memory
