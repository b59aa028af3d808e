// A pattern as a tree, between its text and its program. Private to jsonata/.
#pragma once

#include <memory>
#include <vector>

#include "services/workflow/jsonata/regex.h"

namespace soma::workflow::jsonata {

struct Term;
using TermPointer = std::unique_ptr<Term>;

struct Term {
  enum class Kind {
    kEmpty,
    kUnit,          // unit
    kSet,           // set
    kSequence,      // parts
    kAlternatives,  // parts
    kGroup,         // parts[0]; group: 0 where it does not capture
    kRepeat,        // parts[0]; least, most, greedy; groups from first_group to last_group are inside
    kLineStart,
    kLineEnd,
    kBoundary,
    kNotBoundary,
    kBackReference,  // group
    kLook,           // parts[0]; negative, backward
  };
  Kind kind = Kind::kEmpty;
  char16_t unit = 0;
  bool greedy = true, negative = false, backward = false;
  uint32_t least = 0, most = 0;
  uint32_t group = 0, first_group = 0, last_group = 0;
  UnitSet set{};
  std::vector<TermPointer> parts{};
};

struct ParsedPattern {
  TermPointer whole;
  uint32_t group_count = 0;
};

// Fails with S0303.
ParsedPattern parse_pattern(std::u16string_view pattern, size_t position);

}  // namespace soma::workflow::jsonata
