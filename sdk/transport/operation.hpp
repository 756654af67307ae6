#pragma once

namespace multiconnection::transport {

/// Something that goes on in the reactor and ends with one handler call. Destroying it cancels: the
/// handler is then never called. It may be destroyed inside its own handler. Reactor thread only.
class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation();
};

}  // namespace multiconnection::transport
