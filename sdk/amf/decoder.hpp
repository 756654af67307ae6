#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
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

/// The limits and what of them is spent. Decoders that read parts of one message share one.
struct Budget {
  Limits limits;
  std::size_t values = 0;
  std::size_t repeatedBytes = 0;
};

/// What the decoders of AMF0 and AMF3 have in common: the budget, and the objects that a reference
/// may name.
class Decoder {
 public:
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

 protected:
  /// What a value contributes to the limits of those around it.
  struct Part {
    AmfValue value;
    std::size_t height = 0;  ///< Levels of objects and arrays, itself included.
  };

  /// @param format  begins every error message: "AMF0".
  Decoder(const char* format, util::ByteReader& in, const Limits& limits);
  Decoder(const char* format, util::ByteReader& in, Budget& shared);
  ~Decoder() = default;

  Result<void> count(std::size_t values);
  /// Whether as many further values would be too many; spends nothing.
  Result<void> checkRoom(std::size_t values) const;
  Result<void> checkDepth(std::size_t depth) const;
  Result<void> repeat(std::size_t bytes);
  /// Gives the next place in the table to the value whose marker stands at `start`.
  std::size_t beginComplex(std::size_t start);
  Part endComplex(std::size_t slot, AmfValue value, std::size_t height);
  Result<Part> repeated(std::size_t slot, std::size_t depth);
  Error failure(Errc code, const std::string& rule) const;
  void forgetComplex() { complex_.clear(); }
  Budget& budget() { return budget_; }

  util::ByteReader& in_;

 private:
  struct Complex {
    AmfValue value;          ///< Undefined while it is being read: a cycle cannot be represented.
    std::size_t values = 0;  ///< How many with everything inside, itself included.
    std::size_t bytes = 0;   ///< What it takes on the wire, references inside written out.
    std::size_t height = 0;
    bool complete = false;
  };

  const char* format_;
  Budget own_;
  Budget& budget_;
  std::vector<Complex> complex_;
};

}  // namespace multiconnection::amf
