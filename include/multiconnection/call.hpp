#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/status.hpp"

namespace multiconnection {

/// One server's answer to callRemote(), or why there is none.
struct Reply {
  ServerReport server;                   ///< Who answers; its state at that moment.
  std::chrono::milliseconds elapsed{0};  ///< Since the call was sent.
  std::vector<AmfValue> values;          ///< What the server returned; usually one value.
  /// Without a code when the server returned. Errc::Refused: it answered _error, see errorInfo;
  /// TimedOut: nothing came within the deadline; Closed: the connection ended first; InvalidState:
  /// there was none; LimitExceeded: 65,536 calls, or 16 MiB of them, wait for it already.
  Error failure;
  AmfValue errorInfo;  ///< What came with _error; usually an object with code and description.

  explicit operator bool() const noexcept { return !failure.code; }
  /// The first value returned; Undefined when there is none.
  MC_API const AmfValue& value() const noexcept;
  const Error& error() const noexcept { return failure; }
};
/// Takes replies, on the event thread or executor.
using ReplyHandler = std::function<void(const Reply&)>;

/// How callRemote() goes about it.
struct CallOptions {
  /// Time for each server's answer: some never answer. More than 0.
  std::chrono::milliseconds deadline{10000};
};

/// A call that came from a server.
struct RemoteCall {
  ServerReport server;  ///< Who calls.
  std::string method;
  std::vector<AmfValue> arguments;
};
/// Answers a server's call, on the event thread or executor: with a value, or with an error, which
/// the server gets as _error (so it does when the handler throws).
using CallHandler = std::function<Result<AmfValue>(const RemoteCall&)>;

}  // namespace multiconnection
