#include "transport/connection.hpp"

#include "transport/operation.hpp"

namespace multiconnection::transport {

Connection::~Connection() = default;
Operation::~Operation() = default;

}  // namespace multiconnection::transport
