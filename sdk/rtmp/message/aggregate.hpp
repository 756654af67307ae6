#pragma once

#include <vector>

#include "multiconnection/error.hpp"
#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// Takes an aggregate (type 22) apart. Its audio, video and AMF0 data messages (8, 9, 18) come out
/// in order, inner messages of other types are left out.
///
/// Each gets the aggregate's message stream id. The first inner message stands at the aggregate's
/// timestamp and the others as far from it as from each other inside, modulo 2^32.
/// The last back pointer may be missing; their values are not believed.
/// @return Errc::CorruptData for another type or a body that ends inside a message;
/// Errc::LimitExceeded beyond 65,536 inner messages.
Result<std::vector<Message>> splitAggregate(const Message& aggregate);

}  // namespace multiconnection::rtmp
