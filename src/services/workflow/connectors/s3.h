// "arn:aws:states:::aws-sdk:s3:getObject", putObject and listObjectsV2, on the folder of objects.
#pragma once

#include <memory>

#include "services/workflow/connector.h"
#include "services/workflow/object_folder.h"

namespace soma::workflow {

std::unique_ptr<Connector> make_s3_connector(os::IdSource& ids, const ObjectFolder& objects);

}  // namespace soma::workflow
