// The formats of Amazon's APIs that soma speaks to real SDKs and to real providers.
//
//   eventstream.h      application/vnd.amazon.eventstream: the framing of streamed answers
//   crc32.h            the checksum of frames and objects
//   sigv4.h            Signature Version 4: requests signed in the Authorization header
//   signed_request.h   the same for a request over HTTP, with the environment's credentials
//   credential_arn.h   ARNs of credentials that are kept elsewhere
//
// Shapes of single APIs (their fields and names) are not here: each organ translates its own in its wire.cpp.
#pragma once

#include "base/aws/crc32.h"           // IWYU pragma: export
#include "base/aws/credential_arn.h"  // IWYU pragma: export
#include "base/aws/eventstream.h"     // IWYU pragma: export
#include "base/aws/signed_request.h"  // IWYU pragma: export
#include "base/aws/sigv4.h"           // IWYU pragma: export
