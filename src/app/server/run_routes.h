// The journal's HTTP face: any run, its events as pages or as a stream that goes on.
#pragma once

#include "base/journal/journal.h"
#include "base/net/net.h"

namespace soma::server {

void mount_runs(net::Router& router, journal::Journal& journal, os::Clock& clock);

}  // namespace soma::server
