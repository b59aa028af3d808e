#include "core/tool/tool.h"

#include "core/tool/result_text.h"

namespace soma::tool {

Outcome text_outcome(std::string text) {
  return {.error = false, .content = {model::Text{cut_middle(std::move(text))}}};
}

Outcome error_outcome(std::string message) {
  return {.error = true, .content = {model::Text{cut_middle(std::move(message))}}};
}

}  // namespace soma::tool
