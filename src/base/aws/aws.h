// The formats of Amazon's APIs that soma speaks to real SDKs and to real providers.
//
//   eventstream.h  application/vnd.amazon.eventstream: the framing of streamed answers
//
// Shapes of single APIs (their fields and names) are not here: each organ translates its own in its wire.cpp.
#pragma once

#include "base/aws/eventstream.h"  // IWYU pragma: export
