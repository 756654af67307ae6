#pragma once

#include "multiconnection/error.hpp"
#include "multiconnection/node_faults.hpp"

namespace multiconnection::node {

/// Whether the fault can be carried out. @return Errc::InvalidArgument naming what cannot.
Result<void> checkFault(const NodeFault& fault);

}  // namespace multiconnection::node
