// The cookies of a browser context, to be kept and given back.
#pragma once

#include <memory>
#include <string>

#include "core/tool/browser/cdp.h"

namespace soma::tool::browser {

// An array as the protocol spells it. `context` is empty for the browser's own context. Errors as
// Connection::call.
net::Task<os::Result<json::Value>> get_cookies(Operation operation, std::shared_ptr<Connection> connection,
                                               std::string context);
// What get_cookies() gave. One that the browser no longer takes is left out, with a line in the log.
net::Task<os::Result<>> set_cookies(Operation operation, std::shared_ptr<Connection> connection,
                                    std::string context, json::Value cookies);

}  // namespace soma::tool::browser
