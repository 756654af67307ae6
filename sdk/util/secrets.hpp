#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/amf_value.hpp"

namespace multiconnection::util {

/// What a server was told and people must not be shown: a stream name, the values of queries, the
/// arguments of connect.
class Secrets {
 public:
  /// The values in the query of an application "app?user=me&token=abc".
  void addQueryOf(std::string_view app);
  /// A stream name, and the values in its query.
  void addStreamName(std::string_view name);
  /// The texts in a value that a server was given, e.g. an argument of connect.
  void addTextsOf(const AmfValue& value);
  /// `text` with each of them as ***: servers like to repeat them in what they say.
  std::string hiddenIn(std::string text) const;

 private:
  void add(std::string_view secret);
  std::vector<std::string> secrets_;  ///< The longest first, as one may be part of another.
};

}  // namespace multiconnection::util
