#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/call.hpp"

namespace multiconnection::tools {

/// What `call` got from one server.
struct CallResult {
  enum class Outcome {
    Result,  ///< It returned: values.
    Error,   ///< It refused: errorInfo.
    TimedOut,
    NotConnected,
    Closed,    ///< The connection ended before the answer.
    NotCalled  ///< The program was stopped before.
  };

  std::size_t server = 0;  ///< Its place among --to, from 0.
  std::string url;         ///< Redacted.
  Outcome outcome = Outcome::NotCalled;
  std::chrono::milliseconds elapsed{0};  ///< Since the call was sent.
  std::vector<AmfValue> values;
  AmfValue errorInfo;
  std::string reason;  ///< Why there is no result, in words.

  bool good() const { return outcome == Outcome::Result; }
};

CallResult resultOf(const Reply& reply);

/// What all of them come to.
struct CallVerdict {
  std::string method;
  std::size_t results = 0;  ///< Servers that returned.
  std::size_t needed = 0;
  std::size_t servers = 0;  ///< Called.

  bool met() const { return results >= needed; }
};

std::string_view outcomeName(CallResult::Outcome outcome);

// For people, without line breaks.

/// "server 0 rtmp://a/app result after 3 ms: {"users":7}"
std::string textOfCall(const CallResult& result);
/// A heading and one line per server.
std::vector<std::string> tableOf(const std::vector<CallResult>& results);
/// "1 of 2 servers returned a result (2 needed)"
std::string textOfVerdict(const CallVerdict& verdict);

}  // namespace multiconnection::tools
