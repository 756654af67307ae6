#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"

namespace multiconnection::util {

/// Builds AMF values from librtmp's notation, a piece at a time:
///     B:0|1  N:number  S:text  Z:  O:1 (an object begins)  O:0 (it ends)
/// and inside an object, where each value has a name: NB:name:0|1 NN:name:number NS:name:text
/// NO:name:1.
class ConnOption {
 public:
  /// @return Errc::InvalidArgument naming what is wrong with the piece, without its data.
  Result<void> add(std::string_view piece);
  /// The values; an object that is still open ends here, as in librtmp.
  std::vector<AmfValue> take();

 private:
  struct Open {
    std::string name;  ///< In the object around it.
    AmfObject members;
  };
  Result<void> begin(std::string name);
  Result<void> checkNew(const std::string& name) const;
  void put(std::string name, AmfValue value);
  void end();

  std::vector<AmfValue> values_;
  std::vector<Open> open_;  ///< The innermost last.
};

}  // namespace multiconnection::util
