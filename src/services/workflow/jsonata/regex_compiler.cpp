// From a pattern's tree to its program. Behind (?<= everything is read backwards: sequences are written in
// reverse and units are read before the position.
#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/regex.h"
#include "services/workflow/jsonata/regex_syntax.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {

using TermKind = Term::Kind;

class RegexCompiler {
 public:
  RegexCompiler(Regex& regex, size_t position) : regex_(regex), position_(position) {}

  void compile(const ParsedPattern& pattern) {
    regex_.group_count_ = pattern.group_count;
    regex_.register_count_ = 2 * (size_t{pattern.group_count} + 1);
    write({.op = Op::kSave, .target = 0});
    term(*pattern.whole, false);
    write({.op = Op::kSave, .target = 1});
    write({.op = Op::kAccept});
  }

 private:
  std::vector<Instruction>& program() { return regex_.program_; }
  uint32_t here() const { return static_cast<uint32_t>(regex_.program_.size()); }

  uint32_t write(Instruction instruction) {
    if (program().size() >= kMaxProgramLength)
      throw Failure{.code = "S0303", .position = position_, .message = "longer than kMaxProgramLength"};
    program().push_back(instruction);
    return here() - 1;
  }

  uint32_t add_set(UnitSet set) {
    set.close(regex_.ignore_case_);
    regex_.sets_.push_back(std::move(set));
    return static_cast<uint32_t>(regex_.sets_.size() - 1);
  }

  void term(const Term& term, bool backward) {
    switch (term.kind) {
      case TermKind::kEmpty:
        break;
      case TermKind::kUnit:
        unit(term.unit, backward);
        break;
      case TermKind::kSet:
        write({.op = Op::kSet, .backward = backward, .target = add_set(term.set)});
        break;
      case TermKind::kSequence:
        for (size_t at = 0; at < term.parts.size(); ++at)
          this->term(*term.parts[backward ? term.parts.size() - 1 - at : at], backward);
        break;
      case TermKind::kAlternatives:
        alternatives(term, backward);
        break;
      case TermKind::kGroup:
        group(term, backward);
        break;
      case TermKind::kRepeat:
        repeat(term, backward);
        break;
      case TermKind::kLineStart:
        write({.op = Op::kLineStart});
        break;
      case TermKind::kLineEnd:
        write({.op = Op::kLineEnd});
        break;
      case TermKind::kBoundary:
        write({.op = Op::kBoundary});
        break;
      case TermKind::kNotBoundary:
        write({.op = Op::kNotBoundary});
        break;
      case TermKind::kBackReference:
        write({.op = Op::kBackReference, .backward = backward, .target = term.group});
        break;
      case TermKind::kLook: {
        const uint32_t look = write({.op = Op::kLook, .negative = term.negative});
        this->term(*term.parts[0], term.backward);
        write({.op = Op::kAccept});
        program()[look].target = here();
        break;
      }
    }
  }

  void unit(char16_t unit, bool backward) {
    const bool folds = regex_.ignore_case_;
    write({.op = folds ? Op::kUnitFolded : Op::kUnit,
           .backward = backward,
           .unit = folds ? fold_case(unit) : unit});
  }

  void alternatives(const Term& term, bool backward) {
    std::vector<uint32_t> ends;
    for (size_t at = 0; at < term.parts.size(); ++at) {
      const bool last = at + 1 == term.parts.size();
      const uint32_t split = last ? 0 : write({.op = Op::kSplit});
      if (!last) program()[split].target = here();
      this->term(*term.parts[at], backward);
      if (last) break;
      ends.push_back(write({.op = Op::kJump}));
      program()[split].least = here();
    }
    for (const uint32_t end : ends) program()[end].target = here();
  }

  void group(const Term& term, bool backward) {
    const uint32_t first = term.group * 2;
    if (term.group > 0) write({.op = Op::kSave, .target = backward ? first + 1 : first});
    this->term(*term.parts[0], backward);
    if (term.group > 0) write({.op = Op::kSave, .target = backward ? first : first + 1});
  }

  void iteration(const Term& term, bool backward) {
    if (term.first_group <= term.last_group)
      write({.op = Op::kClear, .least = term.first_group * 2, .most = term.last_group * 2 + 1});
    this->term(*term.parts[0], backward);
  }

  // An iteration that may be left out, and must not be empty. Returns the split, whose way out is still open.
  uint32_t optional_iteration(const Term& term, bool backward, uint32_t mark) {
    const uint32_t split = write({.op = Op::kSplit, .greedy = term.greedy});
    program()[split].target = here();
    write({.op = Op::kMark, .target = mark});
    iteration(term, backward);
    write({.op = Op::kProgress, .target = mark});
    return split;
  }

  void repeat(const Term& term, bool backward) {
    const Term& body = *term.parts[0];
    if (body.kind == TermKind::kUnit || body.kind == TermKind::kSet) {
      UnitSet set = body.set;
      if (body.kind == TermKind::kUnit) set.add(body.unit, body.unit);
      write({.op = Op::kRepeatSet,
             .greedy = term.greedy,
             .backward = backward,
             .target = add_set(std::move(set)),
             .least = term.least,
             .most = term.most});
      return;
    }
    for (uint32_t count = 0; count < term.least; ++count) iteration(term, backward);
    const auto mark = static_cast<uint32_t>(regex_.register_count_++);
    if (term.most == UINT32_MAX) {
      const uint32_t loop = here();
      const uint32_t split = optional_iteration(term, backward, mark);
      write({.op = Op::kJump, .target = loop});
      program()[split].least = here();
      return;
    }
    std::vector<uint32_t> splits;
    for (uint32_t count = term.least; count < term.most; ++count)
      splits.push_back(optional_iteration(term, backward, mark));
    for (const uint32_t split : splits) program()[split].least = here();
  }

  Regex& regex_;
  size_t position_;
};

std::shared_ptr<const Regex> Regex::compile(std::string_view pattern, std::string_view flags,
                                            size_t position) {
  const std::u16string units = to_utf16(pattern);
  if (units.size() > kMaxPatternUnits)
    throw Failure{.code = "S0303", .position = position, .message = "longer than kMaxPatternUnits"};
  auto regex = std::make_shared<Regex>();
  regex->pattern_ = pattern;
  regex->ignore_case_ = flags.contains('i');
  regex->multiline_ = flags.contains('m');
  RegexCompiler(*regex, position).compile(parse_pattern(units, position));
  return regex;
}

}  // namespace soma::workflow::jsonata
