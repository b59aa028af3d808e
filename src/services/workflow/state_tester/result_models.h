// What the operations of AWS services answer, and whether a mocked result is such an answer.
//
// data/service_results/ has the models of the services that workflows call most; a resource without a model
// is not held to any. Each service: the names that a Resource calls it by, the structure that each
// operation answers with, and the structures: member → type, "!" behind the names of required members. A type
// is one letter and what belongs to it:
//   s text, n number, each with its least and greatest length or value ("s1..6144", "n128..")
//   b boolean   x anything   e… one of the words between bars   [T list of T   {T map to T   .S structure S
// scripts/make_service_results.py writes the files from the services' API models.
#pragma once

#include <optional>
#include <string>

#include "base/json/json.h"
#include "services/workflow/engine/engine.h"

namespace soma::workflow::state_tester {

// How a mocked result is held to its model: all of it; the members that are there; not at all.
enum class FieldValidation { kStrict, kPresent, kNone };

// The first member of `result` that breaks the model of what `resource` answers, in the service's words:
// "Field 'Entries' must be an array". Nothing: it keeps the model, or there is none. Members that the model
// does not know are let pass. A .sync task answers what its polling says, a callback whatever was sent.
std::optional<std::string> breach_of_model(const engine::Resource& resource, const json::Value& result,
                                           FieldValidation mode);

}  // namespace soma::workflow::state_tester
