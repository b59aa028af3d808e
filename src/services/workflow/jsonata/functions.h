// The language's own functions: a table in functions.cpp, each function in the file of its subject. Private
// to jsonata/.
//
// A function gets its arguments as its signature made them: as many as the signature has parameters, of the
// types it names, undefined where one was left out. It pays for what it does with Evaluator::spend.
#pragma once

#include <span>
#include <string_view>

#include "services/workflow/jsonata/evaluator.h"

namespace soma::workflow::jsonata {

// Null when the language has no function of that name (without "$").
const NativeFunction* find_native(std::string_view name);

namespace native {

using Args = std::span<const Value>;

// functions_numeric.cpp
Value sum(Evaluator&, Args);
Value count(Evaluator&, Args);
Value max(Evaluator&, Args);
Value min(Evaluator&, Args);
Value average(Evaluator&, Args);
Value number(Evaluator&, Args);
Value floor(Evaluator&, Args);
Value ceil(Evaluator&, Args);
Value round(Evaluator&, Args);
Value abs(Evaluator&, Args);
Value sqrt(Evaluator&, Args);
Value power(Evaluator&, Args);
Value format_base(Evaluator&, Args);
Value format_number(Evaluator&, Args);
Value format_integer(Evaluator&, Args);
Value parse_integer(Evaluator&, Args);

// functions_string.cpp
Value string(Evaluator&, Args);
Value substring(Evaluator&, Args);
Value substring_before(Evaluator&, Args);
Value substring_after(Evaluator&, Args);
Value lowercase(Evaluator&, Args);
Value uppercase(Evaluator&, Args);
Value length(Evaluator&, Args);
Value trim(Evaluator&, Args);
Value pad(Evaluator&, Args);
Value join(Evaluator&, Args);

// functions_match.cpp
Value match(Evaluator&, Args);
Value contains(Evaluator&, Args);
Value replace(Evaluator&, Args);
Value split(Evaluator&, Args);

// functions_encoding.cpp
Value base64_encode(Evaluator&, Args);
Value base64_decode(Evaluator&, Args);
Value encode_url_component(Evaluator&, Args);
Value encode_url(Evaluator&, Args);
Value decode_url_component(Evaluator&, Args);
Value decode_url(Evaluator&, Args);

// functions_array.cpp
Value append(Evaluator&, Args);
Value reverse(Evaluator&, Args);
Value sort(Evaluator&, Args);
Value shuffle(Evaluator&, Args);
Value distinct(Evaluator&, Args);
Value zip(Evaluator&, Args);

// functions_higher_order.cpp
Value map(Evaluator&, Args);
Value filter(Evaluator&, Args);
Value single(Evaluator&, Args);
Value reduce(Evaluator&, Args);
Value each(Evaluator&, Args);
Value sift(Evaluator&, Args);

// functions_object.cpp
Value keys(Evaluator&, Args);
Value lookup(Evaluator&, Args);
Value spread(Evaluator&, Args);
Value merge(Evaluator&, Args);
Value clone(Evaluator&, Args);
Value boolean(Evaluator&, Args);
Value negation(Evaluator&, Args);
Value exists(Evaluator&, Args);
Value type(Evaluator&, Args);
Value error(Evaluator&, Args);
Value assertion(Evaluator&, Args);

// functions_date.cpp
Value now(Evaluator&, Args);
Value millis(Evaluator&, Args);
Value from_millis(Evaluator&, Args);
Value to_millis(Evaluator&, Args);

// functions_service.cpp: what the workflow service has on top
Value partition(Evaluator&, Args);
Value range(Evaluator&, Args);
Value hash(Evaluator&, Args);
Value random(Evaluator&, Args);
Value uuid(Evaluator&, Args);
Value parse(Evaluator&, Args);

}  // namespace native
}  // namespace soma::workflow::jsonata
