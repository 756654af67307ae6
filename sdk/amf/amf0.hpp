#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "amf/amf0_marker.hpp"
#include "amf/amf3.hpp"
#include "amf/decoder.hpp"
#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::amf {

/// Reads the AMF0 values of one message: they share the limits and the table of references. AMF3
/// values between them share one set of AMF3 tables, as Flash Player and Red5 have it.
/// After an error the rest of the message cannot be read.
class Amf0Decoder : private Decoder {
 public:
  explicit Amf0Decoder(util::ByteReader& in, const Limits& limits = {});
  /// For one part of a message of several that spend the same budget.
  Amf0Decoder(util::ByteReader& in, Budget& shared);

  bool atEnd() const { return in_.remaining() == 0; }
  /// The next value. @return Errc::CorruptData, Errc::LimitExceeded, or Errc::Unsupported for what
  /// AmfValue cannot hold; the message names the offset of the rule that was broken.
  Result<AmfValue> next();
  /// All values up to the end of the message.
  Result<std::vector<AmfValue>> rest();
  /// The AMF3 values that follow share no table with those before.
  void forgetAmf3References();

 private:
  Result<Part> part(std::size_t depth);
  Result<AmfValue> scalar(std::uint8_t marker);
  Result<Part> objectPart(Marker marker, std::size_t depth);
  Result<AmfObject> members(std::size_t depth, std::size_t& height);
  Result<Part> arrayPart(std::size_t depth);
  Result<Part> referencePart(std::size_t depth);
  Result<Part> amf3Part(std::size_t depth);

  std::optional<Amf3Decoder> amf3_;
};

/// Appends the value. Strings beyond 65,535 bytes become long strings; names of members and classes
/// cannot be that long in AMF0 and are cut there. Bytes have no AMF0 form: they become one AMF3
/// value.
void encodeAmf0(Bytes& out, const AmfValue& value);

}  // namespace multiconnection::amf
