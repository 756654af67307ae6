#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "amf/amf0_marker.hpp"
#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::amf {

/// What a stranger's values may cost at most.
struct Limits {
  std::size_t maxDepth = 32;  ///< Objects and arrays inside each other.
  /// Every value, element and member; what a reference repeats counts again.
  std::size_t maxValues = 65536;
  /// Bytes that references repeat: a short message must not stand for gigabytes.
  std::size_t maxRepeatedBytes = 16777215;
};

/// Reads the AMF0 values of one message: they share the limits and the table of references.
/// After an error the rest of the message cannot be read.
class Amf0Decoder {
 public:
  explicit Amf0Decoder(util::ByteReader& in, const Limits& limits = {});

  bool atEnd() const { return in_.remaining() == 0; }
  /// The next value. @return Errc::CorruptData, Errc::LimitExceeded, or Errc::Unsupported for AMF3;
  /// the message names the offset of the rule that was broken.
  Result<AmfValue> next();
  /// All values up to the end of the message.
  Result<std::vector<AmfValue>> rest();
  /// Values read so far, as Limits::maxValues counts them.
  std::size_t values() const { return values_; }

 private:
  /// An object or array that a later reference may name.
  struct Complex {
    AmfValue value;          ///< Undefined while it is being read: a cycle cannot be represented.
    std::size_t values = 0;  ///< How many with everything inside, itself included.
    std::size_t bytes = 0;   ///< What it takes on the wire, references inside written out.
    std::size_t height = 0;  ///< Levels of nesting, itself included; 0 while it is being read.
  };
  /// What a value contributes to the limits of those around it.
  struct Part {
    AmfValue value;
    std::size_t height = 0;
  };

  Result<Part> part(std::size_t depth);
  Result<AmfValue> scalar(std::uint8_t marker);
  Result<Part> objectPart(Marker marker, std::size_t depth);
  Result<AmfObject> members(std::size_t depth, std::size_t& height);
  Result<Part> arrayPart(std::size_t depth);
  Result<Part> referencePart(std::size_t depth);
  std::size_t beginComplex();
  Part endComplex(std::size_t slot, AmfValue value, std::size_t height);
  Result<void> count(std::size_t values);
  Result<void> checkDepth(std::size_t depth) const;
  Error failure(Errc code, const std::string& rule) const;

  util::ByteReader& in_;
  Limits limits_;
  std::size_t values_ = 0;
  std::size_t repeatedBytes_ = 0;
  std::vector<Complex> complex_;
};

/// One value that shares nothing with its neighbours. Errors as Amf0Decoder::next().
Result<AmfValue> decodeAmf0(util::ByteReader& in, const Limits& limits = {});

/// Appends the value. Strings beyond 65,535 bytes become long strings; names of members and classes
/// cannot be that long in AMF0 and are cut there.
void encodeAmf0(Bytes& out, const AmfValue& value);

}  // namespace multiconnection::amf
