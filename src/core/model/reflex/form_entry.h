// What a phrase of an order puts into which field: "name Ada", "2 guests", "on 5 December". Private to
// core/model/reflex.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/reflex/page.h"

namespace soma::model::reflex {

std::vector<std::string_view> field_kinds();
// "the email field" is "email".
std::string strip_label(std::string_view label);

struct Setting {
  const Element* element;  // of the page
  std::string value;
};
// By the field's label, else by the look of the value: a count of people, a date, a time, an e-mail address,
// a telephone number, the name of a choice. Nothing when no field fits.
std::optional<Setting> read_entry(const Document& page, std::string_view entry);

// A bare choice only: the name of a box, a radio button or an option.
std::optional<Setting> read_choice(const Document& page, std::string_view entry);

// The option that a value means: the same date, time or number in any writing, else the most similar text.
std::optional<std::string> choose_option(const std::vector<std::string>& options, std::string_view value);

// Empty, or a select that still says "Choose …".
bool is_placeholder(const Element& element);

}  // namespace soma::model::reflex
