#include "services/workflow/api/page.h"

#include "base/os/text.h"

namespace soma::workflow::api {

Answered<PageRequest> read_page(const json::Value& parameters, std::string_view list) {
  PageRequest page;
  if (const int64_t asked = parameters.get("maxResults").int_or(0); asked > 0)
    page.limit = static_cast<size_t>(asked);
  const std::string_view token = parameters.get("nextToken").string_or("");
  if (token.empty()) return page;
  const auto decoded = os::base64_decode(token);
  const size_t separator = decoded ? decoded->find('\n') : std::string::npos;
  if (separator == std::string::npos || std::string_view(*decoded).substr(0, separator) != list ||
      separator + 1 == decoded->size())
    return invalid_page_token();
  page.after = decoded->substr(separator + 1);
  return page;
}

void set_next_token(json::Value& answer, std::string_view list, std::string_view place) {
  std::string text(list);
  text += '\n';
  text += place;
  answer.set("nextToken", os::base64_encode(text));
}

}  // namespace soma::workflow::api
