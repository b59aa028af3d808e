// Whether a provider refused a request because it is too long for the model: then a shorter conversation is
// taken, while the same one never is.
#pragma once

#include "base/os/os.h"

namespace soma::model {

// Reads what the providers of this folder return: the code, the status and the service's own words. True for
// the wordings in which model APIs and local servers say that input, prompt or context is over the model's
// window, and for HTTP 413 (too many bytes, which a shorter conversation mends too). False for rate limits
// and quotas, also where they are counted in tokens, and for an answer limit (max_tokens) that is too large
// by itself.
bool says_context_overflow(const os::Error& error);

}  // namespace soma::model
