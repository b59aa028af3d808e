#include <algorithm>
#include <cmath>

#include "services/workflow/jsonata/functions.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata::native {
namespace {

// The characters from `begin` to `end`, which are within the text.
std::string_view characters(std::string_view text, size_t begin, size_t end, bool ascii) {
  if (ascii) return text.substr(begin, end - begin);
  const size_t first = offset_of_code_point(text, begin);
  return text.substr(first, offset_of_code_point(text.substr(first), end - begin));
}

// What Array.slice makes of an index: whole, counted from the end below 0, within the array.
double slice_index(double index, double size) {
  if (std::isnan(index)) return 0;
  index = std::trunc(index);
  return index < 0 ? std::max(size + index, 0.0) : std::min(index, size);
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

Value string(Evaluator& evaluator, Args args) {
  return evaluator.to_text(args[0], args[1].is_bool() && args[1].boolean());
}

Value substring(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  const std::string_view text = args[0].text();
  evaluator.spend(text.size() / 64);
  const bool ascii = is_ascii(text);
  const auto size = static_cast<double>(ascii ? text.size() : count_code_points(text));
  double start = args[1].is_undefined() ? NAN : args[1].number();
  if (size + start < 0) start = 0;
  double end = size;
  if (!args[2].is_undefined()) {
    const double length = args[2].number();
    if (length <= 0) return std::string_view("");
    end = start >= 0 ? start + length : size + start + length;
  }
  const double first = slice_index(start, size), last = slice_index(end, size);
  if (!(first < last)) return std::string_view("");
  return characters(text, static_cast<size_t>(first), static_cast<size_t>(last), ascii);
}

Value substring_before(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined() || !args[1].is_string()) return args[0];
  evaluator.spend(args[0].text().size() / 64);
  return args[0].text().substr(0, find_text(args[0].text(), args[1].text(), 0));
}

Value substring_after(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined() || !args[1].is_string()) return args[0];
  const std::string_view text = args[0].text(), mark = args[1].text();
  evaluator.spend(text.size() / 64);
  const size_t at = find_text(text, mark, 0);
  return at == std::string_view::npos ? args[0] : Value(text.substr(at + mark.size()));
}

Value lowercase(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  evaluator.spend(args[0].text().size() / 16);
  return evaluator.text(lower_case(args[0].text()));
}

Value uppercase(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  evaluator.spend(args[0].text().size() / 16);
  return evaluator.text(upper_case(args[0].text()));
}

Value length(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  evaluator.spend(args[0].text().size() / 64);
  return static_cast<double>(count_code_points(args[0].text()));
}

// White space at the ends goes, inside it becomes one space.
Value trim(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  const std::string_view text = args[0].text();
  evaluator.spend(text.size() / 16);
  std::string trimmed;
  bool pending = false;
  for (const char c : text) {
    if (is_space(c)) {
      pending = !trimmed.empty();
      continue;
    }
    if (pending) trimmed += ' ';
    pending = false;
    trimmed += c;
  }
  return evaluator.text(trimmed);
}

Value pad(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  const std::string_view text = args[0].text();
  const std::string_view pattern = args[2].is_string() && !args[2].text().empty() ? args[2].text() : " ";
  const double width = args[1].is_undefined() ? 0 : args[1].number();
  const double missing = std::trunc(std::abs(width)) - static_cast<double>(count_code_points(text));
  if (!(missing > 0)) return args[0];
  if (missing > static_cast<double>(evaluator.limits().max_string_bytes)) {
    throw Failure{.code = "D2014", .value = describe(missing), .message = "max_string_bytes"};
  }
  const auto count = static_cast<size_t>(missing);
  evaluator.spend((text.size() + count) / 16);
  std::string padding;
  for (size_t at = 0, made = 0; made < count; ++made) {
    if (at == pattern.size()) at = 0;
    append_code_point(padding, decode(pattern, at));
  }
  if (width > 0) return evaluator.text(std::string(text) + padding);
  return evaluator.text(padding.append(text));
}

Value join(Evaluator& evaluator, Args args) {
  const Value texts = args[0];
  if (texts.is_undefined()) return texts;
  const std::string_view separator = args[1].is_string() ? args[1].text() : "";
  const size_t count = texts.size();
  size_t size = separator.size() * (count > 0 ? count - 1 : 0);
  for (size_t at = 0; at < count; ++at) size += texts.item(at).text().size();
  evaluator.spend(count / 4 + size / 64);
  evaluator.memory().expect(size);
  std::string joined;
  joined.reserve(size);
  for (size_t at = 0; at < count; ++at) {
    for (const std::string_view piece : {at > 0 ? separator : "", texts.item(at).text()}) {
      joined =
          joins_surrogates(joined, piece) ? join_surrogates(joined, piece) : std::move(joined.append(piece));
    }
  }
  return evaluator.text(joined);
}

}  // namespace soma::workflow::jsonata::native
