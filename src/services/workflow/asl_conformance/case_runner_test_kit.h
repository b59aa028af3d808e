// Runs a case on the engine alone: virtual time, functions as the case describes them, child executions of
// distributed Maps one after the other. Test code.
#pragma once

#include <optional>
#include <string>

#include "services/workflow/asl_conformance/asl_case_test_kit.h"

namespace soma::workflow::conformance {

// Nothing: the case could not be run; `problem` says why.
std::optional<Seen> run_case(const AslCase& which, std::string& problem);

}  // namespace soma::workflow::conformance
