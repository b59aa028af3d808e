// Files of one directory over HTTP: the console, the example site.
#pragma once

#include <string>

#include "base/net/net.h"

namespace soma::server {

struct StaticFiles {
  std::string directory;
  // What is answered for a path that is no file: "index.html" for an application that routes in the browser;
  // empty: 404.html when there is one.
  std::string fallback{};
  std::string content_security_policy{};
};

// For Router::set_fallback. Stays inside the directory, symlinks included; "/" and "/a/" are their
// index.html; "/a" is a.html when that exists. Files under assets/ have names that change with their content
// and may be cached for ever; all others are checked by ETag.
net::Handler serve_files(StaticFiles files);

}  // namespace soma::server
