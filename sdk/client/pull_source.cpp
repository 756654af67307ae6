#include "multiconnection/source.hpp"

namespace multiconnection {

// Here, so that one translation unit holds the table of virtual functions.
PullSource::~PullSource() = default;

}  // namespace multiconnection
