#include "amf/decoder.hpp"

#include <utility>

namespace multiconnection::amf {

Decoder::Decoder(const char* format, util::ByteReader& in, const Limits& limits)
    : in_(in), format_(format), own_{limits, 0, 0}, budget_(own_) {}

Decoder::Decoder(const char* format, util::ByteReader& in, Budget& shared)
    : in_(in), format_(format), budget_(shared) {}

Error Decoder::failure(Errc code, const std::string& rule) const {
  return {code, std::string(format_) + " at byte " + std::to_string(in_.position()) + ": " + rule};
}

Result<void> Decoder::checkRoom(std::size_t values) const {
  if (values <= budget_.limits.maxValues - budget_.values) return {};
  return failure(Errc::LimitExceeded,
                 "more than " + std::to_string(budget_.limits.maxValues) + " values");
}

Result<void> Decoder::count(std::size_t values) {
  if (auto room = checkRoom(values); !room) return room;
  budget_.values += values;
  return {};
}

Result<void> Decoder::checkDepth(std::size_t depth) const {
  if (depth <= budget_.limits.maxDepth) return {};
  return failure(Errc::LimitExceeded,
                 "nested deeper than " + std::to_string(budget_.limits.maxDepth) + " levels");
}

Result<void> Decoder::repeat(std::size_t bytes) {
  if (bytes > budget_.limits.maxRepeatedBytes - budget_.repeatedBytes) {
    return failure(Errc::LimitExceeded, "references repeat more than " +
                                            std::to_string(budget_.limits.maxRepeatedBytes) +
                                            " bytes");
  }
  budget_.repeatedBytes += bytes;
  return {};
}

std::size_t Decoder::beginComplex(std::size_t start) {
  // Holds what stood before it until endComplex() takes the difference; it is counted already.
  complex_.push_back({{}, budget_.values - 1, start + budget_.repeatedBytes, 0, false});
  return complex_.size() - 1;
}

Decoder::Part Decoder::endComplex(std::size_t slot, AmfValue value, std::size_t height) {
  Complex& done = complex_[slot];
  done.values = budget_.values - done.values;
  done.bytes = in_.position() + budget_.repeatedBytes - done.bytes;
  done.height = height;
  done.value = value;
  done.complete = true;
  return Part{std::move(value), height};
}

Result<Decoder::Part> Decoder::repeated(std::size_t slot, std::size_t depth) {
  if (slot >= complex_.size()) {
    return failure(Errc::CorruptData, "reference " + std::to_string(slot) + " names no object");
  }
  const Complex& named = complex_[slot];
  if (!named.complete) {
    return failure(Errc::Unsupported,
                   "reference " + std::to_string(slot) + " names an object around it");
  }
  if (auto allowed = checkDepth(depth + named.height); !allowed) return allowed.error();
  if (auto counted = count(named.values - 1); !counted) return counted.error();
  if (auto allowed = repeat(named.bytes); !allowed) return allowed.error();
  return Part{named.value, named.height};
}

}  // namespace multiconnection::amf
