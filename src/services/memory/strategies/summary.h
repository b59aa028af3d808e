#pragma once

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

const Strategy& summary_strategy();

}  // namespace soma::memory
