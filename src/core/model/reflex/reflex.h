// The provider `reflex`: plans by rules, answers out of what tools returned. Documented in docs/reflex.md.
#pragma once

#include <memory>

#include "core/model/model.h"

namespace soma::model {

std::unique_ptr<Provider> make_reflex(ProviderContext context);

}  // namespace soma::model
