#include "core/tool/tool.h"

namespace soma::tool {

Outcome text_outcome(std::string text) {
  return {.error = false, .content = {model::Text{std::move(text)}}};
}

Outcome error_outcome(std::string message) {
  return {.error = true, .content = {model::Text{std::move(message)}}};
}

}  // namespace soma::tool
