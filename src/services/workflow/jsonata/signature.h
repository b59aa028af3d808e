// What a function takes: "<s-n?:s>" is a text (the context where it is missing) and perhaps a number. Private
// to jsonata/. Grammar: docs.jsonata.org, "Function signature syntax".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {

class Signature {
 public:
  // With its angle brackets. Fails with S0401, S0402; the failure's position is that inside the text.
  static Signature parse(std::string_view text);

  // The arguments as the function wants them: the context put in, single values made arrays. They are in
  // `arguments` still, or in `memory`. Fails with T0410, T0411, T0412.
  std::span<Value> apply(Memory& memory, std::span<Value> arguments, Value context) const;

 private:
  struct Parameter {
    uint16_t types = 0;  // bits of TypeBit that it takes
    char kind = 0;       // the letter; '(' for a choice
    bool optional = false;
    bool repeated = false;  // one or more
    bool takes_context = false;
    uint16_t context_types = 0;
    std::string element{};  // of an array: the type in its brackets
  };

  // Each argument is its parameter's; those that are missing at the end may be.
  bool fits_one_to_one(std::span<const Value> arguments) const;
  bool match(std::span<const Value> arguments, size_t parameter, size_t argument,
             std::vector<size_t>& counts) const;
  Value checked(Memory& memory, const Parameter& parameter, Value argument, size_t count, size_t index) const;
  [[noreturn]] void refuse(std::span<const Value> arguments) const;

  std::vector<Parameter> parameters_;
};

}  // namespace soma::workflow::jsonata
