#include "core/search/search.h"

namespace soma::search {}
