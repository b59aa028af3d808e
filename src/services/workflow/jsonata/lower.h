// Gives meaning to what was parsed. Private to jsonata/.
#pragma once

#include "services/workflow/jsonata/jsonata.h"
#include "services/workflow/jsonata/node.h"
#include "services/workflow/jsonata/syntax.h"

namespace soma::workflow::jsonata {

// Paths become lists of steps; each % finds the step whose input it means. Fails with S02xx.
Plan lower(Syntax& syntax);

struct Names {
  std::vector<VariableReference> references;
  bool has_bare_field = false;
};
// Variables become slots of frames.
Names resolve(Plan& plan);

}  // namespace soma::workflow::jsonata
