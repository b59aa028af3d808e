// The ground: everything that tests replace.
//
//   result.h       Error, Result<T>: what can go wrong, as a value
//   clock.h        Clock, VirtualClock: time and timers
//   id.h           IdSource: ids and randomness
//   file_system.h  FileSystem, File: durable files (fault_file_system.h: the one that fails)
//   process.h      ProcessLauncher, Process, Fd: child processes
//   pseudo_terminal.h  a terminal for one of them
//   log.h          structured log lines
//   text.h         small text and encoding helpers: base64, hex, UTF-8, percent-encoding, edit distance
#pragma once

#include "base/os/clock.h"            // IWYU pragma: export
#include "base/os/file_system.h"      // IWYU pragma: export
#include "base/os/id.h"               // IWYU pragma: export
#include "base/os/log.h"              // IWYU pragma: export
#include "base/os/process.h"          // IWYU pragma: export
#include "base/os/pseudo_terminal.h"  // IWYU pragma: export
#include "base/os/result.h"           // IWYU pragma: export
#include "base/os/text.h"             // IWYU pragma: export
